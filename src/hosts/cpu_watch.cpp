// SPDX-License-Identifier: MIT
#include "hosts/cpu_watch.h"

#include "hosts/process_tree.h"

#include <algorithm>
#include <csignal>
#include <vector>

#include <unistd.h>

namespace latchkey::hosts {

using core::Duration;
using std::chrono::microseconds;
using namespace std::chrono_literals;

namespace {

constexpr Duration kMargin = 20ms;  // a clock's timer is late by up to this with several threads
constexpr Duration kShortest = 1ms; // between two looks at the end of a budget
constexpr Duration kWorthAWord = 10ms;
constexpr Duration kNoise = 1ms; // what a host that waits uses for waiting
constexpr Duration kFirstLook = 1s;
constexpr Duration kLastLook = 15s;

int timer_signal()
{
    return SIGRTMIN + 3;
}

long processors()
{
    static long const count = std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN));
    return count;
}

} // namespace

CpuWatch::CpuWatch(ipc::EventLoop& loop, Told told) : m_loop(loop), m_told(std::move(told))
{
    ipc::block_signals({timer_signal()});
    auto source = m_loop.on_signal(timer_signal(), [this] { on_signal(); });
    m_timers_work = source.has_value();
    if (source) m_on_signal = std::move(*source);
}

CpuWatch::~CpuWatch()
{
    for (auto& [id, host] : m_hosts) {
        if (host.has_timer) ::timer_delete(host.timer);
    }
}

void CpuWatch::add(core::HostId id, std::string const& family, pid_t pid, HostCgroup const* cgroup)
{
    Watched& host = m_hosts[id];
    host.family = family;
    host.pid = pid;
    host.cgroup = cgroup;
    host.look_pause = kFirstLook;
    host.next_look = m_loop.boot_time() + kFirstLook;
    Package& package = m_packages[family];
    if (package.left) check(family, package);
    arm_wall();
}

void CpuWatch::set_budget(std::string const& family, std::optional<Duration> left)
{
    Package& package = m_packages[family];
    if (!package.left) {
        // What was used without a budget is not charged to one.
        package.untold = {};
        for (auto& [id, host] : m_hosts) {
            if (host.family == family) host.counted = read(host);
        }
    }
    package.left = left;
    package.next_look = microseconds::max();
    if (left) check(family, package);
    arm_wall();
}

void CpuWatch::account(core::HostId id)
{
    auto const host = m_hosts.find(id);
    if (host == m_hosts.end()) return;
    auto const package = m_packages.find(host->second.family);
    if (package == m_packages.end() || !package->second.left) return;
    if (used(package->first) >= kWorthAWord) tell(package->first, package->second);
}

void CpuWatch::remove(core::HostId id, Duration total)
{
    auto const found = m_hosts.find(id);
    if (found == m_hosts.end()) return;
    Watched const host = found->second;
    if (host.has_timer) ::timer_delete(host.timer);
    if (host.cgroup != nullptr) total = std::max(total, host.cgroup->cpu().value_or(total));
    m_hosts.erase(found);
    auto const package = m_packages.find(host.family);
    if (package->second.left) {
        package->second.untold += std::max(Duration(0), total - host.counted);
        tell(package->first, package->second);
    }
    arm_wall();
}

void CpuWatch::set_frozen(core::HostId id, bool frozen)
{
    auto const host = m_hosts.find(id);
    if (host == m_hosts.end()) return;
    host->second.frozen = frozen;
    host->second.next_look = m_loop.boot_time() + host->second.look_pause;
    arm_wall();
}

Duration CpuWatch::read(Watched& host)
{
    // What is gone is told by remove(); what a child used and nobody waited for is not counted twice.
    if (auto const all = host.cgroup == nullptr ? std::nullopt : host.cgroup->cpu())
        return std::max(*all, host.counted);
    Duration const now = host.has_children ? cpu_of_tree(host.pid) : cpu_of(host.pid).value_or(host.counted);
    return std::max(now, host.counted);
}

