// SPDX-License-Identifier: MIT
#pragma once

// How what is started tells when it began: one datagram to the socket of whoever measures. The task and its peers do
// the same, so that neither pays more for it.

#include <cstdint>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>
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

inline void send_stamp(char const* path, Stamp const& stamp)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    int const socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ::sendto(socket, &stamp, sizeof stamp, MSG_NOSIGNAL, reinterpret_cast<sockaddr const*>(&address), sizeof address);
    ::close(socket);
}

} // namespace latchkey::bench
