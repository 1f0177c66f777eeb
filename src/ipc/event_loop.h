// SPDX-License-Identifier: MIT
#pragma once

// The event loop of one thread: sd-event with owners. Callbacks run on the thread that calls run(), one at a time, in
// the order of their priority; nothing here may be used from another thread. A Source that is destroyed never calls
// back again, also from inside its own callback. Times are CLOCK_BOOTTIME, which goes on while the machine sleeps.

#include "ipc/fd.h"
#include "ipc/io.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

struct sd_event;
struct sd_event_source;

namespace latchkey::ipc {

// A callback that is armed until it is destroyed. Movable; the empty one does nothing.
class Source {
public:
    struct State; // the callback and what sd-event keeps of it
    Source();
    explicit Source(std::unique_ptr<State> state);
    Source(Source&&) noexcept;
    Source& operator=(Source&&) noexcept;
    ~Source();

    explicit operator bool() const { return m_state != nullptr; }
    // Of a timer: the new deadline (see EventLoop::at).
    void rearm(std::chrono::microseconds boot_time);
    // Of a descriptor: for what it is ready from now on (see EventLoop::on_ready). A second Source of the same
    // descriptor cannot be had.
    void watch(std::uint32_t events);
    // Of a call of soon(): once more, at the next turn.
    void again();
    void disarm();

private:
    std::unique_ptr<State> m_state;
};

class EventLoop {
public:
    // Earlier runs first when several are ready: requests are answered after the events that may change the answer.
    enum class Priority : int { First = -100, Normal = 0, Last = 100 };

    static Io<EventLoop> create();
    EventLoop(EventLoop&&) noexcept;
    EventLoop& operator=(EventLoop&&) noexcept;
    ~EventLoop();

    // Calls back while the descriptor is ready; events and the argument are EPOLLIN… bits. The descriptor stays the
    // caller's and must outlive the Source.
    Io<Source> on_ready(int fd, std::uint32_t events, std::function<void(std::uint32_t)> callback,
                        Priority priority = Priority::Normal);
    // Calls back once at boot_time (microseconds of CLOCK_BOOTTIME), at most accuracy later; rearm() makes it due
    // again. The Source is disarmed until then when boot_time is the maximum.
    Io<Source> at(std::chrono::microseconds boot_time, std::chrono::microseconds accuracy,
                  std::function<void()> callback);
    // Calls back when the signal arrives; the signal must be blocked in every thread (block_signals).
    Io<Source> on_signal(int signal, std::function<void()> callback);
    // Calls back once when the process of this pidfd has ended.
    Io<Source> on_exit(int pidfd, std::function<void()> callback);
    // Calls back once, at the next turn of the loop; with Priority::Last after everything that was ready: where a burst
    // is committed as one.
    Io<Source> soon(std::function<void()> callback, Priority priority = Priority::Normal);
    // Calls back once before each wait. Each ready source is a turn of its own, with a wait before it.
    Io<Source> before_waiting(std::function<void()> callback);

    // The time of this turn of the loop; the same for every callback of the turn.
    std::chrono::microseconds boot_time() const;

    // Runs until stop(); returns what stop was given.
    Io<int> run();
    // One turn: waits at most timeout for something to do. False when nothing was.
    Io<bool> turn(std::chrono::microseconds timeout);
    void stop(int result);

    sd_event* get() const { return m_event.get(); }

private:
    struct Unref {
        void operator()(sd_event* event) const;
    };
    explicit EventLoop(sd_event* event);
    std::unique_ptr<sd_event, Unref> m_event;
};

// Blocks the signals in this thread and those it starts later, so that a loop receives them.
void block_signals(std::initializer_list<int> signals);

} // namespace latchkey::ipc
