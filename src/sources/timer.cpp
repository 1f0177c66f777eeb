// SPDX-License-Identifier: MIT
#include "sources/timer.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <ctime>

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace latchkey::sources {

using std::chrono::microseconds;

namespace {

// The kernel takes zero for "disarm" and refuses what lies before the clock's beginning.
itimerspec spec_of(std::optional<microseconds> moment)
{
    itimerspec spec{};
    if (!moment) return spec;
    auto const us = moment->count();
    if (us <= 0) {
        spec.it_value.tv_nsec = 1;
        return spec;
    }
    spec.it_value.tv_sec = static_cast<std::time_t>(us / 1'000'000);
    spec.it_value.tv_nsec = static_cast<long>(us % 1'000'000) * 1000;
    return spec;
}

} // namespace

struct Timer::State {
    Counts counts = Counts::BootTime;
    ipc::Fd fd;
    ipc::Source ready;
    std::function<void()> elapsed;
    std::optional<microseconds> armed;

    void set(std::optional<microseconds> moment)
    {
        auto const spec = spec_of(moment);
        int const flags = TFD_TIMER_ABSTIME | (counts == Counts::WallTime && moment ? TFD_TIMER_CANCEL_ON_SET : 0);
        // ECANCELED: the clock was set since the last look. The timer is armed all the same; make it elapse now.
        if (::timerfd_settime(fd.get(), flags, &spec, nullptr) < 0 && errno == ECANCELED) {
            auto const now = spec_of(microseconds(0));
            ::timerfd_settime(fd.get(), TFD_TIMER_ABSTIME, &now, nullptr);
        }
        armed = moment;
    }

    void woken()
    {
        std::uint64_t times = 0;
        auto const got = ::read(fd.get(), &times, sizeof times);
        if (got < 0 && errno != ECANCELED) return;
        set(std::nullopt);
        elapsed();
    }
};

Timer::Timer(std::unique_ptr<State> state) : m_state(std::move(state)) {}
Timer::Timer(Timer&&) noexcept = default;
Timer& Timer::operator=(Timer&&) noexcept = default;
Timer::~Timer() = default;

ipc::Io<Timer> Timer::create(ipc::EventLoop& loop, Counts counts, std::function<void()> elapsed)
{
    auto state = std::make_unique<State>();
    state->counts = counts;
    state->elapsed = std::move(elapsed);
    int const clock = counts == Counts::BootTime ? CLOCK_BOOTTIME : CLOCK_REALTIME;
    state->fd.reset(::timerfd_create(clock, TFD_CLOEXEC | TFD_NONBLOCK));
    if (!state->fd) {
        return ipc::io_error(errno, "make a timer");
    }
    auto ready = loop.on_ready(state->fd.get(), EPOLLIN, [state = state.get()](std::uint32_t) { state->woken(); });
    if (!ready) return tl::unexpected(ready.error());
    state->ready = std::move(*ready);
    return Timer(std::move(state));
}

void Timer::arm(std::optional<microseconds> moment)
{
    if (moment != m_state->armed) m_state->set(moment);
}

} // namespace latchkey::sources
