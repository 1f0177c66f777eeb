// SPDX-License-Identifier: MIT
#pragma once

// Who is at the other end of a socket. The pid alone may belong to somebody else by the time it is used; with a pidfd
// (kernel 6.5 and later: SO_PEERPIDFD, else pidfd_open and a second look) it cannot.

#include "ipc/fd.h"
#include "ipc/io.h"

#include <cstdint>
#include <optional>
#include <string>

#include <sys/types.h>

namespace latchkey::ipc {

struct Peer {
    pid_t pid = 0;
    uid_t uid = 0;
    gid_t gid = 0;
    Fd pidfd;                     // empty where the kernel gives none
    std::uint64_t start_time = 0; // of the process, in clock ticks since boot; 0 when it is gone
};

// Of a connected AF_UNIX socket, as it was when the connection was made.
Io<Peer> peer_of(int socket);

// The start time of a process (field 22 of /proc/PID/stat); nullopt when there is none.
std::optional<std::uint64_t> start_time_of(pid_t pid);
// Its parent; nullopt when there is none.
std::optional<pid_t> parent_of(pid_t pid);
// Its program's path; empty when it may not be read or is gone. A deleted program keeps its old path.
std::string program_of(pid_t pid);

} // namespace latchkey::ipc
