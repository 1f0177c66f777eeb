// SPDX-License-Identifier: MIT
#pragma once

#include "core/guid.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace latchkey::core {

// Ids of different things are different types. All are values; ordering is that of the number.

// A registration, as BackgroundTaskRegistration.TaskId shows it. Made by the caller of Register, never by the core.
struct TaskId {
    Guid value;
    friend constexpr auto operator<=>(TaskId const&, TaskId const&) = default;
};

// One instance of a task, counted over the whole life of the installation: a number is never used twice, because the
// record that carries it is stored before the instance is started. 0 is none.
struct InstanceId {
    std::uint64_t number = 0;
    friend constexpr auto operator<=>(InstanceId const&, InstanceId const&) = default;
};

// A host process. Takes the number of the instance that it was started for, so it is never used twice either.
struct HostId {
    std::uint64_t number = 0;
    friend constexpr auto operator<=>(HostId const&, HostId const&) = default;
};

// Chosen by the caller of an event that wants an answer; comes back in the Reply effect. 0 wants none.
struct RequestId {
    std::uint64_t number = 0;
    friend constexpr auto operator<=>(RequestId const&, RequestId const&) = default;
};

// The InstanceId that a task sees: the same number under the same installation is always the same GUID.
constexpr Guid instance_guid(Guid const& installation, InstanceId instance)
{
    constexpr std::uint64_t kVersion4 = 0x0000000000004000ULL;
    constexpr std::uint64_t kVariant1 = 0x8000000000000000ULL;
    Guid const mixed_guid{mixed(installation.high, instance.number), mixed(installation.low, ~instance.number)};
    return {(mixed_guid.high & ~0x000000000000f000ULL) | kVersion4,
            (mixed_guid.low & ~0xc000000000000000ULL) | kVariant1};
}

// Immutable text with many holders (a package's family name, an entry point, a payload). Copying it copies a pointer,
// so effects can carry it as a value without allocating. Equality is that of the text; empty and absent are the same.
class SharedText {
public:
    SharedText() = default;
    explicit SharedText(std::string text)
        : m_text(text.empty() ? nullptr : std::make_shared<std::string const>(std::move(text)))
    {}

    std::string_view view() const { return m_text ? std::string_view(*m_text) : std::string_view(); }
    std::string str() const { return std::string(view()); }
    bool empty() const { return m_text == nullptr; }

    friend bool operator==(SharedText const& a, SharedText const& b)
    {
        return a.m_text == b.m_text || a.view() == b.view();
    }

private:
    std::shared_ptr<std::string const> m_text;
};

} // namespace latchkey::core
