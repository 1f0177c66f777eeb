// SPDX-License-Identifier: MIT
#include "core/stored_tasks.h"

namespace latchkey::core {

StoredTask stored(Registration const& registration, TaskState const& state)
{
    StoredTask task;
    task.task = registration.task;
    task.package = registration.package.view();
    task.name = registration.name;
    task.entry_point = registration.entry_point;
    task.kind = registration.trigger.kind;
    task.type = registration.trigger.type;
    task.one_shot = registration.trigger.one_shot;
    task.freshness_minutes = registration.trigger.freshness_minutes;
    task.parameter = registration.trigger.parameter;
    task.conditions = registration.conditions;
    task.cancel_on_condition_loss = registration.cancel_on_condition_loss;
    task.network_requested = registration.network_requested;
    task.group_id = registration.group_id;
    task.group_name = registration.group_name;
    task.registered = registration.registered;
    task.state = state;
    return task;
}

void describe(Task& task, StoredTask const& stored, NameTable& names)
{
    task.id = stored.task;
    task.registered = stored.registered;
    task.name = names.acquire(stored.name);
    task.entry_point = names.acquire(stored.entry_point);
    task.group = names.acquire(stored.group_id);
    task.parameter = names.acquire(stored.parameter);
    task.freshness_minutes = stored.freshness_minutes;
    task.kind = stored.kind;
    task.type = stored.type;
    task.required = required_conditions(stored.conditions, stored.kind);
    task.set(Task::kOneShot, stored.one_shot);
    task.set(Task::kCancelOnConditionLoss, stored.cancel_on_condition_loss);
    task.set(Task::kNetworkRequested, stored.network_requested);
}

Registration registration_of(Task const& task, NameTable const& names, SharedText package, std::string_view group_name)
{
    Registration registration;
    registration.task = task.id;
    registration.package = std::move(package);
    registration.name = names.view(task.name);
    registration.entry_point = names.view(task.entry_point);
    registration.trigger = task.trigger();
    registration.trigger.parameter = names.view(task.parameter);
    registration.conditions = task.kind == TriggerKind::Maintenance
                                  ? task.required.without(ConditionSet(Condition::ExternalPower))
                                  : task.required;
    registration.cancel_on_condition_loss = task.has(Task::kCancelOnConditionLoss);
    registration.network_requested = task.has(Task::kNetworkRequested);
    registration.group_id = names.view(task.group);
    registration.group_name = group_name;
    registration.registered = task.registered;
    return registration;
}

void StoredTasks::reserve(std::size_t tasks)
{
    m_tasks.reserve(tasks);
    m_names.reserve(tasks, tasks * 16);
}

void StoredTasks::add(StoredTask const& stored)
{
    auto family = m_family_index.find(stored.package);
    if (family == m_family_index.end()) {
        family = m_family_index.emplace(stored.package, static_cast<Index>(m_families.size())).first;
        m_families.emplace_back(family->first);
    }
    core::Task& task = m_tasks[m_tasks.add()];
    task.package = family->second;
    describe(task, stored, m_names);
    if (task.group != 0) {
        auto const [group, is_new] = m_group_names.try_emplace(group_key(task.package, task.group));
        if (is_new) group->second = m_names.acquire(stored.group_name);
    }
    TaskState const& state = stored.state;
    task.due = state.due;
    task.pending_since = state.pending_since;
    task.first_missing = state.first_missing;
    task.last_ended = state.last_ended;
    task.last_result = state.last_result;
    task.restarts = state.restarts;
    task.set(core::Task::kPending, state.pending);
    task.set(core::Task::kUnconditional, state.unconditional);
    task.set(core::Task::kSpent, state.spent);
    task.set(core::Task::kQuarantined, state.quarantined);
    task.set(core::Task::kSiblingRestarted, state.sibling_restarted);
    task.undelivered = stored.undelivered;
    task.set_details({stored.details_first, stored.details_count});
}

void StoredTasks::push_back(Task const& task)
{
    StoredTask added = stored(task.registration, task.state);
    added.undelivered = task.undelivered;
    added.details_first = task.details_first;
    added.details_count = task.details_count;
    add(added);
}

StoredTasks::Task StoredTasks::operator[](std::size_t place) const
{
    core::Task const& task = m_tasks[static_cast<Index>(place)];
    auto const group = m_group_names.find(group_key(task.package, task.group));
    auto const group_name = group == m_group_names.end() ? std::string_view() : m_names.view(group->second);
    return {registration_of(task, m_names, m_families[task.package], group_name), task.state(), task.undelivered,
            task.details_first, task.details_count};
}

std::vector<StoredTasks::Task> StoredTasks::all() const
{
    std::vector<Task> tasks;
    tasks.reserve(size());
    for (std::size_t place = 0; place < size(); ++place)
        tasks.push_back((*this)[place]);
    return tasks;
}

} // namespace latchkey::core
