// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

namespace latchkey::core {

// The firings with details (push, toast action, SMS, socket, …) that wait for one registration, in order. Only their
// numbers live here; what they say is in the store under (task, number). The one at the front stays until the instance
// that got it has completed, so that a crash in between gives it again and nothing else is lost or repeated.
class DetailsQueue {
public:
    DetailsQueue() = default;
    DetailsQueue(std::uint32_t first, std::uint8_t count) : m_first(first), m_count(count) {}

    // The number under which the new firing is to be stored; nullopt when limit already wait.
    [[nodiscard]] std::optional<std::uint32_t> push(std::uint32_t limit)
    {
        if (m_count >= limit) return std::nullopt;
        return m_first + m_count++;
    }

    std::optional<std::uint32_t> front() const
    {
        if (m_count == 0) return std::nullopt;
        return m_first;
    }

    // Must not be empty.
    void pop()
    {
        ++m_first;
        --m_count;
    }

    bool empty() const { return m_count == 0; }
    std::uint32_t first() const { return m_first; }
    std::uint8_t count() const { return m_count; }

private:
    std::uint32_t m_first = 0; // wraps around after 2^32 firings of one registration; only its neighbours matter
    std::uint8_t m_count = 0;
};

} // namespace latchkey::core
