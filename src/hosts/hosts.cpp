// SPDX-License-Identifier: MIT
#include "hosts/hosts.h"

#include "hosts/app_zygotes.h"
#include "hosts/cpu_watch.h"
#include "hosts/live_host.h"
#include "hosts/process_tree.h"
#include "ipc/peer.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace latchkey::hosts {

using std::chrono::microseconds;
using namespace std::chrono_literals;

namespace {

constexpr microseconds kStrayPause = 20ms; // between two looks at what a host left behind
constexpr microseconds kKitPause = 5ms;    // after a start, before what the next one needs is made
constexpr rlim_t kDescriptors = 8192;      // five for each host that runs

void allow_descriptors()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= kDescriptors) return;
    limit.rlim_cur = std::min(limit.rlim_max, kDescriptors);
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

container::Plan plan_of(PackagePlace const& place)
{
    return {place.network, place.folder, place.data, {}};
}

} // namespace

struct Hosts::State final : HostObserver {
    State(ipc::EventLoop& event_loop, Surroundings& broker, Programs paths)
        : loop(event_loop),
          surroundings(broker),
          programs(std::move(paths)),
          zygotes(event_loop, programs.native_host,
                  {[this](pid_t pid) { return knows(pid); }, [this](pid_t pid) { wait_for_session(pid); }}),
          cpu(event_loop, {[this](std::string const& family, core::Duration used) {
                               happened(core::event::CpuUsed{core::SharedText(family), used});
                           },
                           [this](core::HostId host, bool used_cpu) { looked(host, used_cpu); }})
    {}

    // HostObserver
    void happened(core::Event event) override;
    void about_to_complete(LiveHost& host) override { cpu.account(host.id()); }
    bool start_again(LiveHost& host) override;
    void about_to_reap(LiveHost& host) override;
    void ended(LiveHost& host, microseconds usage) override;
    void serve(ipc::Fd socket, std::string_view family) override { surroundings.serve(std::move(socket), family); }

    void ready(LiveHost& host, container::Achieved const& contained) override;

    void deliver();
    void looked(core::HostId id, bool used_cpu);
    bool knows(pid_t pid) const;
    std::string_view app_of_first(pid_t pid) const;
    LiveHost* find(core::HostId id);
    void start(core::effect::StartHost const& wanted);
    ipc::Io<void> open(LiveHost& host);
    void make_kit_soon();
    void clone(core::HostId id);
    void spawn(core::HostId id);
    void adopt(core::HostId id, ipc::Io<HostProcess> process);
    void cannot_start(core::HostId id, std::string const& why);
    void end_own_pids(LiveHost const& host);
    void wait_for_session(pid_t leader);
    void look_for_strays_soon();
    void end_strays();
    void prove(core::HostProcess const& process);
    void watch_gone(pid_t pid);
    void proved(pid_t pid);

    ipc::EventLoop& loop;
    Surroundings& surroundings;
    Programs const programs;
    std::set<pid_t> strays_of; // sessions of hosts that left processes behind, and of what takes its time to end
    ipc::Source stray_timer;
    std::map<std::string, container::Achieved, std::less<>> containers; // by package
    std::map<core::HostId, std::unique_ptr<LiveHost>> hosts;
    std::unordered_map<pid_t, LiveHost*> by_pid;
    std::vector<std::unique_ptr<LiveHost>> gone; // until nothing of them is on the stack
    CgroupTree const cgroups = CgroupTree::find();
    std::vector<std::unique_ptr<HostCgroup>> emptying; // cgroups of hosts that are gone, of others that are going
    AppZygotes zygotes;
    CpuWatch cpu;

    std::optional<HostKit> kit; // for the next host
    ipc::Source kit_timer;

    std::deque<core::Event> events;
    ipc::Source delivery;
    ipc::Source zygote_start;

