// SPDX-License-Identifier: MIT
#pragma once

// Runs a source in an event loop and keeps what it told.

#include "sources/sources.h"
#include "sources/system_bus.h"

#include <cstdlib>
#include <functional>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

namespace latchkey::sources::test {

// How long a test waits for the kernel before it fails; nothing waits that long when all is well.
inline constexpr std::chrono::seconds kPatience{20};

class Listener {
public:
    Listener()
    {
        // A test has the bus that it starts itself, and no other.
        if (std::getenv("LATCHKEY_TEST_SYSTEM_BUS") == nullptr) {
            ::setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/latchkey-test", 1);
        }
    }

    ipc::EventLoop loop = ipc::EventLoop::create().value();
    SystemBus bus{loop};
    std::vector<core::Event> events;
    Happened happened = [this](core::Event event) { events.push_back(std::move(event)); };

    core::FactValue fact(core::Fact wanted) const
    {
        auto value = core::FactValue::Unknown;
        for (auto const& event : events) {
            auto const* const changed = std::get_if<core::event::FactChanged>(&event);
            if (changed != nullptr && changed->fact == wanted) value = changed->value;
        }
        return value;
    }

    int fired(core::SystemTriggerType type) const
    {
        int times = 0;
        for (auto const& event : events) {
            auto const* const trigger = std::get_if<core::event::SystemTriggerFired>(&event);
            if (trigger != nullptr && trigger->type == type) ++times;
        }
        return times;
    }

    int fired(core::PreviewTriggerType type) const
    {
        int times = 0;
        for (auto const& event : events) {
            auto const* const trigger = std::get_if<core::event::PreviewTriggerFired>(&event);
            if (trigger != nullptr && trigger->type == type) ++times;
        }
        return times;
    }

    // Turns the loop until it is so; false when it does not become so.
    bool until(std::function<bool()> const& so)
    {
        auto const end = loop.boot_time() + kPatience;
        while (!so()) {
            auto const left = end - loop.boot_time();
            if (left.count() <= 0 || !loop.turn(left)) return false;
        }
        return true;
    }

    // Turns the loop for as long as a source takes to settle, to see that it tells nothing.
    void settle(std::chrono::microseconds time)
    {
        bool over = false;
        auto const timer = loop.at(loop.boot_time() + time, std::chrono::milliseconds(1), [&over] { over = true; });
        while (!over && loop.turn(kPatience).value()) {
        }
    }
};

} // namespace latchkey::sources::test
