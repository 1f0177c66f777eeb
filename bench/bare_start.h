// SPDX-License-Identifier: MIT
#pragma once

// The least that the start of a task can take: activation_peer, started or forked, opens the task's library. And how
// what was measured beside it is printed.

#include "ipc/fd.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include <fmt/format.h>
#include <sched.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char** environ;

namespace latchkey::bench {

// A machine that others use would measure how long the many processes of a start wait for their turn. Children inherit
// it. False: this user may not.
inline bool run_before_others()
{
    constexpr int kPriority = 20;
    sched_param const priority{kPriority};
    return ::sched_setscheduler(0, SCHED_FIFO, &priority) == 0;
}

inline std::int64_t now_ns()
{
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

[[noreturn]] inline void give_up(char const* why)
{
    fmt::print(stderr, "bench: {}\n", why);
    std::exit(1);
}

// The other end of activation_peer's descriptor 3.
class Peer {
public:
    pid_t start(char const* mode)
    {
        std::array<int, 2> ends{};
        if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) give_up("no socket");
        m_socket = ipc::Fd(ends[0]);
        ipc::Fd const theirs(ends[1]);
        posix_spawn_file_actions_t actions{};
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_adddup2(&actions, theirs.get(), 3);
        std::array<char*, 4> arguments{const_cast<char*>(LATCHKEY_BENCH_PEER), const_cast<char*>(mode),
                                       const_cast<char*>(LATCHKEY_BENCH_TASKS), nullptr};
        pid_t pid = 0;
        if (::posix_spawn(&pid, LATCHKEY_BENCH_PEER, &actions, nullptr, arguments.data(), environ) != 0) {
            give_up("the peer cannot be started");
        }
        ::posix_spawn_file_actions_destroy(&actions);
        return pid;
    }
    std::int64_t stamp() const
    {
        std::int64_t stamp = 0;
        if (::recv(m_socket.get(), &stamp, sizeof stamp, 0) != sizeof stamp || stamp == 0) give_up("no stamp");
        return stamp;
    }
    void ask() const { ::send(m_socket.get(), "x", 1, 0); }

private:
    ipc::Fd m_socket;
};

inline std::int64_t bare_spawn()
{
    Peer peer;
    std::int64_t const before = now_ns();
    pid_t const pid = peer.start("spawn");
    std::int64_t const after = peer.stamp();
    ::waitpid(pid, nullptr, 0);
    return after - before;
}

struct Case {
    char const* name;
    std::vector<std::int64_t> times;

    double at(double part)
    {
        std::ranges::sort(times);
        auto const index = static_cast<std::size_t>(part * static_cast<double>(times.size() - 1));
        return static_cast<double>(times[index]) / 1000;
    }
};

inline void print(Case& measured, Case& limit, double goal)
{
    fmt::print("{:<44} p50 {:7.1f} us  p99 {:7.1f} us\n", limit.name, limit.at(0.5), limit.at(0.99));
    fmt::print("{:<44} p50 {:7.1f} us  p99 {:7.1f} us  {:.2f}x (p99 {:.2f}x), at most {:.1f}x\n", measured.name,
               measured.at(0.5), measured.at(0.99), measured.at(0.5) / limit.at(0.5),
               measured.at(0.99) / limit.at(0.99), goal);
}

} // namespace latchkey::bench