    struct Leftover {
        ipc::Fd pidfd;
        ipc::Source on_exit;
    };
    std::map<pid_t, Leftover> leftovers; // of an earlier broker
    bool proving = false;
};

// Told at the loop's next turn, so nobody is told anything from inside a call.
void Hosts::State::happened(core::Event event)
{
    events.push_back(std::move(event));
    if (delivery) return;
    auto soon = loop.soon([this] { deliver(); });
    if (soon) delivery = std::move(*soon);
}

void Hosts::State::deliver()
{
    delivery = {};
    gone.clear();
    while (!events.empty()) {
        core::Event event = std::move(events.front());
        events.pop_front();
        surroundings.happened(std::move(event));
    }
}

bool Hosts::State::knows(pid_t pid) const
{
    return by_pid.contains(pid) || zygotes.owns(pid) || !app_of_first(pid).empty();
}

// In whose container the first process is this one; its zygote may be gone while hosts are not.
std::string_view Hosts::State::app_of_first(pid_t pid) const
{
    for (auto const& [id, host] : hosts) {
        PidNamespace const* const own = host->own_pids();
        if (own != nullptr && own->first() == pid) return host->family();
    }
    return zygotes.app_of(pid);
}

LiveHost* Hosts::State::find(core::HostId id)
{
    auto const found = hosts.find(id);
    return found == hosts.end() ? nullptr : found->second.get();
}

void Hosts::State::start(core::effect::StartHost const& wanted)
{
    auto const fail = [&](std::string why) {
        happened(core::event::HostExited{wanted.host, std::nullopt, 0, core::SharedText(std::move(why))});
    };
    if (wanted.kind != core::HostKind::SystemHost) {
        return fail(fmt::format("tasks of the kind {} cannot run yet: only those of latchkey-host can",
                                core::name_of(wanted.kind)));
    }
    auto host =
        std::make_unique<LiveHost>(loop, *this, wanted.host, wanted.package.str(), cgroups.make(wanted.host.number));
    if (auto const opened = open(*host); !opened) return fail(opened.error().text());
    hosts.insert_or_assign(wanted.host, std::move(host));
    clone(wanted.host);
}

ipc::Io<void> Hosts::State::open(LiveHost& host)
{
    PackagePlace const* const place = surroundings.place_of(host.family());
    if (place == nullptr) {
        return ipc::io_error(ENOENT, fmt::format("the package {} is not installed any more", host.family()));
    }
    auto taken = kit ? ipc::Io<HostKit>(std::move(*kit)) : HostKit::make();
    kit.reset();
    if (!taken) return tl::unexpected(taken.error());
    make_kit_soon();
    return host.open(*place, std::move(*taken));
}

// What the next host needs is made while nothing else is to be done.
void Hosts::State::make_kit_soon()
{
    auto const when = loop.boot_time() + kKitPause;
    if (kit_timer) {
        kit_timer.rearm(when);
        return;
    }
    auto timer = loop.at(when, kKitPause, [this] {
        auto made = HostKit::make();
        if (made) kit = std::move(*made);
    });
    if (timer) kit_timer = std::move(*timer);
}

void Hosts::State::clone(core::HostId id)
{
    LiveHost const& host = *find(id);
    PackagePlace const* const place = surroundings.place_of(host.family());
    auto const made = [this, id](ipc::Io<HostProcess> process) { adopt(id, std::move(process)); };
    if (place == nullptr || !zygotes.request(host.family(), plan_of(*place), host.descriptors(), made)) spawn(id);
}

void Hosts::State::spawn(core::HostId id)
{
    LiveHost& host = *find(id);
    // Moving a process into a cgroup takes longer than starting it, so this one stays in ours.
    [[maybe_unused]] auto const unused = host.take_cgroup();
    PackagePlace const* const place = surroundings.place_of(host.family());
    std::string const plan = place == nullptr ? std::string() : container::to_bytes(plan_of(*place));
    auto process = spawn_host(programs.native_host, host.descriptors(), plan);
    auto const adopted = process ? host.adopt(std::move(*process)) : tl::unexpected(process.error());
    if (!adopted) return cannot_start(id, adopted.error().text());
    by_pid.emplace(host.pid(), &host);
    cpu.add(id, host.family(), host.pid(), nullptr);
}

