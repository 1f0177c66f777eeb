// SPDX-License-Identifier: MIT
#include "core/broker.h"
#include "core/time_grid.h"

#include <algorithm>
#include <utility>

namespace latchkey::core {

Broker::Broker(Policy policy, Snapshot&& snapshot, Now const& now) : Broker(policy, snapshot.installation)
{
    m_now = now;
    m_time_known = true;
    m_last_instance = snapshot.last_instance;
    for (PackageRecord const& record : snapshot.packages) {
        Package& package = *m_packages[add_package(record.family)];
        package.version = record.version;
        package.access = record.access;
        package.servicing = record.servicing;
        package.quota = CpuQuota(limits_of(record.access), record.quota, now);
        if (package.quota.exhausted()) {
            m_package_deadlines.set(find_package(record.family.view()), package.quota.generation_ends());
        }
    }
    restore(snapshot.tasks);
    correct_schedules();
    std::vector<Index> pending;
    for (Index index = 0; index < m_tasks.end(); ++index) {
        if (m_tasks[index].has(Task::kPending)) pending.push_back(index);
    }
    // Who has waited longest goes first again.
    std::stable_sort(pending.begin(), pending.end(),
                     [this](Index a, Index b) { return m_tasks[a].pending_since < m_tasks[b].pending_since; });
    for (Index const index : pending) {
        m_tasks[index].place = Task::Place::Turn;
        m_turn.append(m_tasks, index);
    }
    for (HostProcess const& process : snapshot.hosts) {
        m_former_hosts.push_back(process.host);
    }
    m_interrupted = snapshot.instances;
    for (InstanceRecord const& record : m_interrupted) {
        m_last_instance = std::max(m_last_instance, record.instance);
    }
}

// The tables are taken as they are; what is made new is how tasks are found.
void Broker::restore(StoredTasks& stored)
{
    m_tasks = std::exchange(stored.m_tasks, TaskTable());
    m_names = std::exchange(stored.m_names, NameTable());
    m_wall.reserve(m_tasks.end());
    std::vector<Index> packages; // by family number
    for (SharedText const& family : stored.m_families) {
        Index package = find_package(family.view());
        if (package == kNone) {
            package = add_package(family);
            m_packages[package]->quota = CpuQuota(limits_of(Access::Unspecified), m_now.boot_time);
        }
        packages.push_back(package);
    }
    TimeGrid const grid(m_policy.timer_grid);
    m_tasks.reserve(m_tasks.end());
    for (Index index = 0; index < m_tasks.end(); ++index) {
        if (constexpr Index kAhead = 16; index + kAhead < m_tasks.end()) m_tasks.will_index(index + kAhead);
        Task& task = m_tasks[index];
        auto const group = task.group == 0 ? stored.m_group_names.end()
                                           : stored.m_group_names.find(stored.group_key(task.package, task.group));
        task.package = packages[task.package];
        bool const pending = task.has(Task::kPending);
        task.set(Task::kStoredPending, pending);
        task.set(Task::kLatchLogged, pending && task.first_missing != Condition::Invalid);
        link_task(index, group == stored.m_group_names.end() ? std::string_view() : m_names.view(group->second));
        if (task.has(Task::kSpent)) {
            m_wall.append(index, task.due);
        } else if (is_timed(task.kind)) {
            m_wall.append(index, grid.at_or_after(task.due));
        }
    }
    for (auto const& [key, name] : stored.m_group_names)
        m_names.release(name);
    stored.m_group_names.clear();
    m_wall.restore();
}

// Every process of the earlier broker is gone: what it had started was interrupted and begins again, a counted number
// of times. The count is stored before anything is started, so that a task that takes the broker with it cannot loop.
void Broker::on(event::ProcessesGone const&)
{
    if (m_recovered) return;
    m_recovered = true;
    for (HostId const host : m_former_hosts) {
        persist(effect::DeleteHostProcess{host}); // else each start would look for all that there ever were
    }
    m_former_hosts.clear();
    for (InstanceRecord const& record : m_interrupted) {
        persist(effect::DeleteInstance{record.instance});
        Index const index = m_tasks.find(record.task);
        if (index == kNone) continue; // unregistered while it ran
        Task& task = m_tasks[index];
        bool const has_details = delivery_of(task.trigger()) != Delivery::Merge;
        if (has_details && task.details().front() != record.details) continue; // its details were discarded
        mark_dirty(index);
        if (record.restarts >= m_policy.max_restarts) {
            if (has_details) {
                DetailsQueue queue = task.details();
                persist(effect::DropDetails{task.id, *queue.front()});
                queue.pop();
                task.set_details(queue);
                if (!queue.empty() && !task.has(Task::kPending)) {
                    task.set(Task::kPending);
                    task.pending_since = m_now.wall_time;
                }
            }
            task.set(Task::kQuarantined, !task.has(Task::kSpent));
            if (task.has(Task::kSpent)) m_wall.set(index, task.due);
            task.set(Task::kSiblingRestarted, false);
            task.restarts = 0;
            task.last_ended = m_now.wall_time;
            task.last_result = kInterrupted;
            SharedText const message("was interrupted " + std::to_string(record.restarts + 1) +
                                     " times and is not started again");
            persist(effect::SaveCompletion{task.id, {record.instance, kInterrupted, m_now.wall_time, message}});
            task.undelivered = record.instance;
            log(EventNumber::Quarantined, index, record.restarts, 0, message, record.instance);
            continue;
        }
        task.restarts = static_cast<std::uint8_t>(record.restarts + 1);
        log(EventNumber::Restarted, index, task.restarts, 0, {}, record.instance);
        stop_waiting(index);
        task.set(Task::kPending);
        task.set(Task::kUnconditional, record.unconditional || task.has(Task::kUnconditional));
        task.pending_since = record.started;
        wait(index, Task::Place::Turn);
    }
    m_interrupted.clear();
    admit();
}

Snapshot Broker::snapshot(Now const& now) const
{
    Snapshot snapshot;
    snapshot.installation = m_installation;
    snapshot.last_instance = m_last_instance;
    for (auto const& package : m_packages) {
        if (!package || package->removed) continue;
        snapshot.packages.push_back(
            {package->family, package->version, package->access, package->servicing, package->quota.record(now)});
    }
    for (Index index = 0; index < m_tasks.end(); ++index) {
        Task const& task = m_tasks[index];
        if (!task.has(Task::kUsed) || task.has(Task::kDeleted)) continue;
        snapshot.tasks.push_back(
            {registration_of(index), task.state(), task.undelivered, task.details_first, task.details_count});
    }
    snapshot.instances = m_interrupted;
    for (Instance const& instance : m_instances) {
        if (instance.id.number == 0) continue;
        Task const& task = m_tasks[instance.task];
        snapshot.instances.push_back({instance.id, task.id, m_hosts[instance.host].id, instance.started,
                                      instance.unconditional, task.restarts, instance.details});
    }
    return snapshot;
}

} // namespace latchkey::core
