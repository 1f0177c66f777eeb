// SPDX-License-Identifier: MIT
#pragma once

// The time, as the core takes it, and the two timers that wake the broker: one on CLOCK_BOOTTIME, one on
// CLOCK_REALTIME that also tells when the wall clock was set and when the machine woke. Each is disarmed while the core
// waits for nothing on it; then a step of the clock changes nothing either.

#include "core/broker.h"
#include "ipc/event_loop.h"

#include <functional>
#include <memory>

namespace latchkey::sources {

class Clock {
public:
    // due: one of the deadlines has come, the clock was set, or the machine woke: TimeReached is for the core, and
    // arm() is for us, since a deadline is told once. Ends the program when the kernel gives no timer.
    Clock(ipc::EventLoop& loop, std::function<void()> due);
    ~Clock();

    core::Now now() const;
    // After every turn of the loop; cheap when nothing changed.
    void arm(core::Deadlines const& deadlines);

private:
    struct State;
    std::unique_ptr<State> m_state;
};

// nil where /proc is not there.
core::BootId read_boot_id();

} // namespace latchkey::sources