// A zygote that died may have shown the descriptors to a clone, so the next host gets others.
void Hosts::State::adopt(core::HostId id, ipc::Io<HostProcess> process)
{
    LiveHost* const host = find(id);
    if (host == nullptr) return;
    if (!process) {
        if (auto const opened = open(*host); !opened) return cannot_start(id, opened.error().text());
        return spawn(id);
    }
    if (auto adopted = host->adopt(std::move(*process)); !adopted) return cannot_start(id, adopted.error().text());
    by_pid.emplace(host->pid(), host);
    cpu.add(id, host->family(), host->pid(), host->cgroup());
}

void Hosts::State::cannot_start(core::HostId id, std::string const& why)
{
    auto const host = hosts.find(id);
    gone.push_back(std::move(host->second));
    hosts.erase(host);
    happened(core::event::HostExited{id, std::nullopt, 0, core::SharedText(why)});
}

bool Hosts::State::start_again(LiveHost& host)
{
    cpu.remove(host.id(), microseconds(0));
    if (!open(host)) return false;
    spawn(host.id());
    return true;
}

void Hosts::State::about_to_reap(LiveHost& host)
{
    by_pid.erase(host.pid());
    ::kill(-host.pid(), SIGKILL);
    if (host.own_pids() != nullptr) return end_own_pids(host);
    // What it started and did not end is ours by now, or will be.
    bool const left = std::ranges::any_of(own_children(), [&](pid_t child) {
        if (child == host.pid() || knows(child)) return false;
        auto const info = process_info(child);
        return info && info->session == host.pid();
    });
    if (!left) return;
    signal_tree(host.pid(), SIGKILL);
    strays_of.insert(host.pid());
    look_for_strays_soon();
}

// What a task left behind in a pid namespace goes with the namespace, and that with the last host in it.
void Hosts::State::end_own_pids(LiveHost const& host)
{
    bool const shared = std::ranges::any_of(hosts, [&](auto const& entry) {
        return entry.second.get() != &host && entry.second->own_pids() == host.own_pids();
    });
    if (!shared && host.own_pids()->has_orphans()) zygotes.drop(host.family());
}

void Hosts::State::wait_for_session(pid_t leader)
{
    strays_of.insert(leader);
    look_for_strays_soon();
}

void Hosts::State::ready(LiveHost& host, container::Achieved const& contained)
{
    containers.insert_or_assign(host.family(), contained);
}

void Hosts::State::look_for_strays_soon()
{
    auto timer = loop.at(loop.boot_time() + kStrayPause, kStrayPause, [this] { end_strays(); });
    if (timer) stray_timer = std::move(*timer);
}

// Reaps what hosts left behind. A session's number is nobody else's while anything is left in the session.
void Hosts::State::end_strays()
{
    std::set<pid_t> found;
    for (pid_t const child : own_children()) {
        auto const info = knows(child) ? std::nullopt : process_info(child);
        if (!info || !strays_of.contains(info->session)) continue;
        ::kill(child, SIGKILL);
        if (::waitpid(child, nullptr, WNOHANG) == 0) found.insert(info->session);
    }
    for (pid_t const session : strays_of) {
        if (!found.contains(session) && !tree_below(session).empty()) {
            signal_tree(session, SIGKILL);
            found.insert(session);
        }
    }
    strays_of = std::move(found);
    std::erase_if(emptying, [](auto const& cgroup) { return cgroup->remove(); });
    if (!strays_of.empty() || !emptying.empty()) stray_timer.rearm(loop.boot_time() + kStrayPause);
}

