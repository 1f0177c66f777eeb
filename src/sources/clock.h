// SPDX-License-Identifier: MIT
#pragma once

// The time, as the core takes it, and the two timers that wake the broker: one on CLOCK_BOOTTIME, one on
// CLOCK_REALTIME that also tells when the wall clock was set. Both are disarmed while the core waits for nothing.

#include "core/broker.h"
#include "ipc/event_loop.h"

#include <functional>
#include <memory>

namespace latchkey::sources {

class Clock {
public:
    // due: one of the deadlines has come, the clock was set, or the machine woke: TimeReached is for the core.
    Clock(ipc::EventLoop& loop, std::function<void()> due);
    ~Clock();

    core::Now now() const;
    void arm(core::Deadlines const& deadlines);

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace latchkey::sources
