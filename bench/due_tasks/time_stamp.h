// SPDX-License-Identifier: MIT
#pragma once

// When what is started began. It is told after the clock was read, so how it is told costs nobody anything: tasks print
// it, the peer sends a datagram (due_peer.c).

#include <cstdint>

#include <time.h>
#include <unistd.h>

namespace latchkey::bench {

struct Stamp {
    std::int64_t wall_ns = 0;
    std::int64_t monotonic_ns = 0;
};

inline std::int64_t read_clock(clockid_t clock)
{
    timespec now{};
    ::clock_gettime(clock, &now);
    return now.tv_sec * std::int64_t{1'000'000'000} + now.tv_nsec;
}

inline Stamp stamp_now()
{
    return {read_clock(CLOCK_REALTIME), read_clock(CLOCK_MONOTONIC)};
}

} // namespace latchkey::bench
