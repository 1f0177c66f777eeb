// SPDX-License-Identifier: MIT
#pragma once

// One kernel timer in the event loop. A timer on the wall clock also elapses when that clock is set and when the
// machine wakes from sleep: whoever waits for a time of day must look again then. Disarmed, it costs no wake-up.

#include "ipc/event_loop.h"
#include "ipc/fd.h"
#include "ipc/io.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

namespace latchkey::sources {

class Timer {
public:
    enum class Counts { BootTime, WallTime };

    // elapsed: from the event loop, once for each time the timer was armed.
    static ipc::Io<Timer> create(ipc::EventLoop& loop, Counts counts, std::function<void()> elapsed);
    Timer(Timer&&) noexcept;
    Timer& operator=(Timer&&) noexcept;
    ~Timer();

    // Since the clock's zero. A moment that has passed elapses at once. Cheap when nothing changed.
    void arm(std::optional<std::chrono::microseconds> moment);

private:
    struct State;
    explicit Timer(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

} // namespace latchkey::sources
