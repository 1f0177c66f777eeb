// SPDX-License-Identifier: MIT
#pragma once

// Processes as tests look at them: who is whose child, and when one has ended.

#include "ipc/fd.h"

#include <chrono>
#include <fstream>
#include <string>
#include <vector>

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace latchkey::test {

inline std::vector<pid_t> children_of(pid_t pid)
{
    std::ifstream file("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children");
    std::vector<pid_t> children;
    for (pid_t child = 0; file >> child;) {
        children.push_back(child);
    }
    return children;
}

// Waits until the process has ended, not longer than time; whether it has. With a random time: the moment of a kill.
inline bool ends_within(pid_t pid, std::chrono::nanoseconds time)
{
    ipc::Fd const process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!process) return true;
    auto const seconds = std::chrono::floor<std::chrono::seconds>(time);
    timespec const left{seconds.count(), (time - seconds).count()};
    pollfd ended{process.get(), POLLIN, 0};
    return ::ppoll(&ended, 1, &left, nullptr) == 1;
}

} // namespace latchkey::test