Duration CpuWatch::used(std::string const& family)
{
    Duration sum = m_packages[family].untold;
    for (auto& [id, host] : m_hosts) {
        if (host.family == family) sum += read(host) - host.counted;
    }
    return sum;
}

void CpuWatch::tell(std::string const& family, Package& package)
{
    Duration sum = std::exchange(package.untold, Duration(0));
    for (auto& [id, host] : m_hosts) {
        if (host.family != family) continue;
        Duration const now = read(host);
        sum += now - host.counted;
        host.counted = now;
    }
    if (package.left) *package.left = std::max(Duration(0), *package.left - sum);
    if (sum > Duration(0)) m_told.used(family, sum);
}

// Tells when the budget is used up, else sees to it that it is looked at before that can be.
void CpuWatch::check(std::string const& family, Package& package)
{
    Duration const left = *package.left - used(family);
    package.next_look = microseconds::max();
    if (left <= Duration(0)) {
        tell(family, package);
        return;
    }
    auto const of_package = [&](auto const& entry) { return entry.second.family == family; };
    auto const hosts = std::ranges::count_if(m_hosts, of_package);
    Duration const share = left / std::max<std::ptrdiff_t>(hosts, 1);
    if (share <= 2 * kMargin || !m_timers_work) {
        package.next_look = m_loop.boot_time() + std::max(kShortest, left / processors());
        return;
    }
    for (auto& [id, host] : m_hosts) {
        if (host.family == family) arm_clock(host, share - kMargin);
    }
}

void CpuWatch::arm_clock(Watched& host, Duration more)
{
    if (!host.has_timer) {
        clockid_t clock = 0;
        sigevent event{};
        event.sigev_notify = SIGEV_SIGNAL;
        event.sigev_signo = timer_signal();
        if (::clock_getcpuclockid(host.pid, &clock) != 0 || ::timer_create(clock, &event, &host.timer) != 0) return;
        host.has_timer = true;
    }
    itimerspec when{};
    when.it_value.tv_sec = static_cast<time_t>(more / 1s);
    when.it_value.tv_nsec = static_cast<long>((more % 1s).count() * 1'000);
    ::timer_settime(host.timer, 0, &when, nullptr);
}

void CpuWatch::on_signal()
{
    for (auto& [family, package] : m_packages) {
        if (package.left && *package.left > Duration(0)) check(family, package);
    }
    arm_wall();
}

// Once in a while: has it started processes, and does it do anything?
void CpuWatch::look(core::HostId id, Watched& host)
{
    host.has_children = !tree_below(host.pid).empty();
    Duration const now = read(host);
    bool const used_cpu = now - host.at_last_look > kNoise;
    host.at_last_look = now;
    host.look_pause = std::min(2 * host.look_pause, kLastLook);
    auto const package = m_packages.find(host.family);
    if (host.has_children && package != m_packages.end() && package->second.left) {
        host.look_pause = std::clamp(*package->second.left / processors(), Duration(100ms), kLastLook);
    }
    host.next_look = m_loop.boot_time() + host.look_pause;
    m_told.looked(id, used_cpu);
}

void CpuWatch::on_time()
{
    microseconds const now = m_loop.boot_time();
    for (auto& [id, host] : m_hosts) {
        if (host.frozen || host.next_look > now) continue;
        look(id, host);
        Package& package = m_packages[host.family];
        if (host.has_children && package.left && *package.left > Duration(0)) check(host.family, package);
    }
    for (auto& [family, package] : m_packages) {
        if (package.next_look <= now) check(family, package);
    }
    arm_wall();
}

void CpuWatch::arm_wall()
{
    microseconds next = microseconds::max();
    bool close = false;
    for (auto const& [id, host] : m_hosts) {
        if (!host.frozen) next = std::min(next, host.next_look);
    }
    for (auto const& [family, package] : m_packages) {
        close |= package.next_look < next;
        next = std::min(next, package.next_look);
    }
    if (m_timer && !close) {
        m_timer.rearm(next);
        return;
    }
    auto timer = m_loop.at(next, close ? 100us : 100ms, [this] { on_time(); });
    if (timer) m_timer = std::move(*timer);
}

} // namespace latchkey::hosts
