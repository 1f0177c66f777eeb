// SPDX-License-Identifier: MIT
#pragma once

// Processes as tests look at them: who is whose child, and when one has ended.

#include "ipc/fd.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace latchkey::test {

// Of all its threads.
inline std::vector<pid_t> children_of(pid_t pid)
{
    std::vector<pid_t> children;
    std::error_code gone; // it may end while it is looked at
    std::filesystem::directory_iterator thread("/proc/" + std::to_string(pid) + "/task", gone);
    for (; !gone && thread != std::filesystem::directory_iterator(); thread.increment(gone)) {
        std::ifstream file(thread->path() / "children");
        for (pid_t child = 0; file >> child;) {
            children.push_back(child);
        }
    }
    return children;
}

// The process among ancestor's descendants that calls itself pid, in whatever pid namespace it is; 0: there is none.
inline pid_t descendant_that_is(pid_t ancestor, pid_t pid)
{
    for (pid_t const child : children_of(ancestor)) {
        std::ifstream status("/proc/" + std::to_string(child) + "/status");
        for (std::string line; std::getline(status, line);) {
            if (line.rfind("NSpid:", 0) != 0) continue;
            if (line.substr(line.find_last_of("\t ") + 1) == std::to_string(pid)) return child;
        }
        if (pid_t const deeper = descendant_that_is(child, pid); deeper != 0) return deeper;
    }
    return 0;
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
