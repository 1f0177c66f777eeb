// SPDX-License-Identifier: MIT
#include "sources/clock.h"

#include "sources/timer.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace latchkey::sources {

namespace {

core::Duration read_clock(clockid_t clock)
{
    timespec time{};
    ::clock_gettime(clock, &time);
    return std::chrono::seconds(time.tv_sec) +
           std::chrono::duration_cast<core::Duration>(std::chrono::nanoseconds(time.tv_nsec));
}

Timer timer_or_end(ipc::EventLoop& loop, Timer::Counts counts, std::function<void()> elapsed)
{
    auto timer = Timer::create(loop, counts, std::move(elapsed));
    if (!timer) {
        fmt::print(stderr, "latchkeyd cannot tell the time: {}\n", timer.error().text());
        std::abort();
    }
    return std::move(*timer);
}

} // namespace

core::BootId read_boot_id()
{
    ipc::Fd const file(::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
    std::array<char, 36> text{};
    if (!file || ::read(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) return {};
    return {core::parse_guid({text.data(), text.size()}).value_or(core::Guid{})};
}

struct Clock::State {
    Timer boot;
    Timer wall;
    core::BootId boot_id;
};

Clock::Clock(ipc::EventLoop& loop, std::function<void()> due)
    : m_state(std::make_unique<State>(State{timer_or_end(loop, Timer::Counts::BootTime, due),
                                            timer_or_end(loop, Timer::Counts::WallTime, due), read_boot_id()}))
{}

Clock::~Clock() = default;

core::Now Clock::now() const
{
    return {core::BootTime(read_clock(CLOCK_BOOTTIME)), core::WallTime(read_clock(CLOCK_REALTIME)), m_state->boot_id};
}

void Clock::arm(core::Deadlines const& deadlines)
{
    auto const since_zero = [](auto const& deadline) -> std::optional<core::Duration> {
        if (!deadline) return std::nullopt;
        return deadline->time_since_epoch();
    };
    m_state->boot.arm(since_zero(deadlines.boot_time));
    m_state->wall.arm(since_zero(deadlines.wall_time));
}

} // namespace latchkey::sources
