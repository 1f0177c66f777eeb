// SPDX-License-Identifier: MIT
#include "ipc/event_loop.h"

#include <csignal>
#include <ctime>
#include <initializer_list>

#include <sys/epoll.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>

namespace latchkey::ipc {

using std::chrono::microseconds;

struct Source::State {
    sd_event_source* source = nullptr;
    std::function<void(std::uint32_t)> callback;

    State() = default;
    State(State const&) = delete;
    State& operator=(State const&) = delete;
    // "disable" matters: an unref alone leaves the callback armed while the loop still holds a reference.
    ~State() { sd_event_source_disable_unref(source); }

    // The callback may destroy the Source it belongs to, so it runs from a copy that outlives it.
    void call(std::uint32_t events) const
    {
        auto running = callback;
        running(events);
    }
};

Source::Source() = default;
Source::Source(std::unique_ptr<State> state) : m_state(std::move(state)) {}
Source::Source(Source&&) noexcept = default;
Source& Source::operator=(Source&&) noexcept = default;
Source::~Source() = default;

void Source::rearm(microseconds boot_time)
{
    if (m_state == nullptr || boot_time == microseconds::max()) {
        disarm();
        return;
    }
    sd_event_source_set_time(m_state->source, static_cast<std::uint64_t>(boot_time.count()));
    sd_event_source_set_enabled(m_state->source, SD_EVENT_ONESHOT);
}

void Source::watch(std::uint32_t events)
{
    if (m_state != nullptr) {
        sd_event_source_set_io_events(m_state->source, events);
    }
}

void Source::again()
{
    if (m_state != nullptr) {
        sd_event_source_set_enabled(m_state->source, SD_EVENT_ONESHOT);
    }
}

void Source::disarm()
{
    if (m_state != nullptr) {
        sd_event_source_set_enabled(m_state->source, SD_EVENT_OFF);
    }
}

namespace {

template <class Add>
Io<Source> make_source(char const* what, std::function<void(std::uint32_t)> callback, Add add)
{
    auto state = std::make_unique<Source::State>();
    state->callback = std::move(callback);
    if (int const result = add(state.get()); result < 0) {
        return io_error(result, what);
    }
    return Source(std::move(state));
}

std::function<void(std::uint32_t)> without_events(std::function<void()> callback)
{
    return [callback = std::move(callback)](std::uint32_t) { callback(); };
}

} // namespace

void EventLoop::Unref::operator()(sd_event* event) const
{
    sd_event_unref(event);
}

EventLoop::EventLoop(sd_event* event) : m_event(event) {}
EventLoop::EventLoop(EventLoop&&) noexcept = default;
EventLoop& EventLoop::operator=(EventLoop&&) noexcept = default;
EventLoop::~EventLoop() = default;

Io<EventLoop> EventLoop::create()
{
    sd_event* event = nullptr;
    if (int const result = sd_event_new(&event); result < 0) {
        return io_error(result, "make an event loop");
    }
    return EventLoop(event);
}

Io<Source> EventLoop::on_ready(int fd, std::uint32_t events, std::function<void(std::uint32_t)> callback,
                               Priority priority)
{
    return make_source("watch a descriptor", std::move(callback), [&](Source::State* state) {
        auto const ready = [](sd_event_source*, int, std::uint32_t revents, void* data) {
            static_cast<Source::State*>(data)->call(revents);
            return 0;
        };
        int const result = sd_event_add_io(m_event.get(), &state->source, fd, events, ready, state);
        return result < 0 ? result : sd_event_source_set_priority(state->source, static_cast<int>(priority));
    });
}

Io<Source> EventLoop::at(microseconds boot_time, microseconds accuracy, std::function<void()> callback)
{
    bool const armed = boot_time != microseconds::max();
    return make_source("set a timer", without_events(std::move(callback)), [&](Source::State* state) {
        auto const elapsed = [](sd_event_source*, std::uint64_t, void* data) {
            static_cast<Source::State*>(data)->call(0);
            return 0;
        };
        // Accuracy 0 would mean sd-event's default of 250 ms.
        auto const slack = static_cast<std::uint64_t>(std::max<microseconds::rep>(accuracy.count(), 1));
        auto const due = armed ? static_cast<std::uint64_t>(boot_time.count()) : 0;
        int const result = sd_event_add_time(m_event.get(), &state->source, CLOCK_BOOTTIME, due, slack, elapsed, state);
        return result < 0 || armed ? result : sd_event_source_set_enabled(state->source, SD_EVENT_OFF);
    });
}

Io<Source> EventLoop::on_signal(int signal, std::function<void()> callback)
{
    return make_source("watch a signal", without_events(std::move(callback)), [&](Source::State* state) {
        auto const arrived = [](sd_event_source*, signalfd_siginfo const*, void* data) {
            static_cast<Source::State*>(data)->call(0);
            return 0;
        };
        return sd_event_add_signal(m_event.get(), &state->source, signal, arrived, state);
    });
}

Io<Source> EventLoop::on_exit(int pidfd, std::function<void()> callback)
{
    // A pidfd is readable from the end of its process on, whoever reaps it.
    return make_source("watch a process", without_events(std::move(callback)), [&](Source::State* state) {
        auto const ended = [](sd_event_source*, int, std::uint32_t, void* data) {
            static_cast<Source::State*>(data)->call(0);
            return 0;
        };
        int const result = sd_event_add_io(m_event.get(), &state->source, pidfd, EPOLLIN, ended, state);
        return result < 0 ? result : sd_event_source_set_enabled(state->source, SD_EVENT_ONESHOT);
    });
}

Io<Source> EventLoop::soon(std::function<void()> callback, Priority priority)
{
    return make_source("defer a call", without_events(std::move(callback)), [&](Source::State* state) {
        auto const now = [](sd_event_source*, void* data) {
            static_cast<Source::State*>(data)->call(0);
            return 0;
        };
        int const result = sd_event_add_defer(m_event.get(), &state->source, now, state);
        return result < 0 ? result : sd_event_source_set_priority(state->source, static_cast<int>(priority));
    });
}

Io<Source> EventLoop::before_waiting(std::function<void()> callback)
{
    return make_source("add a call before waiting", without_events(std::move(callback)), [&](Source::State* state) {
        auto const prepare = [](sd_event_source* source, void* data) {
            static_cast<Source::State*>(sd_event_source_get_userdata(source))->call(0);
            (void)data;
            return 0;
        };
        auto const never = [](sd_event_source*, void*) { return 0; };
        // A source that is never due on its own, but is prepared before each wait.
        int result = sd_event_add_post(m_event.get(), &state->source, never, state);
        if (result >= 0) {
            result = sd_event_source_set_prepare(state->source, prepare);
        }
        return result;
    });
}

microseconds EventLoop::boot_time() const
{
    std::uint64_t now = 0;
    sd_event_now(m_event.get(), CLOCK_BOOTTIME, &now);
    return microseconds(now);
}

Io<int> EventLoop::run()
{
    int const result = sd_event_loop(m_event.get());
    if (result < 0) {
        return io_error(result, "run the event loop");
    }
    return result;
}

Io<bool> EventLoop::turn(microseconds timeout)
{
    int const result = sd_event_run(m_event.get(), static_cast<std::uint64_t>(timeout.count()));
    if (result < 0) {
        return io_error(result, "run the event loop");
    }
    return result > 0;
}

void EventLoop::stop(int result)
{
    sd_event_exit(m_event.get(), result);
}

void block_signals(std::initializer_list<int> signals)
{
    sigset_t set;
    sigemptyset(&set);
    for (int const signal : signals) {
        sigaddset(&set, signal);
    }
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

} // namespace latchkey::ipc
