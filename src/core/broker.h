// SPDX-License-Identifier: MIT
#pragma once

#include "core/deadline_queue.h"
#include "core/effect.h"
#include "core/event.h"
#include "core/explain.h"
#include "core/name_table.h"
#include "core/package.h"
#include "core/snapshot.h"
#include "core/task.h"

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace latchkey::core {

// When the broker wants to be woken by TimeReached, on each clock; nullopt: nothing is pending there.
struct Deadlines {
    std::optional<BootTime> boot_time;
    std::optional<WallTime> wall_time;
};

// The rules of the background task infrastructure, free of the machine it runs on. A Broker holds registrations,
// latches, quotas and running instances; it is told what happened and when, and answers with what to do, in order. It
// never reads a clock, a file or a bus, so the simulator (tests/simulation) can run a year of events in a minute and
// repeat any of them from a seed. Start at `Broker::handle`; docs/engine.md tells the whole contract.
//
// One thread. Several events may be handled before their effects are carried out, as long as the durable effects of all
// of them are committed together before the first action (group commit).
class Broker {
public:
    explicit Broker(Policy policy, Guid installation = {});

    // As it was when the snapshot's last transaction was committed. Activates nothing before ProcessesGone.
    // Takes the tasks of the snapshot; the rest of it stays.
    Broker(Policy policy, Snapshot&& snapshot, Now const& now);

    // Advances by one event. All durable effects come before all actions. Appends to effects; allocates nothing there
    // or here once the tables have grown to their size.
    void handle(Event const& event, Now const& now, Effects& effects);
    [[nodiscard]] Effects handle(Event const& event, Now const& now);

    // The next moments at which TimeReached would change something.
    Deadlines next_deadline() const;

    // --- questions; none changes anything ---
    bool knows(TaskId task) const;
    std::optional<Registration> registration(TaskId task) const;
    std::optional<TaskState> state(TaskId task) const;
    // Of an instance that runs.
    std::optional<TaskId> task_of(InstanceId instance) const;
    // Why the task runs or does not. nullopt: no such task.
    std::optional<Explanation> explain(TaskId task, Now const& now) const;
    // AllTasks: what the package registered outside groups; with a group id, what is in that group.
    std::vector<TaskId> tasks(std::string_view package, std::string_view group_id = {}) const;
    // The same with those in all groups.
    std::vector<TaskId> all_tasks(std::string_view package) const;
    // Whether a registration waits for this: what the sources have to tell. Cheap, also with 100,000 registrations.
    bool awaits(SystemTriggerType type) const { return !m_system_triggers[static_cast<std::size_t>(type)].empty(); }
    bool awaits(PreviewTriggerType type) const { return !m_preview_triggers[static_cast<std::size_t>(type)].empty(); }
    bool awaits(Fact fact) const { return m_fact_users[static_cast<std::size_t>(fact)] > 0; }
    struct Group {
        std::string id;
        std::string name;
        std::uint32_t tasks;
    };
    std::vector<Group> groups(std::string_view package) const;
    struct PackageView {
        SharedText family;
        SharedText version;
        Access access;
        BackgroundAccessStatus status;
        AppState app;
        bool foreground, servicing;
        std::uint32_t tasks, running;
        CpuQuota quota;
    };
    std::vector<PackageView> packages() const;
    std::optional<PackageView> package(std::string_view family) const;
    std::size_t task_count() const { return m_tasks.findable(); }
    std::uint32_t running() const { return m_running; }
    ConditionSnapshot const& conditions() const { return m_conditions; }
    Policy const& policy() const { return m_policy; }
    Guid instance_guid_of(InstanceId instance) const { return instance_guid(m_installation, instance); }

    // What the store must hold after the effects so far: tests compare it with what it does hold. O(everything).
    Snapshot snapshot(Now const& now) const;

private:
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };
    enum class Firing : std::uint8_t { Accepted, Absorbed, Ignored, NotAllowed, QueueFull };

    // broker.cpp: events that concern the whole, and the end of a turn
    void on(event::TimeReached const&);
    void on(event::FactChanged const&);
    void on(event::SessionEnding const&);
    void on(event::SessionContinues const&);
    void on(event::PolicyChanged const&);
    void flush(Effects& effects);
    void persist(Effect effect) { m_durable.push_back(std::move(effect)); }
    void act(Effect effect) { m_actions.push_back(std::move(effect)); }
    void log(EventNumber number, Index task, std::int64_t first = 0, std::int64_t second = 0, SharedText text = {},
             InstanceId instance = {});
    void log_package(EventNumber number, Index package, std::int64_t first = 0, std::int64_t second = 0,
                     SharedText text = {});
    void reply(RequestId request, effect::Answer answer);
    void mark_dirty(Index task);
    void mark_package_dirty(Index package);

    // broker_registration.cpp
    void on(event::Register const&);
    void on(event::Unregister const&);
    std::optional<Refusal> refusal_of(RegisterRequest const& request) const;
    Index add_task(Registration const& registration, Index package);
    void link_task(Index task, std::string_view group_name);
    void remove_task(Index task, DeletionReason reason);
    void release_task(Index task);
    TriggerList* trigger_list(Task const& task);
    void count_facts(Task const& task, std::uint32_t change);
    void join_group(Package& package, std::string_view id, std::string_view name);
    void leave_group(Package& package, std::uint32_t id);
    Registration registration_of(Index task) const;

    // broker_firing.cpp: from a trigger to the decision
    void on(event::SystemTriggerFired const&);
    void on(event::PreviewTriggerFired const&);
    void on(event::TriggerFired const&);
    void on(event::ApplicationTriggerRequested const&);
    void on(event::FireByUser const&);
    Firing fire(Index task, SharedText const& details);
    void fire_all(TriggerList const& list, SharedText const& details);
    void fire_package(Index package, SystemTriggerType type);
    void consider(Index task);
    void discard_firing(Index task, std::string_view why);
    std::optional<BufferingReason> package_gate(Package const& package) const;
    bool at_package_limit(Package const& package) const;
    void wait(Index task, Task::Place place);
    void stop_waiting(Index task);
    WaitingList& waiting_list(Task const& task);
    void admit();
    void reconsider_package(Index package);
    void reconsider_all_of(Index package);
    void release_conditions();
    void end_quarantine(Index task);
    void serve_time(Index task);
    void arm(Index task);
    void correct_schedules();
    Duration period_of(Task const& task) const;

    // broker_instances.cpp: from the decision to the completion
    void on(event::HostStarted const&);
    void on(event::HostExited const&);
    void on(event::InstanceStarted const&);
    void on(event::InstanceProgress const&);
    void on(event::InstanceActive const&);
    void on(event::InstanceCompleted const&);
    void on(event::ActivationFailed const&);
    void on(event::CancelByUser const&);
    void on(event::HandlerAttached const&);
    void on(event::CompletionDelivered const&);
    void activate(Index task);
    void orphan(Index task, HResult result, SharedText message);
    Index host_for(Index package, HostKind kind, std::string_view resource_group);
    bool app_host_going(Index package, HostKind kind) const;
    Index find_instance(InstanceId instance) const;
    Index find_host(HostId host) const;
    void drop_host(Index host);
    void stop_idle_hosts(Index package);
    void finish(Index instance, HResult result, SharedText const& message);
    void restart(Index instance, SharedText const& message);
    void end_instance(Index instance);
    void cancel(Index instance, CancellationReason reason);
    void cancel_all_of(Index package, CancellationReason reason);
    void instance_due(Index instance);
    void set_deadline(Index instance);
    void deliver(Index task);

    // broker_packages.cpp
    void on(event::PackageConfigured const&);
    void on(event::ServicingStarted const&);
    void on(event::PackageRemoved const&);
    void on(event::AppChanged const&);
    void on(event::GroundChanged const&);
    void on(event::CpuUsed const&);
    void on(event::AccessRequested const&);
    void on(event::SetAccess const&);
    Index find_package(std::string_view family) const;
    Index add_package(SharedText family);
    void forget_package(Index package);
    PackageRecord record_of(Package const& package) const;
    QuotaLimits const& limits_of(Access access) const;
    void update_budget(Index package);
    void freeze_hosts(Index package);
    void thaw_host(Index host);
    void tell_budget(Index package);
    PackageView view_of(Package const& package) const;

    // broker_recovery.cpp
    void on(event::ProcessesGone const&);
    void restore(StoredTasks& stored);

    // explain.cpp
    Verdict verdict_of(Task const& task) const;
    bool was_interrupted(Task const& task) const;
    std::string sentence_of(Task const& task, Explanation const& explanation) const;

    Policy m_policy;
    Guid m_installation;
    Now m_now{};
    bool m_time_known = false;
    bool m_recovered = false;
    bool m_session_ending = false;
    Duration m_grace_left = Duration::max(); // of the session that is ending
    InstanceId m_last_instance;

    NameTable m_names;
    TaskTable m_tasks;
    std::vector<std::unique_ptr<Package>> m_packages; // by Index; null: free
    std::unordered_map<std::string, Index, TextHash, std::equal_to<>> m_package_index;
    std::vector<Instance> m_instances;
    std::vector<Index> m_free_instances;
    std::vector<Host> m_hosts;
    std::vector<Index> m_free_hosts;
    std::vector<InstanceRecord> m_interrupted; // until ProcessesGone
    std::vector<HostId> m_former_hosts;        // the same
    std::uint32_t m_running = 0;

    ConditionSnapshot m_conditions;
    std::array<std::uint32_t, kFactCount> m_fact_users{}; // registrations with a condition that the fact decides
    std::array<TriggerList, kSystemTriggers.size() + 1> m_system_triggers;
    std::array<TriggerList, kPreviewTriggers.size() + 1> m_preview_triggers;
    // Latched tasks by the set of conditions they need: a change is checked against sets, not against tasks.
    std::array<WaitingList, std::size_t{1} << kConditionBits> m_latched;
    std::vector<std::uint16_t> m_released; // sets among those that hold and have tasks: they are admitted from here
    WaitingList m_turn;                    // could run, but not now: too many run, or the broker is starting or ending

    DeadlineQueue<WallTime> m_wall; // tasks: next tick, or when a spent one is forgotten
    DeadlineQueue<BootTime> m_instance_deadlines;
    DeadlineQueue<BootTime> m_package_deadlines; // budgets that are used up
    DeadlineQueue<BootTime> m_host_deadlines;    // hosts that linger

    std::vector<Effect> m_durable;
    std::vector<Effect> m_actions;
    std::vector<Index> m_dirty;
    std::vector<Index> m_dirty_packages;
};

} // namespace latchkey::core
