// SPDX-License-Identifier: MIT
#include "core/broker.h"
#include "core/time_grid.h"

#include <algorithm>
#include <utility>

namespace latchkey::core {

std::optional<Refusal> Broker::refusal_of(RegisterRequest const& request) const
{
    if (request.package.empty()) return Refusal::NoPackageIdentity;
    Index const index = find_package(request.package.view());
    if (index == kNone || !m_packages[index]->declaration) return Refusal::UnknownPackage;
    Package const& package = *m_packages[index];
    if (package.removed) return Refusal::PackageIsBeingRemoved;
    if (auto const refusal = check(request, *package.declaration, m_policy)) return refusal;
    if (request.task.value.is_nil() || knows(request.task)) return Refusal::DuplicateTaskId;
    if (m_tasks.findable() >= m_policy.max_registrations) return Refusal::TooManyRegistrations;
    if (package.tasks.size() >= m_policy.max_registrations_per_package) return Refusal::TooManyRegistrationsOfPackage;
    if (find_trigger_kind(request.trigger.kind)->one_per_package) {
        for (Index task = package.tasks.first(); task != kNone; task = PackageList::next(m_tasks, task)) {
            if (m_tasks[task].kind == request.trigger.kind && !m_tasks[task].has(Task::kSpent)) {
                return Refusal::OneRegistrationOnly;
            }
        }
    }
    return std::nullopt;
}

void Broker::on(event::Register const& asked)
{
    RegisterRequest const& request = asked.registration;
    if (auto const refusal = refusal_of(request)) {
        reply(asked.request, *refusal);
        return;
    }
    auto registration = std::make_shared<Registration>();
    registration->task = request.task;
    registration->package = request.package;
    registration->name = request.name;
    registration->entry_point = request.entry_point;
    registration->trigger = request.trigger;
    for (Condition const condition : request.conditions) {
        registration->conditions = registration->conditions.with(condition);
    }
    registration->cancel_on_condition_loss = request.cancel_on_condition_loss;
    registration->network_requested = request.network_requested;
    registration->group_id = request.group_id;
    registration->group_name = request.group_id.empty() ? std::string() : request.group_name;
    registration->registered = m_now.wall_time;

    Index const index = add_task(*registration, find_package(request.package.view()));
    Task& task = m_tasks[index];
    if (is_timed(task.kind)) {
        task.due = TimeSchedule::starting(m_now.wall_time, period_of(task)).due();
        arm(index);
    }
    log(EventNumber::Registered, index);
    persist(effect::SaveRegistration{std::move(registration), task.state()});
    reply(asked.request, request.task);
}

void Broker::on(event::Unregister const& asked)
{
    Index const index = m_tasks.find(asked.task);
    if (index == kNone) {
        reply(asked.request, Refusal::UnknownTask);
        return;
    }
    Index const instance = m_tasks[index].instance;
    remove_task(index, DeletionReason::Unregistered);
    if (instance != kNone && asked.running == event::RunningInstance::IsCancelled) {
        cancel(instance, CancellationReason::Abort);
    }
    reply(asked.request, effect::Done());
}

Index Broker::add_task(Registration const& registration, Index package)
{
    Index const index = m_tasks.add();
    m_tasks[index].package = package;
    describe(m_tasks[index], stored(registration, {}), m_names);
    link_task(index, registration.group_name);
    return index;
}

// Into every list and index that a registered task is found by.
void Broker::link_task(Index index, std::string_view group_name)
{
    Task const& task = m_tasks[index];
    Package& package = *m_packages[task.package];
    m_tasks.index(index);
    package.tasks.append(m_tasks, index);
    if (task.group != 0) join_group(package, m_names.view(task.group), group_name);
    if (!task.has(Task::kSpent)) {
        if (auto* list = trigger_list(task)) list->append(m_tasks, index);
    }
    count_facts(task, 1);
}

// change: 1 or, as unsigned numbers wrap, -1.
void Broker::count_facts(Task const& task, std::uint32_t change)
{
    std::array<bool, kFactCount> counted{};
    for (ConditionInfo const& row : kConditions) {
        auto const fact = static_cast<std::size_t>(row.fact);
        if (task.required.has(row.condition) && !std::exchange(counted[fact], true)) m_fact_users[fact] += change;
    }
}

// The registration is gone at once; the slot stays while an instance runs, because its end still has to be handled.
void Broker::remove_task(Index index, DeletionReason reason)
{
    Task& task = m_tasks[index];
    log(EventNumber::Unregistered, index, static_cast<std::int64_t>(reason));
    persist(effect::DeleteRegistration{task.id, reason});
    std::erase_if(m_actions, [&](Effect const& effect) { // its completion of this turn goes with it
        auto const* delivery = std::get_if<effect::DeliverCompletion>(&effect);
        return delivery && delivery->task == task.id;
    });
    stop_waiting(index);
    if (!task.has(Task::kSpent)) {
        if (auto* list = trigger_list(task)) list->remove(m_tasks, index);
    }
    count_facts(task, ~std::uint32_t{0});
    m_wall.remove(index);
    m_tasks.unindex(index);
    Package& package = *m_packages[task.package];
    package.tasks.remove(m_tasks, index);
    if (task.group != 0) leave_group(package, task.group);
    task.set(Task::kDirty, false);
    task.set(Task::kPending, false);
    task.set(Task::kDeleted);
    if (task.instance == kNone) release_task(index);
}

void Broker::release_task(Index index)
{
    Task const& task = m_tasks[index];
    for (auto const name : {task.name, task.entry_point, task.group, task.parameter})
        m_names.release(name);
    m_tasks.remove(index);
}

// Only broadcast triggers have a list; the others are fired by task or by the clock.
TriggerList* Broker::trigger_list(Task const& task)
{
    if (task.kind == TriggerKind::System) return &m_system_triggers[task.type];
    if (task.kind == TriggerKind::Preview) return &m_preview_triggers[task.type];
    return nullptr;
}

void Broker::join_group(Package& package, std::string_view id, std::string_view name)
{
    for (TaskGroup& group : package.groups) {
        if (m_names.view(group.id) == id) {
            ++group.tasks;
            return;
        }
    }
    package.groups.push_back({m_names.acquire(id), m_names.acquire(name), 1});
}

void Broker::leave_group(Package& package, std::uint32_t id)
{
    auto const group = std::find_if(package.groups.begin(), package.groups.end(),
                                    [id](TaskGroup const& candidate) { return candidate.id == id; });
    invariant(group != package.groups.end(), "a task's group is among its package's groups");
    if (--group->tasks > 0) return;
    m_names.release(group->id);
    m_names.release(group->name);
    package.groups.erase(group);
}

Registration Broker::registration_of(Index index) const
{
    Task const& task = m_tasks[index];
    Package const& package = *m_packages[task.package];
    std::string_view group_name;
    for (TaskGroup const& group : package.groups) {
        if (group.id == task.group) group_name = m_names.view(group.name);
    }
    return core::registration_of(task, m_names, package.family, group_name);
}

std::vector<TaskId> Broker::tasks(std::string_view family, std::string_view group_id) const
{
    std::vector<TaskId> found;
    Index const package = find_package(family);
    if (package == kNone) return found;
    for (Index index = m_packages[package]->tasks.first(); index != kNone; index = PackageList::next(m_tasks, index)) {
        if (m_names.view(m_tasks[index].group) == group_id) found.push_back(m_tasks[index].id);
    }
    return found;
}

std::vector<TaskId> Broker::all_tasks(std::string_view family) const
{
    std::vector<TaskId> found;
    Index const package = find_package(family);
    if (package == kNone) return found;
    found.reserve(m_packages[package]->tasks.size());
    for (Index index = m_packages[package]->tasks.first(); index != kNone; index = PackageList::next(m_tasks, index)) {
        found.push_back(m_tasks[index].id);
    }
    return found;
}

std::vector<Broker::Group> Broker::groups(std::string_view family) const
{
    std::vector<Group> found;
    Index const package = find_package(family);
    if (package == kNone) return found;
    for (TaskGroup const& group : m_packages[package]->groups) {
        found.push_back({std::string(m_names.view(group.id)), std::string(m_names.view(group.name)), group.tasks});
    }
    return found;
}

} // namespace latchkey::core
