// SPDX-License-Identifier: MIT
#include "core/broker.h"
#include "core/latch.h"
#include "core/time_grid.h"

namespace latchkey::core {
namespace {

// These are raised by the broker itself, for one package.
bool is_for_one_package(SystemTriggerType type)
{
    return type == SystemTriggerType::ServicingComplete || type == SystemTriggerType::LockScreenApplicationAdded ||
           type == SystemTriggerType::LockScreenApplicationRemoved;
}

} // namespace

void Broker::on(event::SystemTriggerFired const& fired)
{
    if (!find_system_trigger(fired.type) || is_for_one_package(fired.type)) return;
    fire_all(m_system_triggers[static_cast<std::size_t>(fired.type)], fired.details);
}

void Broker::on(event::PreviewTriggerFired const& fired)
{
    if (!find_preview_trigger(fired.type)) return;
    fire_all(m_preview_triggers[static_cast<std::size_t>(fired.type)], {});
}

void Broker::on(event::TriggerFired const& fired)
{
    Index const index = m_tasks.find(fired.task);
    if (index == kNone) {
        reply(fired.request, Refusal::UnknownTask);
        return;
    }
    if (fired.details.view().size() > m_policy.max_details_bytes) {
        reply(fired.request, Refusal::TextTooLong);
        return;
    }
    switch (fire(index, fired.details)) {
    case Firing::Accepted:
    case Firing::Absorbed:
        reply(fired.request, effect::Done());
        break;
    case Firing::Ignored:
        reply(fired.request, Refusal::AlreadyRun);
        break;
    case Firing::NotAllowed:
        reply(fired.request, Refusal::NotAllowed);
        break;
    case Firing::QueueFull:
        reply(fired.request, Refusal::DetailsQueueFull);
        break;
    }
}

void Broker::on(event::ApplicationTriggerRequested const& asked)
{
    using Result = effect::ApplicationTriggerResult;
    Index const package = find_package(asked.package.view());
    Index found = kNone;
    for (Index index = package == kNone ? kNone : m_packages[package]->tasks.first(); index != kNone;
         index = PackageList::next(m_tasks, index)) {
        if (m_tasks[index].kind == asked.kind && !m_tasks[index].has(Task::kSpent)) found = index;
    }
    if (found == kNone || asked.arguments.view().size() > m_policy.max_details_bytes) {
        reply(asked.request, Result::UnknownError);
        return;
    }
    Task const& task = m_tasks[found];
    if (task.instance != kNone || task.has(Task::kPending) || task.details_count > 0) {
        reply(asked.request, Result::CurrentlyRunning);
        return;
    }
    Firing const firing = fire(found, asked.arguments);
    reply(asked.request, firing == Firing::Accepted     ? Result::Allowed
                         : firing == Firing::NotAllowed ? Result::DisabledByPolicy
                                                        : Result::UnknownError);
}

void Broker::on(event::FireByUser const& asked)
{
    Index const index = m_tasks.find(asked.task);
    if (index == kNone) {
        reply(asked.request, Refusal::UnknownTask);
        return;
    }
    Task& task = m_tasks[index];
    bool const was_quarantined = task.has(Task::kQuarantined);
    if (was_quarantined) end_quarantine(index);
    bool const unconditional = asked.conditions == event::Conditions::AreIgnored && !task.has(Task::kSpent) &&
                               may_fire(m_policy.profile, m_packages[task.package]->access, task.trigger());
    if (unconditional) {
        task.set(Task::kUnconditional);
        if (task.has(Task::kPending)) mark_dirty(index);
    }
    Firing const firing = fire(index, {});
    switch (firing) {
    case Firing::Accepted:
    case Firing::Absorbed:
        // A firing that waited already is the one that the user means.
        if (firing == Firing::Absorbed && (unconditional || was_quarantined)) consider(index);
        reply(asked.request, effect::Done());
        break;
    case Firing::Ignored:
        reply(asked.request, Refusal::AlreadyRun);
        break;
    case Firing::NotAllowed:
        reply(asked.request, Refusal::NotAllowed);
        break;
    case Firing::QueueFull:
        if (!task.has(Task::kPending)) task.set(Task::kUnconditional, false);
        if (unconditional || was_quarantined) consider(index);
        reply(asked.request, Refusal::DetailsQueueFull);
        break;
    }
}

void Broker::fire_all(TriggerList const& list, SharedText const& details)
{
    // Firing may take a task out of this list (a one-shot, an orphan), never another one.
    for (Index index = list.first(); index != kNone;) {
        Index const next = TriggerList::next(m_tasks, index);
        fire(index, details);
        index = next;
    }
}

void Broker::fire_package(Index package, SystemTriggerType type)
{
    for (Index index = m_packages[package]->tasks.first(); index != kNone;) {
        Index const next = PackageList::next(m_tasks, index);
        Task const& task = m_tasks[index];
        if (task.kind == TriggerKind::System && task.type == static_cast<std::uint8_t>(type)) fire(index, {});
        index = next;
    }
}

// The trigger of this registration fired.
Broker::Firing Broker::fire(Index index, SharedText const& details)
{
    Task& task = m_tasks[index];
    if (task.has(Task::kSpent)) return Firing::Ignored;
    Access const access = m_packages[task.package]->access;
    if (!may_fire(m_policy.profile, access, task.trigger())) {
        log(EventNumber::NotAllowed, index, static_cast<std::int64_t>(access));
        return Firing::NotAllowed;
    }
    // A one-shot needs one firing only.
    if (task.has(Task::kOneShot) && task.has(Task::kPending)) return Firing::Absorbed;
    if (delivery_of(task.trigger()) != Delivery::Merge) {
        DetailsQueue queue = task.details();
        auto const number = queue.push(m_policy.max_details);
        if (!number) {
            log(EventNumber::Dropped, index, 1, 0, SharedText("the queue is full"));
            return Firing::QueueFull;
        }
        task.set_details(queue);
        persist(effect::SaveDetails{task.id, *number, details});
    }
    if (task.has(Task::kPending)) return Firing::Absorbed;
    task.set(Task::kPending);
    task.pending_since = m_now.wall_time;
    task.first_missing = Condition::Invalid;
    consider(index);
    return Firing::Accepted;
}

// Decides about a firing that is pending: it runs now, or it waits in the one place where the reason for waiting is
// found when it ends. Whatever waits is pending on disk.
void Broker::consider(Index index)
{
    Task& task = m_tasks[index];
    if (!task.has(Task::kPending)) return;
    stop_waiting(index);
    Package& package = *m_packages[task.package];
    if (!may_fire(m_policy.profile, package.access, task.trigger())) {
        log(EventNumber::NotAllowed, index, static_cast<std::int64_t>(package.access));
        discard_firing(index, "the app is not allowed");
        return;
    }
    if (task.instance != kNone || task.has(Task::kQuarantined)) {
        if (task.instance != kNone && !task.has(Task::kBufferLogged)) {
            log(EventNumber::BufferedBehindInstance, index);
            task.set(Task::kBufferLogged);
        }
        wait(index, Task::Place::Nowhere);
        return;
    }
    if (!m_recovered || m_session_ending) {
        wait(index, Task::Place::Turn);
        return;
    }
    ConditionLatch latch(task.has(Task::kUnconditional) ? ConditionSet() : task.required, true);
    Condition const missing = latch.first_missing(m_conditions.holding());
    if (latch.conditions_changed(m_conditions.holding()) == LatchVerdict::Wait) {
        if (!task.has(Task::kLatchLogged)) {
            log(EventNumber::Latched, index, static_cast<std::int64_t>(missing),
                static_cast<std::int64_t>(m_conditions.value(find_condition(missing)->fact)));
            task.set(Task::kLatchLogged);
            task.first_missing = missing;
            mark_dirty(index);
        }
        wait(index, Task::Place::Conditions);
        return;
    }
    if (auto const reason = package_gate(package)) {
        if (!task.has(Task::kBufferLogged)) {
            log(EventNumber::Buffered, index, static_cast<std::int64_t>(*reason));
            task.set(Task::kBufferLogged);
        }
        wait(index, Task::Place::Package);
        return;
    }
    auto const entry_point = m_names.view(task.entry_point);
    auto const* declared = package.declaration ? package.declaration->find(entry_point) : nullptr;
    if (package.declaration && !declared && !entry_point.empty()) {
        orphan(index, kClassNotRegistered,
               SharedText("the package does not declare the entry point " + std::string(entry_point) + " any more"));
        return;
    }
    HostKind const kind = declared ? declared->host : HostKind::InProcess;
    if (!package.declaration || at_package_limit(package) || app_host_going(task.package, kind)) {
        wait(index, Task::Place::Package);
        return;
    }
    if (m_running >= m_policy.max_running) {
        wait(index, Task::Place::Turn);
        return;
    }
    activate(index);
}

void Broker::discard_firing(Index index, std::string_view why)
{
    Task& task = m_tasks[index];
    DetailsQueue queue = task.details();
    bool const front_is_running = task.instance != kNone && m_instances[task.instance].has_details;
    std::uint32_t dropped = 0;
    DetailsQueue kept;
    for (; !queue.empty(); queue.pop()) {
        if (front_is_running && kept.empty()) {
            kept = DetailsQueue(*queue.front(), 1);
            continue;
        }
        persist(effect::DropDetails{task.id, *queue.front()});
        ++dropped;
    }
    task.set_details(kept.empty() ? queue : kept);
    log(EventNumber::Dropped, index, dropped > 0 ? dropped : 1, 0, SharedText(std::string(why)));
    for (auto const flag : {Task::kPending, Task::kUnconditional, Task::kLatchLogged, Task::kBufferLogged}) {
        task.set(flag, false);
    }
    task.first_missing = Condition::Invalid;
    task.pending_since = {};
    if (task.has(Task::kStoredPending)) mark_dirty(index);
}

std::optional<BufferingReason> Broker::package_gate(Package const& package) const
{
    if (package.removed) return BufferingReason::PackageBeingUninstalled;
    if (package.servicing) return BufferingReason::PackageBeingServiced;
    if (package.throttled()) return BufferingReason::ResourcePolicy;
    return std::nullopt;
}

bool Broker::at_package_limit(Package const& package) const
{
    return package.running >= m_policy.max_running_per_package;
}

void Broker::wait(Index index, Task::Place place)
{
    Task& task = m_tasks[index];
    task.place = place;
    if (place != Task::Place::Nowhere) waiting_list(task).append(m_tasks, index);
    if (!task.has(Task::kStoredPending)) mark_dirty(index);
}

void Broker::stop_waiting(Index index)
{
    Task& task = m_tasks[index];
    if (task.place != Task::Place::Nowhere) waiting_list(task).remove(m_tasks, index);
    task.place = Task::Place::Nowhere;
}

WaitingList& Broker::waiting_list(Task const& task)
{
    switch (task.place) {
    case Task::Place::Conditions:
        return m_latched[task.required.bits()];
    case Task::Place::Package:
        return m_packages[task.package]->waiting;
    case Task::Place::Turn:
    case Task::Place::Nowhere:
        break;
    }
    return m_turn;
}

// Each step takes one task out of the list that it waits in: it is activated or waits elsewhere from now on. Those that
// had to wait for their turn and those that were latched until now take turns.
void Broker::admit()
{
    if (!m_recovered || m_session_ending) return;
    for (bool progress = true; progress;) {
        progress = false;
        if (m_running < m_policy.max_running && !m_turn.empty()) {
            consider(m_turn.first());
            progress = true;
        }
        if (m_running < m_policy.max_running && !m_released.empty()) {
            if (WaitingList const& latched = m_latched[m_released.back()]; !latched.empty()) {
                consider(latched.first());
            } else {
                m_released.pop_back();
            }
            progress = true;
        }
    }
}

// After a change that may let the package's waiting tasks on.
void Broker::reconsider_package(Index index)
{
    Package& package = *m_packages[index];
    for (std::uint32_t left = package.waiting.size();
         left > 0 && !package.waiting.empty() && !package_gate(package) && !at_package_limit(package); --left) {
        consider(package.waiting.first());
    }
}

// After a change of access or policy: wherever they wait.
void Broker::reconsider_all_of(Index index)
{
    for (Index task = m_packages[index]->tasks.first(); task != kNone;) {
        Index const next = PackageList::next(m_tasks, task);
        consider(task);
        task = next;
    }
}

// A hundred thousand latched tasks need a few sets of conditions: those are checked, the tasks are not touched.
void Broker::release_conditions()
{
    m_released.clear();
    for (std::size_t bits = 0; bits < m_latched.size(); ++bits) {
        auto const set = static_cast<std::uint16_t>(bits);
        if (!m_latched[bits].empty() && m_conditions.holding().contains(ConditionSet(set))) m_released.push_back(set);
    }
}

// The caller considers the task, or fires it.
void Broker::end_quarantine(Index index)
{
    Task& task = m_tasks[index];
    task.set(Task::kQuarantined, false);
    task.restarts = 0;
    log(EventNumber::QuarantineEnded, index);
    mark_dirty(index);
    if (!task.details().empty() && !task.has(Task::kPending)) {
        task.set(Task::kPending);
        task.pending_since = m_now.wall_time;
    }
}

void Broker::serve_time(Index index)
{
    Task& task = m_tasks[index];
    TimeSchedule schedule(task.due, period_of(task));
    schedule.serve(m_now.wall_time, TimeGrid(m_policy.timer_grid));
    task.due = schedule.due();
    arm(index);
    mark_dirty(index);
    fire(index, {});
}

void Broker::arm(Index index)
{
    Task const& task = m_tasks[index];
    m_wall.set(index, TimeGrid(m_policy.timer_grid).at_or_after(task.due));
}

void Broker::correct_schedules()
{
    for (Index index = 0; index < m_tasks.end(); ++index) {
        Task& task = m_tasks[index];
        if (!m_wall.contains(index)) continue;
        if (task.has(Task::kSpent)) {
            if (task.due <= m_now.wall_time + m_policy.spent_retention) continue;
            task.due = m_now.wall_time + m_policy.spent_retention;
            m_wall.set(index, task.due);
            mark_dirty(index);
            continue;
        }
        TimeSchedule schedule(task.due, period_of(task));
        if (!schedule.correct(m_now.wall_time, m_policy.clock_back_tolerance)) continue;
        log(EventNumber::ClockWentBack, index, to_us(task.due), to_us(schedule.due()));
        task.due = schedule.due();
        arm(index);
        mark_dirty(index);
    }
}

Duration Broker::period_of(Task const& task) const
{
    return m_policy.freshness_unit * std::int64_t{task.freshness_minutes};
}

} // namespace latchkey::core
