// SPDX-License-Identifier: MIT
#pragma once

// The prepared process that hosts are cloned from, as the broker sees it. It is started with the first of these and
// kept; one that dies is replaced, unless it dies again and again: then hosts are started directly, which is slower and
// needs nothing. While nothing is asked for, it makes one spare, which takes the next request at once.
//
// The requests and answers are those of src/taskhost/zygote.h.

#include "ipc/event_loop.h"
#include "ipc/fd.h"
#include "ipc/io.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace latchkey::hosts {

// The descriptors of a host in the order in which a zygote takes them.
struct HostDescriptors {
    int log = -1;
    int socket = -1;
    int progress = -1;
    int wake = -1;
    int bus = -1;
    int cgroup = -1; // of the folder of the cgroup to be made in; -1: ours
};

struct HostProcess {
    pid_t pid = 0;
    ipc::Fd pidfd;
    std::uint64_t start_ticks = 0;
};

// Starts program --host with the descriptors in their places, in our own cgroup. A child of ours; nothing else of ours
// is open in it.
ipc::Io<HostProcess> spawn_host(std::string const& program, HostDescriptors const& descriptors);

class Zygote {
public:
    using Made = std::function<void(ipc::Io<HostProcess>)>;

    // known: whether a child of this process is accounted for by somebody else than the zygote.
    Zygote(ipc::EventLoop& loop, std::string program, std::function<bool(pid_t)> known);
    ~Zygote(); // kills it
    Zygote(Zygote const&) = delete;
    Zygote& operator=(Zygote const&) = delete;

    // Starts one when there is none. An error: there will be none for now, and the text says why.
    ipc::Io<void> keep();
    // Asks for a host; made is called with it, at once when there is a spare, else from the loop. The descriptors may
    // be closed when it was called. An error at once: there is no zygote; an error given to made: it died before it
    // answered.
    ipc::Io<void> request(HostDescriptors const& descriptors, Made made);

    pid_t pid() const { return m_pid; } // 0: there is none
    bool owns(pid_t pid) const { return pid != 0 && (pid == m_pid || pid == m_spare.pid); }
    // Whether it may have made a process that we know nothing of yet.
    bool is_asked() const { return !m_waiting.empty(); }
    bool given_up() const { return m_deaths.size() >= kMaxDeaths; }

private:
    static constexpr std::size_t kMaxDeaths = 3; // so many in so long, and it is not tried again until that has passed
    static constexpr std::chrono::seconds kDeathsWithin{60};

    ipc::Io<void> send(int socket, std::uint32_t kind, std::vector<int> const& descriptors) const;
    bool use_spare(HostDescriptors const& descriptors, Made const& made);
    void make_spare();
    void make_spare_soon();
    void drop_spare();
    bool take_answer();
    void died();
    void end_unknown_hosts();
    void close();

    ipc::EventLoop& m_loop;
    std::string const m_program;
    std::function<bool(pid_t)> const m_known;
    std::string m_real_program; // without links
    pid_t m_pid = 0;
    ipc::Fd m_pidfd;
    ipc::Fd m_control;
    ipc::Source m_on_answer;
    ipc::Source m_on_exit;
    std::deque<Made> m_waiting;
    std::vector<std::chrono::microseconds> m_deaths; // boot times

    HostProcess m_spare;
    ipc::Fd m_spare_control; // also while it is being made
    ipc::Source m_on_spare_exit;
    ipc::Source m_spare_timer;
};

} // namespace latchkey::hosts
