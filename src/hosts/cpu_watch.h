// SPDX-License-Identifier: MIT
#pragma once

// What the hosts of each package cost, measured on their CPU clocks. While a package has a budget, a timer on each
// host's clock tells when it may be used up; the last 20 ms are looked at by the wall clock, as late as they can be
// spent. Nothing wakes the broker while a host waits, but for a look at what the host has started (whose time its clock
// does not count) and whether it does anything at all: after 1 s, then ever more rarely, at last every 15 s.

#include "core/names.h"
#include "core/time.h"
#include "hosts/cgroup.h"
#include "ipc/event_loop.h"

#include <chrono>
#include <ctime>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace latchkey::hosts {

class CpuWatch {
public:
    struct Told {
        // CPU time of the package since the last one; only while it has a budget.
        std::function<void(std::string const& family, core::Duration cpu)> used;
        // The host used CPU time, or should be asked whether it did something else.
        std::function<void(core::HostId host, bool used_cpu)> looked;
    };

    // Blocks one real-time signal in this thread, for the timers.
    CpuWatch(ipc::EventLoop& loop, Told told);
    ~CpuWatch();
    CpuWatch(CpuWatch const&) = delete;
    CpuWatch& operator=(CpuWatch const&) = delete;

    void set_budget(std::string const& family, std::optional<core::Duration> left);
    // cgroup: of the host alone, until remove(); null: its processes are asked.
    void add(core::HostId host, std::string const& family, pid_t pid, HostCgroup const* cgroup);
    // Tells what the package used, when that is worth a word.
    void account(core::HostId host);
    // total: of its whole life, with that of the children it waited for.
    void remove(core::HostId host, core::Duration total);
    // A frozen host is not looked at.
    void set_frozen(core::HostId host, bool frozen);

    // Whether this machine has timers on the clocks of other processes.
    bool has_timers() const { return m_timers_work; }

private:
    struct Watched {
        std::string family;
        pid_t pid = 0;
        HostCgroup const* cgroup = nullptr;
        timer_t timer{};
        bool has_timer = false;
        bool has_children = false;
        bool frozen = false;
        core::Duration counted{}; // told, or not to be told
        core::Duration at_last_look{};
        core::Duration look_pause{};
        std::chrono::microseconds next_look{};
    };
    struct Package {
        std::optional<core::Duration> left;                                     // at the last word
        core::Duration untold{};                                                // of hosts that are gone
        std::chrono::microseconds next_look = std::chrono::microseconds::max(); // close to the end of the budget
    };

    static core::Duration read(Watched& host);
    core::Duration used(std::string const& family);
    void tell(std::string const& family, Package& package);
    void check(std::string const& family, Package& package);
    void look(core::HostId id, Watched& host);
    void on_signal();
    void on_time();
    void arm_clock(Watched& host, core::Duration more);
    void arm_wall();

    ipc::EventLoop& m_loop;
    Told const m_told;
    std::map<core::HostId, Watched> m_hosts;
    std::map<std::string, Package, std::less<>> m_packages;
    ipc::Source m_on_signal;
    ipc::Source m_timer;
    bool m_timers_work = true;
};

} // namespace latchkey::hosts
