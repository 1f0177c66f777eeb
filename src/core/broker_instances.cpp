// SPDX-License-Identifier: MIT
#include "core/broker.h"

#include <algorithm>

namespace latchkey::core {
namespace {

bool may_run_longer(TriggerKind kind)
{
    return kind == TriggerKind::Application || kind == TriggerKind::MediaProcessing || kind == TriggerKind::Maintenance;
}

BootTime after(BootTime now, Duration limit)
{
    return limit > Duration::zero() ? now + limit : BootTime::max();
}

effect::AppPreparation preparation_for(HostKind kind, AppState app)
{
    if (!is_app_hosted(kind) || app == AppState::Running) return effect::AppPreparation::None;
    return app == AppState::Suspended ? effect::AppPreparation::ThawAllButUi : effect::AppPreparation::LaunchWithoutUi;
}

} // namespace

void Broker::activate(Index index)
{
    Task& task = m_tasks[index];
    Package& package = *m_packages[task.package];
    if (task.has(Task::kLatchLogged)) log(EventNumber::Unlatched, index);
    if (task.has(Task::kBufferLogged)) log(EventNumber::Unbuffered, index);
    if (task.has(Task::kStoredPending)) mark_dirty(index);

    Index slot = static_cast<Index>(m_instances.size());
    if (m_free_instances.empty()) {
        m_instances.emplace_back();
    } else {
        slot = m_free_instances.back();
        m_free_instances.pop_back();
    }
    Instance& instance = m_instances[slot];
    instance = Instance();
    instance.id = InstanceId{++m_last_instance.number};
    instance.task = index;
    instance.started = m_now.wall_time;
    instance.unconditional = task.has(Task::kUnconditional);
    if (auto const details = task.details().front()) {
        instance.has_details = true;
        instance.details = *details;
    }
    instance.run_limit_at =
        after(m_now.boot_time, may_run_longer(task.kind) ? m_policy.request_run_limit : m_policy.run_limit);
    instance.idle_at = after(m_now.boot_time, m_policy.idle_limit);

    auto const* declared = package.declaration->find(m_names.view(task.entry_point));
    instance.host = host_for(task.package, declared ? declared->host : HostKind::InProcess,
                             declared ? std::string_view(declared->resource_group) : std::string_view());
    Host& host = m_hosts[instance.host];
    bool const fresh = host.id.number == 0;
    if (fresh) host.id = HostId{instance.id.number};
    ++host.instances;
    m_host_deadlines.remove(instance.host);

    for (auto const flag : {Task::kPending, Task::kUnconditional, Task::kLatchLogged, Task::kBufferLogged}) {
        task.set(flag, false);
    }
    task.first_missing = Condition::Invalid;
    task.pending_since = {};
    task.instance = slot;
    ++m_running;
    ++package.running;
    if (task.has(Task::kOneShot) && !task.has(Task::kSpent)) {
        if (auto* list = trigger_list(task)) list->remove(m_tasks, index);
        task.set(Task::kSpent);
        task.due = m_now.wall_time + m_policy.spent_retention;
        m_wall.remove(index);
        mark_dirty(index);
    }
    persist(effect::SaveInstance{
        {instance.id, task.id, host.id, instance.started, instance.unconditional, task.restarts, instance.details}});
    log(EventNumber::InstanceCreated, index, event_log_type(task.trigger()), task.restarts, {}, instance.id);

    if (fresh) {
        act(effect::StartHost{host.id, package.family, host.kind, preparation_for(host.kind, package.app)});
        tell_budget(task.package);
    }
    effect::StartInstance start{host.id, instance.id, task.id, std::nullopt, task.restarts};
    if (instance.has_details) start.details = instance.details;
    act(start);
    set_deadline(slot);
}

// The activation fails visibly, then the registration goes: never a loop.
void Broker::orphan(Index index, HResult result, SharedText message)
{
    log(EventNumber::ActivationFailed, index, static_cast<std::uint32_t>(result), 0, std::move(message));
    remove_task(index, DeletionReason::EntryPointGone);
}

Index Broker::host_for(Index package, HostKind kind, std::string_view resource_group)
{
    for (Index index = 0; index < m_hosts.size(); ++index) {
        Host const& host = m_hosts[index];
        bool const usable = is_app_hosted(kind) || (!host.frozen && host.cancelling == 0);
        if (host.id.number != 0 && host.package == package && host.kind == kind && !host.killed && usable &&
            m_names.view(host.resource_group) == resource_group) {
            return index;
        }
    }
    Index slot = static_cast<Index>(m_hosts.size());
    if (m_free_hosts.empty()) {
        m_hosts.emplace_back();
    } else {
        slot = m_free_hosts.back();
        m_free_hosts.pop_back();
    }
    m_hosts[slot] = Host();
    m_hosts[slot].package = package;
    m_hosts[slot].kind = kind;
    m_hosts[slot].resource_group = m_names.acquire(resource_group);
    return slot;
}

// An app has one process: while that is being killed its tasks wait.
bool Broker::app_host_going(Index package, HostKind kind) const
{
    if (!is_app_hosted(kind)) return false;
    return std::any_of(m_hosts.begin(), m_hosts.end(), [&](Host const& host) {
        return host.id.number != 0 && host.package == package && is_app_hosted(host.kind) && host.killed;
    });
}

// Linear: there are at most max_running of them.
Index Broker::find_instance(InstanceId id) const
{
    if (id.number == 0) return kNone;
    for (Index index = 0; index < m_instances.size(); ++index) {
        if (m_instances[index].id == id) return index;
    }
    return kNone;
}

Index Broker::find_host(HostId id) const
{
    if (id.number == 0) return kNone;
    for (Index index = 0; index < m_hosts.size(); ++index) {
        if (m_hosts[index].id == id) return index;
    }
    return kNone;
}

void Broker::drop_host(Index index)
{
    m_names.release(m_hosts[index].resource_group);
    m_hosts[index] = Host();
    m_free_hosts.push_back(index);
    m_host_deadlines.remove(index);
}

// Hosts that only linger.
void Broker::stop_idle_hosts(Index package)
{
    for (Index index = 0; index < m_hosts.size(); ++index) {
        Host const& host = m_hosts[index];
        if (host.id.number == 0 || host.package != package || host.instances > 0 || host.killed) continue;
        act(effect::StopHost{host.id});
        drop_host(index);
    }
}

void Broker::on(event::HostStarted const& started)
{
    persist(effect::SaveHostProcess{{started.host, started.pid, started.start_ticks}});
}

void Broker::on(event::HostExited const& exited)
{
    persist(effect::DeleteHostProcess{exited.host});
    Index const gone = find_host(exited.host);
    if (gone == kNone) return;
    Index const package = m_hosts[gone].package;
    bool const was_killed = m_hosts[gone].killed;
    if (!was_killed) log_package(EventNumber::HostEnded, package, exited.status, 0, exited.message);
    m_hosts[gone].killed = true; // while its instances end, nothing new may choose it

    bool const alone = m_hosts[gone].instances == 1;
    for (Index index = 0; index < m_instances.size(); ++index) {
        Instance const& instance = m_instances[index];
        if (instance.id.number == 0 || instance.host != gone) continue;
        if (instance.life.phase() == InstancePhase::Killed) {
            finish(index, kIgnoredCancel,
                   SharedText("cancelled (" + std::string(name_of(instance.life.reason())) +
                              "), did not end within the grace"));
        } else if (exited.culprit == instance.id || (alone && !was_killed)) {
            finish(index, kHostCrashed, exited.message);
        } else if (instance.life.is_cancelled() || m_tasks[instance.task].has(Task::kSiblingRestarted) ||
                   m_tasks[instance.task].has(Task::kDeleted)) {
            finish(index, kSiblingCrashed, SharedText("another task ended the host"));
        } else {
            restart(index, SharedText("another task ended the host"));
        }
    }
    drop_host(gone);
    if (m_packages[package]) {
        forget_package(package);
        if (m_packages[package]) reconsider_package(package);
    }
    admit();
}

void Broker::on(event::InstanceStarted const& started)
{
    Index const index = find_instance(started.instance);
    if (index != kNone) m_instances[index].life.started();
}

void Broker::on(event::InstanceProgress const& reported)
{
    Index const index = find_instance(reported.instance);
    if (index == kNone) return;
    Instance& instance = m_instances[index];
    instance.progress = reported.progress;
    Task const& task = m_tasks[instance.task];
    Package const& package = *m_packages[task.package];
    if (package.app == AppState::Running && task.has(Task::kHandlerAttached)) {
        act(effect::DeliverProgress{package.family, task.id, instance.id, reported.progress});
    }
}

void Broker::on(event::InstanceActive const& active)
{
    Index const index = find_instance(active.instance);
    if (index == kNone) return;
    m_instances[index].idle_at = after(m_now.boot_time, m_policy.idle_limit);
    set_deadline(index);
}

void Broker::on(event::InstanceCompleted const& completed)
{
    Index const index = find_instance(completed.instance);
    if (index == kNone) return; // completed already, or of an earlier broker
    Index const package = m_tasks[m_instances[index].task].package;
    finish(index, completed.result, completed.message);
    forget_package(package);
    if (m_packages[package]) reconsider_package(package);
    admit();
}

void Broker::on(event::ActivationFailed const& failure)
{
    Index const index = find_instance(failure.instance);
    if (index == kNone) return;
    Index const task = m_instances[index].task;
    Index const package = m_tasks[task].package;
    bool const gone = failure.failure == event::ActivationFailure::EntryPointGone && !m_tasks[task].has(Task::kDeleted);
    if (gone) {
        orphan(task, failure.result, failure.message);
    } else {
        log(EventNumber::ActivationFailed, task, static_cast<std::uint32_t>(failure.result), 0, failure.message,
            failure.instance);
    }
    finish(index, failure.result, failure.message);
    forget_package(package);
    if (m_packages[package]) reconsider_package(package);
    admit();
}

void Broker::on(event::CancelByUser const& asked)
{
    Index const index = m_tasks.find(asked.task);
    if (index == kNone) {
        reply(asked.request, Refusal::UnknownTask);
        return;
    }
    if (m_tasks[index].instance == kNone) {
        reply(asked.request, Refusal::NotRunning);
        return;
    }
    cancel(m_tasks[index].instance, asked.reason);
    reply(asked.request, effect::Done());
}

// The instance has ended for good: its completion is stored, and what waited behind it is looked at.
void Broker::finish(Index index, HResult result, SharedText const& message)
{
    Instance const instance = m_instances[index];
    Task& task = m_tasks[instance.task];
    Package const& package = *m_packages[task.package];
    log(EventNumber::InstanceReturned, instance.task, static_cast<std::uint32_t>(result), instance.suspended_count,
        message, instance.id);
    end_instance(index);
    if (task.has(Task::kDeleted)) {
        release_task(instance.task);
        return;
    }
    if (instance.has_details) {
        DetailsQueue queue = task.details();
        persist(effect::DropDetails{task.id, instance.details});
        queue.pop();
        task.set_details(queue);
        if (!queue.empty() && !task.has(Task::kPending)) task.pending_since = m_now.wall_time;
        task.set(Task::kPending, !queue.empty());
    }
    task.restarts = 0;
    task.set(Task::kSiblingRestarted, false);
    task.last_ended = m_now.wall_time;
    task.last_result = result;
    mark_dirty(instance.task);

    persist(effect::SaveCompletion{task.id, {instance.id, result, m_now.wall_time, message}});
    CompletionBox box(task.undelivered, task.has(Task::kHandlerAttached));
    bool const now = box.completed(instance.id, package.app);
    task.undelivered = box.undelivered();
    if (now) deliver(instance.task);
    if (task.has(Task::kSpent)) m_wall.set(instance.task, task.due);
    consider(instance.task);
}

// The instance ended through no fault of its own: the same firing is served again, once.
void Broker::restart(Index index, SharedText const& message)
{
    Instance const instance = m_instances[index];
    Task& task = m_tasks[instance.task];
    log(EventNumber::InstanceReturned, instance.task, static_cast<std::uint32_t>(kSiblingCrashed),
        instance.suspended_count, message, instance.id);
    log(EventNumber::Restarted, instance.task, task.restarts);
    end_instance(index);
    task.set(Task::kSiblingRestarted);
    task.set(Task::kPending);
    task.set(Task::kUnconditional, instance.unconditional || task.has(Task::kUnconditional));
    task.pending_since = instance.started;
    mark_dirty(instance.task);
    consider(instance.task);
}

void Broker::end_instance(Index index)
{
    Instance const ended = m_instances[index];
    Task& task = m_tasks[ended.task];
    Package& package = *m_packages[task.package];
    Host& host = m_hosts[ended.host];
    persist(effect::DeleteInstance{ended.id});
    m_instance_deadlines.remove(index);
    m_instances[index] = Instance(); // before its host is looked at: it must not be found there any more
    m_free_instances.push_back(index);
    task.instance = kNone;
    --m_running;
    --package.running;
    if (ended.life.is_cancelled()) --host.cancelling;
    if (--host.instances == 0 && !host.killed) {
        if (m_policy.host_linger > Duration::zero() && !package.removed && !package.servicing) {
            m_host_deadlines.set(ended.host, m_now.boot_time + m_policy.host_linger);
        } else {
            act(effect::StopHost{host.id});
            drop_host(ended.host);
        }
    } else if (host.cancelling == 0 && package.throttled()) {
        freeze_hosts(task.package); // it was thawed so that the cancelled one could save its state
    }
}

void Broker::cancel(Index index, CancellationReason reason)
{
    Instance& instance = m_instances[index];
    if (!instance.life.cancel(reason)) {
        // A log-off cuts the grace of one that is being cancelled already.
        if (instance.life.phase() == InstancePhase::Cancelling) {
            instance.grace_ends =
                std::min(instance.grace_ends, m_now.boot_time + std::min(m_policy.cancel_grace, m_grace_left));
            set_deadline(index);
        }
        return;
    }
    log(EventNumber::InstanceCancelled, instance.task, static_cast<std::int64_t>(reason), 0, {}, instance.id);
    Host& host = m_hosts[instance.host];
    if (host.frozen) thaw_host(instance.host); // a frozen task could not hear it
    ++host.cancelling;
    instance.grace_ends = m_now.boot_time + std::min(m_policy.cancel_grace, m_grace_left);
    act(effect::RequestCancel{host.id, instance.id, reason, instance.grace_ends});
    set_deadline(index);
}

void Broker::cancel_all_of(Index package, CancellationReason reason)
{
    for (Index index = 0; index < m_instances.size(); ++index) {
        if (m_instances[index].id.number != 0 && m_tasks[m_instances[index].task].package == package) {
            cancel(index, reason);
        }
    }
}

void Broker::instance_due(Index index)
{
    Instance& instance = m_instances[index];
    if (instance.life.is_cancelled()) {
        if (instance.grace_ends <= m_now.boot_time && instance.life.grace_over()) {
            log(EventNumber::DidNotCompleteAfterCancel, instance.task,
                static_cast<std::int64_t>(instance.life.reason()), 0, {}, instance.id);
            Host& host = m_hosts[instance.host];
            if (!host.killed) act(effect::TerminateHost{host.id});
            host.killed = true;
        }
    } else if (instance.run_limit_at <= m_now.boot_time) {
        cancel(index, CancellationReason::ExecutionTimeExceeded);
    } else if (instance.idle_at <= m_now.boot_time) {
        log(EventNumber::InactiveInstance, instance.task, m_policy.idle_limit.count(), 0, {}, instance.id);
        cancel(index, CancellationReason::IdleTask);
    }
    set_deadline(index);
}

void Broker::set_deadline(Index index)
{
    Instance const& instance = m_instances[index];
    BootTime at = BootTime::max();
    switch (instance.life.phase()) {
    case InstancePhase::Starting:
    case InstancePhase::Running:
        if (!m_hosts[instance.host].frozen) at = std::min(instance.run_limit_at, instance.idle_at);
        break;
    case InstancePhase::Cancelling:
        at = instance.grace_ends;
        break;
    case InstancePhase::Killed:
        break;
    }
    if (at == BootTime::max()) {
        m_instance_deadlines.remove(index);
    } else {
        m_instance_deadlines.set(index, at);
    }
}

void Broker::deliver(Index index)
{
    Task const& task = m_tasks[index];
    act(effect::DeliverCompletion{m_packages[task.package]->family, task.id, task.undelivered});
}

void Broker::on(event::HandlerAttached const& attached)
{
    Index const index = m_tasks.find(attached.task);
    if (index == kNone) return;
    Task& task = m_tasks[index];
    CompletionBox box(task.undelivered, task.has(Task::kHandlerAttached));
    bool const now = box.handler_attached(m_packages[task.package]->app);
    task.set(Task::kHandlerAttached, box.attached());
    if (now) deliver(index);
}

void Broker::on(event::CompletionDelivered const& delivered)
{
    Index const index = m_tasks.find(delivered.task);
    if (index == kNone) return;
    Task& task = m_tasks[index];
    CompletionBox box(task.undelivered, task.has(Task::kHandlerAttached));
    if (!box.delivered(delivered.instance)) return;
    task.undelivered = {};
    persist(effect::DeleteCompletion{task.id, delivered.instance});
    if (task.has(Task::kSpent) && task.instance == kNone && !task.has(Task::kPending)) {
        remove_task(index, DeletionReason::OneShotActivated);
    }
}

} // namespace latchkey::core