void Hosts::State::ended(LiveHost& host, microseconds usage)
{
    cpu.remove(host.id(), usage);
    if (auto cgroup = host.take_cgroup(); cgroup && !cgroup->remove()) {
        emptying.push_back(std::move(cgroup));
        look_for_strays_soon();
    }
    auto const found = hosts.find(host.id());
    gone.push_back(std::move(found->second));
    hosts.erase(found);
}

void Hosts::State::looked(core::HostId id, bool used_cpu)
{
    LiveHost* const host = find(id);
    if (host == nullptr || (!host->made_progress() && !used_cpu)) return;
    for (core::InstanceId const instance : host->instances())
        happened(core::event::InstanceActive{instance});
}

// Kills a process of an earlier broker when it is still the one that was recorded, and all that is in its session.
void Hosts::State::prove(core::HostProcess const& process)
{
    auto const pid = static_cast<pid_t>(process.pid);
    if (pid <= 1 || pid == ::getpid()) return;
    auto const info = process_info(pid);
    bool const same = info && info->start_ticks == process.start_ticks;
    // After a reboot number and time may be somebody else's: only a host is a host.
    std::string const program = same ? ipc::program_of(pid) : std::string();
    bool const is_host = same && (program.empty() || program.ends_with("host"));
    if (info && !is_host) return; // the number has a new owner, so nothing of the session is left
    if (is_host) watch_gone(pid);
    for (ProcessInfo const& member : tree_below(pid)) {
        bool const may_be = member.session == pid && member.start_ticks >= process.start_ticks;
        // The record may be of before a reboot, and the session somebody's who knows nothing of us.
        if (may_be && has_no_new_privileges(member.pid)) watch_gone(member.pid);
    }
}

void Hosts::State::watch_gone(pid_t pid)
{
    ipc::Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!pidfd) return;
    ::syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0);
    auto source = loop.on_exit(pidfd.get(), [this, pid] { proved(pid); });
    if (source) leftovers.insert_or_assign(pid, Leftover{std::move(pidfd), std::move(*source)});
}

void Hosts::State::proved(pid_t pid)
{
    leftovers.erase(pid);
    if (!leftovers.empty() || !proving) return;
    proving = false;
    happened(core::event::ProcessesGone{});
}

Hosts::Hosts(ipc::EventLoop& loop, Surroundings& surroundings, Programs programs)
    : m_state(std::make_unique<State>(loop, surroundings, std::move(programs)))
{
    // What a task starts and leaves alone becomes our child, where it can be found.
    ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    allow_descriptors();
    auto soon = loop.soon([state = m_state.get()] {
        // When there can be none, hosts are started directly.
        [[maybe_unused]] auto const kept = state->zygotes.first().keep();
        state->make_kit_soon();
    });
    if (soon) m_state->zygote_start = std::move(*soon);
}

Hosts::~Hosts() = default;

void Hosts::prove_gone(std::vector<core::HostProcess> const& processes)
{
    m_state->proving = true;
    for (core::HostProcess const& process : processes)
        m_state->prove(process);
    if (!m_state->leftovers.empty()) return;
    m_state->proving = false;
    m_state->happened(core::event::ProcessesGone{});
}

void Hosts::start(core::effect::StartHost const& host)
{
    m_state->start(host);
}

void Hosts::start(core::effect::StartInstance const& instance, ActivationWords words)
{
    if (LiveHost* const host = m_state->find(instance.host)) host->activate(instance.instance, std::move(words));
}

void Hosts::cancel(core::effect::RequestCancel const& cancel)
{
    if (LiveHost* const host = m_state->find(cancel.host)) host->cancel(cancel.instance, cancel.reason);
}

void Hosts::terminate(core::effect::TerminateHost const& host)
{
    if (LiveHost* const found = m_state->find(host.host)) found->kill("ended by the broker");
}

