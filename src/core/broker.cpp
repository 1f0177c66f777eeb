// SPDX-License-Identifier: MIT
#include "core/broker.h"

#include "core/time_grid.h"

#include <algorithm>

namespace latchkey::core {

Broker::Broker(Policy policy, Guid installation) : m_policy(policy), m_installation(installation)
{
    invariant(!check(policy).has_value(), "a policy is checked before a broker gets it");
}

void Broker::handle(Event const& event, Now const& now, Effects& effects)
{
    bool went_back = false;
    if (m_time_known && m_now.boot_id == now.boot_id) {
        invariant(now.boot_time >= m_now.boot_time, "boot time never goes back");
        auto const step = (now.wall_time - m_now.wall_time) - (now.boot_time - m_now.boot_time);
        went_back = step < -m_policy.clock_back_tolerance;
    }
    m_now = now;
    m_time_known = true;
    if (went_back) correct_schedules();
    std::visit([this](auto const& happened) { on(happened); }, event);
    flush(effects);
}

Effects Broker::handle(Event const& event, Now const& now)
{
    Effects effects;
    handle(event, now, effects);
    return effects;
}

Deadlines Broker::next_deadline() const
{
    Deadlines next{std::nullopt, m_wall.earliest()};
    for (auto const* queue : {&m_instance_deadlines, &m_package_deadlines, &m_host_deadlines}) {
        auto const earliest = queue->earliest();
        if (earliest && (!next.boot_time || *earliest < *next.boot_time)) next.boot_time = earliest;
    }
    return next;
}

void Broker::on(event::TimeReached const&)
{
    while (auto const index = m_wall.pop_due(m_now.wall_time)) {
        Task const& task = m_tasks[*index];
        if (!task.has(Task::kSpent)) {
            serve_time(*index);
        } else if (!task.has(Task::kPending) && task.instance == kNone && !was_interrupted(task)) {
            // else its end sets the time again
            remove_task(*index, DeletionReason::OneShotActivated);
        }
    }
    while (auto const index = m_instance_deadlines.pop_due(m_now.boot_time))
        instance_due(*index);
    while (auto const index = m_package_deadlines.pop_due(m_now.boot_time))
        update_budget(*index);
    while (auto const index = m_host_deadlines.pop_due(m_now.boot_time)) {
        Index const package = m_hosts[*index].package;
        act(effect::StopHost{m_hosts[*index].id});
        drop_host(*index);
        forget_package(package);
    }
    admit();
}

void Broker::on(event::FactChanged const& changed)
{
    FactValue const before = m_conditions.value(changed.fact);
    ConditionSet const held = m_conditions.holding();
    if (!m_conditions.set(changed.fact, changed.value, changed.source, m_now.wall_time)) return;

    HistoryEvent entry;
    entry.number = EventNumber::ConditionChanged;
    entry.at = m_now.wall_time;
    entry.first = static_cast<std::int64_t>(before);
    entry.second = static_cast<std::int64_t>(changed.value);
    entry.text = SharedText(std::string(name_of(changed.fact)));
    persist(effect::AppendHistory{std::move(entry)});

    ConditionSet const lost = held.without(m_conditions.holding());
    for (Index index = 0; !lost.empty() && index < m_instances.size(); ++index) {
        Instance const& instance = m_instances[index];
        if (instance.id.number == 0 || instance.unconditional) continue;
        Task const& task = m_tasks[instance.task];
        if (!task.required.intersects(lost)) continue;
        if (task.kind == TriggerKind::Maintenance && lost.has(Condition::ExternalPower)) {
            cancel(index, CancellationReason::Abort);
        } else if (task.has(Task::kCancelOnConditionLoss)) {
            cancel(index, CancellationReason::ConditionLoss);
        }
    }
    release_conditions();
    admit();
}

void Broker::on(event::SessionEnding const& ending)
{
    m_session_ending = true;
    m_grace_left = std::max(ending.left, Duration::zero());
    for (Index index = 0; index < m_instances.size(); ++index) {
        if (m_instances[index].id.number != 0) cancel(index, CancellationReason::LoggingOff);
    }
}

void Broker::on(event::SessionContinues const&)
{
    m_session_ending = false;
    m_grace_left = Duration::max();
    admit();
}

void Broker::on(event::PolicyChanged const& changed)
{
    invariant(!check(changed.policy).has_value(), "a policy is checked before a broker gets it");
    m_policy = changed.policy;
    for (Index index = 0; index < m_packages.size(); ++index) {
        if (!m_packages[index]) continue;
        Package& package = *m_packages[index];
        package.quota.limit(limits_of(package.access), m_now.boot_time);
        mark_package_dirty(index);
        update_budget(index);
    }
    for (Index index = 0; index < m_tasks.end(); ++index) {
        if (m_wall.contains(index) && !m_tasks[index].has(Task::kSpent)) arm(index);
    }
    for (Index index = 0; index < m_packages.size(); ++index) {
        if (m_packages[index]) reconsider_all_of(index);
    }
    admit();
}

void Broker::flush(Effects& effects)
{
    for (Index const index : m_dirty) {
        Task& task = m_tasks[index];
        if (!task.has(Task::kDirty)) continue;
        task.set(Task::kDirty, false);
        task.set(Task::kStoredPending, task.has(Task::kPending));
        persist(effect::SaveTask{task.id, task.state()});
    }
    m_dirty.clear();
    for (Index const index : m_dirty_packages) {
        if (!m_packages[index] || !m_packages[index]->dirty) continue;
        m_packages[index]->dirty = false;
        persist(effect::SavePackage{record_of(*m_packages[index])});
    }
    m_dirty_packages.clear();

    effects.insert(effects.end(), std::make_move_iterator(m_durable.begin()), std::make_move_iterator(m_durable.end()));
    effects.insert(effects.end(), std::make_move_iterator(m_actions.begin()), std::make_move_iterator(m_actions.end()));
    m_durable.clear();
    m_actions.clear();
}

void Broker::log(EventNumber number, Index index, std::int64_t first, std::int64_t second, SharedText text,
                 InstanceId instance)
{
    Task const& task = m_tasks[index];
    HistoryEvent entry{number, m_now.wall_time, task.id,        instance, m_packages[task.package]->family,
                       first,  second,          std::move(text)};
    persist(effect::AppendHistory{std::move(entry)});
}

void Broker::log_package(EventNumber number, Index index, std::int64_t first, std::int64_t second, SharedText text)
{
    HistoryEvent entry{number, m_now.wall_time, {}, {}, m_packages[index]->family, first, second, std::move(text)};
    persist(effect::AppendHistory{std::move(entry)});
}

void Broker::reply(RequestId request, effect::Answer answer)
{
    if (request.number != 0) act(effect::Reply{request, answer});
}

void Broker::mark_dirty(Index index)
{
    Task& task = m_tasks[index];
    if (task.has(Task::kDirty) || task.has(Task::kDeleted)) return;
    task.set(Task::kDirty);
    m_dirty.push_back(index);
}

void Broker::mark_package_dirty(Index index)
{
    Package& package = *m_packages[index];
    if (package.dirty || package.removed) return;
    package.dirty = true;
    m_dirty_packages.push_back(index);
}

bool Broker::knows(TaskId task) const
{
    return m_tasks.find(task) != kNone;
}

std::optional<Registration> Broker::registration(TaskId task) const
{
    Index const index = m_tasks.find(task);
    if (index == kNone) return std::nullopt;
    return registration_of(index);
}

std::optional<TaskId> Broker::task_of(InstanceId instance) const
{
    Index const index = find_instance(instance);
    if (index == kNone) return std::nullopt;
    return m_tasks[m_instances[index].task].id;
}

std::optional<TaskState> Broker::state(TaskId task) const
{
    Index const index = m_tasks.find(task);
    if (index == kNone) return std::nullopt;
    return m_tasks[index].state();
}

} // namespace latchkey::core
