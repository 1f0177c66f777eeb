// SPDX-License-Identifier: MIT
#pragma once

#include "core/guid.h"

#include <chrono>
#include <cstdint>

namespace latchkey::core {

using Duration = std::chrono::microseconds;

// CLOCK_BOOTTIME: counts from the start of the machine, goes on while it sleeps, never steps. Deadlines and quota.
// There is no now(): time comes in as a parameter.
struct BootClock {
    using duration = Duration;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<BootClock>;
    static constexpr bool is_steady = true;
};
using BootTime = BootClock::time_point;

// CLOCK_REALTIME, UTC: what people and databases read, and what time triggers are due by. May step either way. The two
// do not convert into each other.
using WallTime = std::chrono::sys_time<Duration>;

// Changes with every start of the machine (/proc/sys/kernel/random/boot_id): tells a reboot from a restart of the
// broker.
struct BootId {
    Guid value;
    friend constexpr auto operator<=>(BootId const&, BootId const&) = default;
};

// Taken once per turn of the loop. boot_time never goes backwards between calls with the same boot_id.
struct Now {
    BootTime boot_time;
    WallTime wall_time;
    BootId boot_id;
};

constexpr std::int64_t to_us(WallTime time)
{
    return time.time_since_epoch().count();
}
constexpr WallTime wall_from_us(std::int64_t us)
{
    return WallTime(Duration(us));
}

} // namespace latchkey::core
