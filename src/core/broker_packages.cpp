// SPDX-License-Identifier: MIT
#include "core/broker.h"

#include <algorithm>

namespace latchkey::core {

Index Broker::find_package(std::string_view family) const
{
    auto const found = m_package_index.find(family);
    return found == m_package_index.end() ? kNone : found->second;
}

Index Broker::add_package(SharedText family)
{
    Index index = 0;
    while (index < m_packages.size() && m_packages[index])
        ++index;
    if (index == m_packages.size()) m_packages.emplace_back();
    m_package_index.emplace(family.str(), index);
    m_packages[index] = std::make_unique<Package>();
    m_packages[index]->family = std::move(family);
    return index;
}

// A removed package stays in memory until its last instance and host have gone.
void Broker::forget_package(Index index)
{
    Package const& package = *m_packages[index];
    if (!package.removed || package.running > 0) return;
    for (Host const& host : m_hosts) {
        if (host.id.number != 0 && host.package == index) return;
    }
    m_package_deadlines.remove(index);
    m_package_index.erase(package.family.str());
    m_packages[index].reset();
}

PackageRecord Broker::record_of(Package const& package) const
{
    return {package.family, package.version, package.access, package.servicing, package.quota.record(m_now)};
}

QuotaLimits const& Broker::limits_of(Access access) const
{
    return is_on_lock_screen(access) ? m_policy.lock_screen_quota : m_policy.other_quota;
}

void Broker::on(event::PackageConfigured const& configured)
{
    auto const& declaration = configured.declaration;
    if (!declaration || declaration->family.empty()) return;
    Index index = find_package(declaration->family.view());
    bool const is_new = index == kNone || m_packages[index]->removed;
    if (index == kNone) {
        index = add_package(declaration->family);
        m_packages[index]->quota = CpuQuota(limits_of(Access::Unspecified), m_now.boot_time);
    }
    Package& package = *m_packages[index];
    bool const updated = !is_new && package.version.view() != declaration->version;
    bool const changed = is_new || updated || package.servicing;
    if (is_new && package.removed) { // installed again while instances of the old one end
        package.removed = false;
        package.access = Access::Unspecified;
        package.quota.limit(limits_of(package.access), m_now.boot_time);
    }
    package.declaration = declaration;
    package.version = SharedText(declaration->version);
    package.servicing = false;
    if (changed) {
        mark_package_dirty(index);
        log_package(EventNumber::PackageChanged, index,
                    static_cast<std::int64_t>(is_new ? PackageChange::Installed : PackageChange::ServicingComplete));
    }
    if (updated) {
        for (Index task = package.tasks.first(); task != kNone;) {
            Index const next = PackageList::next(m_tasks, task);
            if (m_tasks[task].has(Task::kQuarantined)) {
                end_quarantine(task);
                consider(task);
            }
            task = next;
        }
        fire_package(index, SystemTriggerType::ServicingComplete);
    }
    reconsider_package(index);
    admit();
}

void Broker::on(event::ServicingStarted const& started)
{
    Index const index = find_package(started.package.view());
    if (index == kNone || m_packages[index]->removed || m_packages[index]->servicing) return;
    m_packages[index]->servicing = true;
    mark_package_dirty(index);
    log_package(EventNumber::PackageChanged, index, static_cast<std::int64_t>(PackageChange::ServicingStarted));
    stop_idle_hosts(index);
    cancel_all_of(index, CancellationReason::ServicingUpdate);
}

void Broker::on(event::PackageRemoved const& removed)
{
    Index const index = find_package(removed.package.view());
    if (index == kNone || m_packages[index]->removed) return;
    Package& package = *m_packages[index];
    stop_idle_hosts(index);
    cancel_all_of(index, CancellationReason::Uninstall);
    while (!package.tasks.empty())
        remove_task(package.tasks.first(), DeletionReason::Unregistered);
    log_package(EventNumber::PackageChanged, index, static_cast<std::int64_t>(PackageChange::Uninstalled));
    persist(effect::DeletePackage{package.family});
    package.removed = true;
    package.servicing = false;
    package.foreground = false;
    package.app = AppState::Terminated;
    package.dirty = false;
    forget_package(index);
}

void Broker::on(event::AppChanged const& changed)
{
    Index const index = find_package(changed.package.view());
    if (index == kNone) return;
    Package& package = *m_packages[index];
    if (package.app == changed.state) return;
    package.app = changed.state;
    for (Index task = package.tasks.first(); task != kNone; task = PackageList::next(m_tasks, task)) {
        CompletionBox box(m_tasks[task].undelivered, m_tasks[task].has(Task::kHandlerAttached));
        bool const now = box.app_changed(changed.state);
        m_tasks[task].set(Task::kHandlerAttached, box.attached());
        if (now) deliver(task);
    }
}

void Broker::on(event::GroundChanged const& changed)
{
    Index const index = find_package(changed.package.view());
    bool const front = changed.ground == event::Ground::Front;
    if (index == kNone || m_packages[index]->foreground == front) return;
    m_packages[index]->foreground = front;
    update_budget(index);
    tell_budget(index);
    admit();
}

void Broker::on(event::CpuUsed const& used)
{
    Index const index = find_package(used.package.view());
    if (index == kNone || m_packages[index]->foreground) return;
    Package& package = *m_packages[index];
    if (!package.quota.limited()) return;
    bool const was_throttled = package.throttled();
    bool const exhausted = package.quota.charge(used.cpu, m_now.boot_time);
    mark_package_dirty(index);
    if (exhausted || was_throttled != package.throttled()) update_budget(index);
}

// Brings hosts and deadline to what the ledger says.
void Broker::update_budget(Index index)
{
    Package& package = *m_packages[index];
    if (package.quota.renew(m_now.boot_time)) mark_package_dirty(index);
    if (package.throttled()) {
        freeze_hosts(index);
        m_package_deadlines.set(index, package.quota.generation_ends());
        return;
    }
    m_package_deadlines.remove(index);
    bool thawed = false;
    for (Index host = 0; host < m_hosts.size(); ++host) {
        if (m_hosts[host].id.number == 0 || m_hosts[host].package != index || !m_hosts[host].frozen) continue;
        thaw_host(host);
        thawed = true;
    }
    if (thawed) {
        log_package(EventNumber::ContinuedByCpuPolicy, index);
        tell_budget(index);
    }
    reconsider_package(index);
    admit();
}

// A host with a task that is being cancelled is left alone: the task must be able to save its state.
void Broker::freeze_hosts(Index index)
{
    Package const& package = *m_packages[index];
    for (Index host = 0; host < m_hosts.size(); ++host) {
        Host& candidate = m_hosts[host];
        if (candidate.id.number == 0 || candidate.package != index || candidate.frozen || candidate.killed ||
            candidate.instances == 0 || candidate.cancelling > 0) {
            continue;
        }
        candidate.frozen = true;
        act(effect::FreezeHost{candidate.id});
        for (Index slot = 0; slot < m_instances.size(); ++slot) {
            Instance& instance = m_instances[slot];
            if (instance.id.number == 0 || instance.host != host) continue;
            ++instance.suspended_count;
            instance.frozen_since = m_now.boot_time;
            set_deadline(slot);
            log(EventNumber::SuspendedByCpuPolicy, instance.task, package.quota.used().count(),
                package.quota.generation_ends().time_since_epoch().count(), {}, instance.id);
        }
    }
}

void Broker::thaw_host(Index host)
{
    m_hosts[host].frozen = false;
    act(effect::ThawHost{m_hosts[host].id});
    for (Index slot = 0; slot < m_instances.size(); ++slot) {
        Instance& instance = m_instances[slot];
        if (instance.id.number == 0 || instance.host != host) continue;
        Duration const frozen = m_now.boot_time - instance.frozen_since;
        if (instance.run_limit_at != BootTime::max()) instance.run_limit_at += frozen;
        if (instance.idle_at != BootTime::max()) instance.idle_at += frozen;
        set_deadline(slot);
        act(effect::TellSuspendedCount{m_hosts[host].id, instance.id, instance.suspended_count});
    }
}

void Broker::tell_budget(Index index)
{
    Package const& package = *m_packages[index];
    if (package.running == 0) return;
    effect::SetCpuBudget budget{package.family, std::nullopt};
    if (package.quota.limited() && !package.foreground) budget.left = package.quota.left();
    act(std::move(budget));
}

void Broker::on(event::AccessRequested const& asked)
{
    Index const index = find_package(asked.package.view());
    if (index == kNone || m_packages[index]->removed) {
        reply(asked.request, Refusal::UnknownPackage);
        return;
    }
    Access const access = m_packages[index]->access;
    if (access != Access::Unspecified) {
        reply(asked.request, status_of(m_policy.profile, access));
    } else if (m_policy.profile == Profile::Windows10) { // it does not ask
        on(event::SetAccess{asked.request, asked.package, Access::Allowed});
    } else {
        act(effect::AskUser{asked.request, asked.package});
    }
}

void Broker::on(event::SetAccess const& decided)
{
    Index const index = find_package(decided.package.view());
    if (index == kNone || m_packages[index]->removed) {
        reply(decided.request, Refusal::UnknownPackage);
        return;
    }
    Package& package = *m_packages[index];
    Access const before = package.access;
    if (decided.by == event::Decider::App && is_denied(before)) {
        reply(decided.request, status_of(m_policy.profile, before));
        return;
    }
    bool const added = !is_on_lock_screen(before) && is_on_lock_screen(decided.access);
    bool const taken_off = is_on_lock_screen(before) && !is_on_lock_screen(decided.access);
    if (added && m_policy.max_lock_screen_apps > 0) {
        auto const on_list = std::count_if(m_packages.begin(), m_packages.end(), [](auto const& candidate) {
            return candidate && !candidate->removed && is_on_lock_screen(candidate->access);
        });
        if (on_list >= static_cast<std::ptrdiff_t>(m_policy.max_lock_screen_apps)) {
            reply(decided.request, Refusal::TooManyLockScreenApps);
            return;
        }
    }
    if (before != decided.access) {
        package.access = decided.access;
        package.quota.limit(limits_of(decided.access), m_now.boot_time);
        mark_package_dirty(index);
        log_package(EventNumber::AccessChanged, index, static_cast<std::int64_t>(before),
                    static_cast<std::int64_t>(decided.access));
        for (Index slot = 0; slot < m_instances.size(); ++slot) {
            Instance const& instance = m_instances[slot];
            if (instance.id.number == 0 || m_tasks[instance.task].package != index) continue;
            if (!may_fire(m_policy.profile, decided.access, m_tasks[instance.task].trigger())) {
                cancel(slot, CancellationReason::SystemPolicy);
            }
        }
        reconsider_all_of(index);
        if (added) fire_package(index, SystemTriggerType::LockScreenApplicationAdded);
        if (taken_off) fire_package(index, SystemTriggerType::LockScreenApplicationRemoved);
        update_budget(index);
        tell_budget(index);
    }
    reply(decided.request, status_of(m_policy.profile, decided.access));
}

Broker::PackageView Broker::view_of(Package const& package) const
{
    return {package.family,  package.version,    package.access,    status_of(m_policy.profile, package.access),
            package.app,     package.foreground, package.servicing, package.tasks.size(),
            package.running, package.quota};
}

std::vector<Broker::PackageView> Broker::packages() const
{
    std::vector<PackageView> views;
    for (auto const& package : m_packages) {
        if (package && !package->removed) views.push_back(view_of(*package));
    }
    return views;
}

std::optional<Broker::PackageView> Broker::package(std::string_view family) const
{
    Index const index = find_package(family);
    if (index == kNone || m_packages[index]->removed) return std::nullopt;
    return view_of(*m_packages[index]);
}

} // namespace latchkey::core
