// SPDX-License-Identifier: MIT
#pragma once

// The prepared processes that hosts are cloned from, as the broker sees them. The first zygote is started with the
// first of these and kept. An app's zygote is a clone of it that has entered the app's container; while nothing is
// asked of it, it makes one spare, which takes the next request at once. One that dies is replaced, unless it dies
// again and again: then hosts are started directly, which is slower and needs nothing.
//
// The requests and answers are those of src/taskhost/zygote.h.

#include "container/layers.h"
#include "ipc/event_loop.h"
#include "ipc/fd.h"
#include "ipc/io.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
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

// The pid namespace of an app's zygote, while it or a host in it lives. Its first process is a child of ours; when that
// is killed, so is everything in the namespace, wherever it went.
class PidNamespace {
public:
    // dying: who waits for the first process when it does not end at once.
    PidNamespace(pid_t first, ipc::Fd pidfd, std::function<void(pid_t)> dying);
    ~PidNamespace(); // the hosts and spares in it have been waited for
    PidNamespace(PidNamespace const&) = delete;
    PidNamespace& operator=(PidNamespace const&) = delete;

    pid_t first() const { return m_first; }
    int pidfd() const { return m_pidfd.get(); }
    // Whether tasks left processes behind, which are the first one's children then.
    bool has_orphans() const;

private:
    pid_t const m_first;
    ipc::Fd const m_pidfd; // its number is nobody else's meanwhile
    std::function<void(pid_t)> const m_dying;
};

struct HostProcess {
    pid_t pid = 0;
    ipc::Fd pidfd;
    std::uint64_t start_ticks = 0;
    std::shared_ptr<PidNamespace const> own_pids; // null: it sees every process
};

// Starts program --host with the descriptors in their places, in our own cgroup, in a container as far as one can be
// entered without a clone. A child of ours; nothing else of ours is open in it.
ipc::Io<HostProcess> spawn_host(std::string const& program, HostDescriptors const& descriptors,
                                std::string const& plan);

class Zygote {
public:
    using Made = std::function<void(ipc::Io<HostProcess>)>;

    struct Family {
        std::function<bool(pid_t)> known; // whether a child of this process is accounted for by somebody else
        std::function<void(pid_t)> dying; // it was killed, and is to be waited for
    };
    // The first one.
    Zygote(ipc::EventLoop& loop, std::string program, Family family);
    // An app's. mother: the first one, which must outlive it. plan: the bytes of a container::Plan.
    Zygote(Zygote& mother, std::string plan);
    ~Zygote(); // kills it
    Zygote(Zygote const&) = delete;
    Zygote& operator=(Zygote const&) = delete;

    // Starts one when there is none. An error: there will be none for now, and the text says why.
    ipc::Io<void> keep();
    // Asks for a host; made is called with it, at once when there is a spare, else from the loop. The descriptors may
    // be closed when it was called. An error at once: there is no zygote; an error given to made: it died before it
    // answered.
    ipc::Io<void> request(HostDescriptors const& descriptors, Made made);

    std::string const& plan() const { return m_plan; }
    pid_t pid() const { return m_pid; } // 0: there is none
    bool owns(pid_t pid) const;
    // Of an app's, once it is in its container.
    std::shared_ptr<PidNamespace const> const& own_pids() const { return m_own_pids; }
    // Whether it may have made a process that we know nothing of yet.
    bool is_asked() const { return !m_waiting.empty(); }
    bool given_up() const { return m_deaths.size() >= kMaxDeaths; }

private:
    static constexpr std::size_t kMaxDeaths = 3; // so many in so long, and it is not tried again until that has passed
    static constexpr std::chrono::seconds kDeathsWithin{60};

    ipc::Io<void> start(ipc::Fd theirs);
    ipc::Io<void> watch(HostProcess process);
    ipc::Io<void> ask_for_app(ipc::Fd const& socket, std::string const& plan, Made made);
    void entered(pid_t first, ipc::Fd pidfd);
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
    Family const m_family;
    Zygote* const m_mother = nullptr; // null: it is the first one
    std::string const m_plan;
    std::shared_ptr<bool> const m_lives = std::make_shared<bool>(true); // for answers that come when it is gone
    bool m_is_entering = false; // it has not yet said that it is in its container
    std::shared_ptr<PidNamespace const> m_own_pids;
    ipc::Source m_on_first_exit;
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