void Hosts::stop(core::effect::StopHost const& host)
{
    if (LiveHost* const found = m_state->find(host.host)) found->stop();
}

void Hosts::freeze(core::effect::FreezeHost const& host)
{
    LiveHost* const found = m_state->find(host.host);
    if (found == nullptr) return;
    found->freeze();
    m_state->cpu.set_frozen(host.host, true);
}

void Hosts::thaw(core::effect::ThawHost const& host)
{
    LiveHost* const found = m_state->find(host.host);
    if (found == nullptr) return;
    found->thaw();
    m_state->cpu.set_frozen(host.host, false);
}

void Hosts::tell(core::effect::TellSuspendedCount const& count)
{
    if (LiveHost* const host = m_state->find(count.host)) host->set_suspended_count(count.instance, count.count);
}

void Hosts::set_budget(core::effect::SetCpuBudget const& budget)
{
    m_state->cpu.set_budget(budget.package.str(), budget.left);
}

std::string_view Hosts::package_of(pid_t pid) const
{
    if (LiveHost const* const host = m_state->find(core::HostId{m_state->cgroups.host_of(pid)})) return host->family();
    for (pid_t const ancestor : lineage(pid)) {
        auto const host = m_state->by_pid.find(ancestor);
        if (host != m_state->by_pid.end()) return host->second->family();
        if (auto const app = m_state->app_of_first(ancestor); !app.empty()) return app;
    }
    return {};
}

std::optional<container::Achieved> Hosts::contained(std::string_view family) const
{
    auto const found = m_state->containers.find(family);
    return found == m_state->containers.end() ? std::nullopt : std::optional(found->second);
}

bool Hosts::owns(pid_t child) const
{
    return m_state->knows(child) || m_state->zygotes.is_asked();
}

std::size_t Hosts::live() const
{
    return m_state->hosts.size();
}

std::vector<Hosts::Finding> Hosts::findings() const
{
    State const& state = *m_state;
    bool const there = ::access(state.programs.native_host.c_str(), X_OK) == 0;
    pid_t const zygote = state.zygotes.first().pid();
    std::vector<Finding> found;
    found.push_back({"task host", there, there ? state.programs.native_host : "latchkey-host is not installed",
                     there ? "" : "install latchkey-host beside latchkeyd, or in libexec/latchkey"});
    found.push_back({"prepared host", zygote != 0,
                     zygote != 0 ? fmt::format("process {} is cloned for each host; {} apps have a container ready",
                                               zygote, state.zygotes.size())
                                 : "hosts are started from their program, which takes about 1 ms longer",
                     zygote != 0 ? "" : "see the broker's log for what ended latchkey-host --zygote"});
    found.push_back({"CPU timers", state.cpu.has_timers(),
                     state.cpu.has_timers() ? "budgets are watched without polling" : "budgets are polled", ""});
    bool const ours = state.cgroups.ours();
    found.push_back({"cgroups", ours,
                     ours ? fmt::format("each host is in its own below {}", state.cgroups.folder())
                          : "the broker's cgroup is not its own: hosts are stopped and killed by signals",
                     ours ? "" : "start latchkeyd as a systemd user unit with Delegate=yes"});
    if (state.containers.empty()) {
        found.push_back({"task container", true, "no task has run since the broker started", ""});
    }
    for (auto const& [family, contained] : state.containers) {
        PackagePlace const* const place = state.surroundings.place_of(family);
        auto const network = place == nullptr ? container::Network::Both : place->network;
        std::string const missing = container::describe_missing(contained, network);
        std::string text =
            fmt::format("{}: {}; network {}", family, container::describe(contained), container::name_of(network));
        if (!missing.empty()) text += "; " + missing;
        found.push_back({"task container", missing.empty(), std::move(text),
                         missing.empty() ? "" : "see docs/hosts.md: what the kernel must allow"});
    }
    return found;
}

} // namespace latchkey::hosts
