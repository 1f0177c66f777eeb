// SPDX-License-Identifier: MIT
#include "simulation/world.h"

#include "core/time_grid.h"

#include <cstdio>
#include <cstdlib>

namespace latchkey::simulation {

using namespace core;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kRecentEvents = 40;
constexpr std::uint64_t kCompareEvery = 64;

// Small limits, so that all of them are reached all the time.
Policy small_policy(Dice& dice)
{
    Policy policy = policy_of(dice.of<Profile>({Profile::DeveloperPreview, Profile::Windows8, Profile::Windows10}));
    policy.max_running = 6;
    policy.max_running_per_package = 3;
    policy.max_details = 4;
    policy.max_registrations_per_package = 10;
    policy.max_registrations = 30;
    policy.max_lock_screen_apps = dice.one_in(2) ? 0 : 2;
    policy.host_linger = dice.one_in(2) ? 0s : 90s;
    if (dice.one_in(2)) policy.request_run_limit = 10min;
    policy.max_restarts = dice.one_in(2) ? 1 : 3;
    return policy;
}

} // namespace

World::World(std::uint64_t seed) : m_seed(seed), m_dice(seed), m_policy(small_policy(m_dice))
{
    m_crash_one_in = m_dice.of<std::uint64_t>({12, 60, 400});
    m_store.keep_history(0);
    m_now.boot_time = BootTime(30s);
    m_now.wall_time = WallTime(std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)) +
                      Duration(static_cast<std::int64_t>(m_dice.below(86'400'000'000)));
    m_now.boot_id = BootId{{seed, 1}};
    m_facts.fill(FactValue::Unknown);
    for (auto const* family : {"Contoso.Mail", "Contoso.News", "Fabrikam.Chat", "Litware"}) {
        m_families.emplace_back(family);
        m_packages[family].declaration = declare(family, 1);
    }
    start_broker();
}

void World::fail(std::string const& what) const
{
    std::fflush(stdout);
    std::fprintf(stderr, "broken promise: %s\n  seed %llu, step %llu; the last events:\n", what.c_str(),
                 static_cast<unsigned long long>(m_seed), static_cast<unsigned long long>(m_step));
    for (auto const& line : m_recent)
        std::fprintf(stderr, "    %s\n", line.c_str());
    std::fprintf(stderr, "  again: latchkey-simulation --seed %llu --events %llu --trace\n",
                 static_cast<unsigned long long>(m_seed), static_cast<unsigned long long>(m_step));
    std::exit(1);
}

std::string World::summary() const
{
    return std::to_string(m_step) + " events, " + std::to_string(m_runs) + " instances, " +
           std::to_string(m_completions) + " completions, " + std::to_string(m_quarantines) + " given up, " +
           std::to_string(m_crashes) + " crashes, " + std::to_string(m_reboots) + " reboots";
}

void World::step()
{
    ++m_step;
    if (!m_inbox.empty() && m_dice.below(3) > 0) {
        auto [event, what] = std::move(m_inbox.front());
        m_inbox.pop_front();
        send(std::move(event), std::move(what));
    } else {
        happen();
    }
}

ConditionSet World::holding() const
{
    ConditionSet set;
    for (auto const& row : kConditions) {
        FactValue const wanted = row.desired ? FactValue::True : FactValue::False;
        if (m_told[static_cast<std::size_t>(row.fact)] == wanted) set = set.with(row.condition);
    }
    return set;
}

bool World::may_fire(Registration const& registration) const
{
    return core::may_fire(m_policy.profile, m_packages.at(registration.package.str()).access, registration.trigger);
}

// One event, its effects, and perhaps the end of the broker before, between or after them.
void World::send(Event event, std::string what)
{
    if (m_print) std::printf("%llu %s\n", static_cast<unsigned long long>(m_step), what.c_str());
    m_recent.push_back(std::to_string(m_step) + " " + what);
    while (m_recent.size() > kRecentEvents)
        m_recent.pop_front();

    bool const is_time = std::holds_alternative<event::TimeReached>(event);
    m_due_before.clear();
    if (is_time) {
        for (auto const& [id, task] : m_tasks) {
            if (is_timed(task.registration.trigger.kind) && m_store.has_task(id))
                m_due_before[id] = m_store.state(id).due;
        }
    }
    m_effects.clear();
    m_broker->handle(event, m_now, m_effects);

    bool action_seen = false;
    for (Effect const& effect : m_effects) {
        if (!is_durable(effect)) action_seen = true;
        expect(!(is_durable(effect) && action_seen), "every durable effect comes before every action");
    }
    bool const crashes = m_dice.one_in(m_crash_one_in);
    std::uint64_t const point = crashes ? m_dice.below(m_effects.size() + 2) : 0;
    if (crashes && point == 0) { // power fails before the commit: it never happened
        crash();
        return;
    }
    if (auto const* changed = std::get_if<event::FactChanged>(&event)) {
        m_told[static_cast<std::size_t>(changed->fact)] = changed->value;
    }
    foresee(event);
    foresee_own_triggers(m_effects);
    std::size_t const durable = m_store.commit(m_effects);
    committed(m_effects);
    for (std::size_t index = durable; index < m_effects.size(); ++index) {
        if (crashes && index >= point) break;
        carry_out(m_effects[index]);
    }
    check_all();
    check_time(event);
    if (crashes) {
        crash();
    } else if (m_step % kCompareEvery == 0) {
        check_same();
    }
}

// What must come of the event, worked out without the broker: which registrations accept a firing.
void World::foresee(Event const& event)
{
    if (auto const* fired = std::get_if<event::SystemTriggerFired>(&event)) {
        for (auto& [id, task] : m_tasks) {
            Trigger const& trigger = task.registration.trigger;
            if (trigger.kind == TriggerKind::System && trigger.type == static_cast<std::uint8_t>(fired->type)) {
                accept(id, fired->details.str());
            }
        }
    } else if (auto const* preview = std::get_if<event::PreviewTriggerFired>(&event)) {
        for (auto& [id, task] : m_tasks) {
            Trigger const& trigger = task.registration.trigger;
            if (trigger.kind == TriggerKind::Preview && trigger.type == static_cast<std::uint8_t>(preview->type)) {
                accept(id, {});
            }
        }
    } else if (auto const* one = std::get_if<event::TriggerFired>(&event)) {
        accept(one->task, one->details.str());
    } else if (auto const* user = std::get_if<event::FireByUser>(&event)) {
        if (m_tasks.contains(user->task) && m_store.has_task(user->task) && !m_store.state(user->task).spent) {
            if (user->conditions == event::Conditions::AreIgnored) m_tasks.at(user->task).unconditional = true;
            accept(user->task, {});
        }
    } else if (auto const* asked = std::get_if<event::ApplicationTriggerRequested>(&event)) {
        for (auto& [id, task] : m_tasks) {
            if (task.registration.trigger.kind != asked->kind || task.registration.package != asked->package) continue;
            if (m_store.state(id).pending || m_store.has_instance_of(id)) continue;
            accept(id, asked->arguments.str());
        }
    } else if (std::holds_alternative<event::TimeReached>(event)) {
        TimeGrid const grid(m_policy.timer_grid);
        for (auto const& [id, due] : m_due_before) {
            if (!m_store.state(id).spent && grid.at_or_after(due) <= m_now.wall_time) accept(id, {});
        }
    }
}

// The triggers that the broker raises itself follow from what it stores about packages.
void World::foresee_own_triggers(Effects const& effects)
{
    for (Effect const& effect : effects) {
        auto const* saved = std::get_if<effect::SavePackage>(&effect);
        if (!saved) continue;
        std::string const family = saved->record.family.str();
        auto const before = m_store.package(family);
        bool const was_on = before && is_on_lock_screen(before->access);
        bool const is_on = is_on_lock_screen(saved->record.access);
        m_packages.at(family).access = saved->record.access;
        for (auto const& [id, task] : m_tasks) {
            Trigger const& trigger = task.registration.trigger;
            if (trigger.kind != TriggerKind::System || task.registration.package.view() != family) continue;
            auto const type = static_cast<SystemTriggerType>(trigger.type);
            if ((type == SystemTriggerType::LockScreenApplicationAdded && is_on && !was_on) ||
                (type == SystemTriggerType::LockScreenApplicationRemoved && was_on && !is_on) ||
                (type == SystemTriggerType::ServicingComplete && before &&
                 !(before->version == saved->record.version))) {
                accept(id, {});
            }
        }
    }
}

void World::accept(TaskId id, std::string const& details)
{
    auto const found = m_tasks.find(id);
    if (found == m_tasks.end() || m_store.state(id).spent || !may_fire(found->second.registration)) return;
    TaskModel& task = found->second;
    if (task.registration.trigger.one_shot && m_store.state(id).pending) return;
    if (delivery_of(task.registration.trigger) != Delivery::Merge) {
        if (task.details.size() >= m_policy.max_details) return; // refused to the sender
        task.details.push_back(details);
    }
    task.owed = true;
    ++task.fired;
}

// Brings the picture from outside to what was just stored, and checks each change of the store.
void World::committed(Effects const& effects)
{
    std::set<TaskId> completed;
    for (Effect const& effect : effects) {
        if (auto const* saved = std::get_if<effect::SaveRegistration>(&effect)) {
            m_tasks[saved->registration->task].registration = *saved->registration;
        } else if (auto const* gone = std::get_if<effect::DeleteRegistration>(&effect)) {
            if (gone->reason == DeletionReason::OneShotActivated) {
                expect(!m_tasks.at(gone->task).owed, "a one-shot is forgotten only after it has run");
            }
            m_tasks.erase(gone->task);
            m_served.erase(m_served.lower_bound({gone->task, {}}), m_served.upper_bound({gone->task, "\x7f"}));
        } else if (auto const* made = std::get_if<effect::SaveInstance>(&effect)) {
            ++m_runs;
            TaskModel& task = m_tasks.at(made->record.task);
            bool const merge = delivery_of(task.registration.trigger) == Delivery::Merge;
            if (made->record.unconditional && !task.unconditional) {
                fail("only fire --now ignores conditions: " + to_words(task.registration.trigger) + " of " +
                     task.registration.package.str());
            }
            ConditionSet const needed =
                required_conditions(task.registration.conditions, task.registration.trigger.kind);
            expect(made->record.unconditional || holding().contains(needed),
                   "no instance starts while a condition is false");
            expect(m_recovered, "nothing starts before the old processes are gone");
            expect(!m_session_ending, "nothing starts while the session ends");
            expect(!m_packages.at(task.registration.package.str()).servicing,
                   "nothing starts while the package is serviced");
            expect(may_fire(task.registration), "nothing starts that is not allowed");
            task.owed = !merge && task.details.size() > 1;
            if (!made->record.unconditional) task.unconditional = false;
        } else if (auto const* done = std::get_if<effect::SaveCompletion>(&effect)) {
            ++m_completions;
            completed.insert(done->task);
            TaskModel& task = m_tasks.at(done->task);
            if (done->completion.result == kInterrupted) {
                ++m_quarantines;
                task.owed = m_store.state(done->task).pending;
            }
            expect(++task.completed <= task.fired, "no firing is completed twice");
            if (delivery_of(task.registration.trigger) != Delivery::Merge) {
                expect(!task.details.empty(), "a completed firing was waiting");
                m_served.insert({done->task, task.details.front()});
                task.details.pop_front();
                task.owed = !task.details.empty();
            }
        }
    }
    for (Effect const& effect : effects) {
        auto const* ended = std::get_if<effect::AppendHistory>(&effect);
        if (!ended || ended->event.number != EventNumber::Dropped || !m_tasks.contains(ended->event.task)) continue;
        TaskModel& task = m_tasks.at(ended->event.task);
        if (ended->event.text.view() == "the queue is full") continue;
        expect(!may_fire(task.registration), "a firing is dropped only for an app that is not allowed");
        bool const runs = m_recovered && m_store.has_instance_of(ended->event.task);
        task.owed = false;
        task.unconditional = false;
        while (task.details.size() > (runs ? 1U : 0U))
            task.details.pop_back();
    }
    // An instance that is not finished ends only with its completion, or leaves its firing pending.
    for (Effect const& effect : effects) {
        auto const* ended = std::get_if<effect::DeleteInstance>(&effect);
        if (!ended) continue;
        auto const instance = m_instances.find(ended->instance);
        if (instance == m_instances.end()) continue;
        TaskId const task = instance->second.task;
        m_instances.erase(instance);
        if (!m_tasks.contains(task) || completed.contains(task)) continue;
        if (!m_store.state(task).pending && !m_store.has_instance_of(task)) {
            expect(!may_fire(m_tasks.at(task).registration), "an interrupted firing is served again");
        }
    }
}

void World::carry_out(Effect const& effect)
{
    std::visit([this](auto const& action) { do_it(action); }, effect);
}

void World::do_it(effect::StartHost const& start)
{
    expect(!m_hosts.contains(start.host), "a host's number is new");
    m_hosts[start.host] = {start.package.str(), start.kind, false};
    m_inbox.emplace_back(event::HostStarted{start.host, static_cast<std::int64_t>(start.host.number), 1},
                         "host started");
}

void World::do_it(effect::StartInstance const& start)
{
    expect(m_store.instances().contains(start.instance), "an instance is stored before it is started");
    expect(m_hosts.contains(start.host) && !m_hosts.at(start.host).frozen, "an instance starts in a live host");
    expect(!m_instances.contains(start.instance), "an instance is started once");
    for (auto const& [id, instance] : m_instances) {
        expect(instance.task != start.task, "a task has one live instance");
        expect(instance.host != start.host || !instance.cancelled || is_app_hosted(m_hosts.at(start.host).kind),
               "nothing starts in a host that may be killed soon");
    }
    if (start.details) {
        auto const text = m_store.details(start.task, *start.details);
        expect(text.has_value(), "details are stored before they are served");
        expect(!m_served.contains({start.task, *text}) || text->empty(),
               "details are not served after their completion");
        expect(m_tasks.at(start.task).details.front() == *text, "details are served in order");
    }
    m_instances[start.instance] = {start.task, start.host, false, m_dice.one_in(8)};
    m_inbox.emplace_back(event::InstanceStarted{start.instance}, "instance started");
}

void World::do_it(effect::RequestCancel const& cancel)
{
    auto const found = m_instances.find(cancel.instance);
    if (found == m_instances.end()) return; // ended in a commit whose actions follow
    expect(!m_hosts.at(cancel.host).frozen, "a frozen host is thawed before it is told to cancel");
    expect(cancel.grace_ends <= m_now.boot_time + m_policy.cancel_grace, "the grace is at most as long as policy says");
    found->second.cancelled = true;
    found->second.hangs = m_dice.one_in(3);
}

void World::do_it(effect::TerminateHost const& end)
{
    expect(m_hosts.contains(end.host), "a host that is killed exists");
    m_inbox.emplace_back(event::HostExited{end.host, std::nullopt, 9, SharedText("killed")}, "host killed");
}

void World::do_it(effect::StopHost const& stop)
{
    for (auto const& [id, instance] : m_instances)
        expect(instance.host != stop.host, "a host that is stopped is empty");
    expect(m_hosts.erase(stop.host) == 1, "a host that is stopped exists");
    if (m_dice.one_in(2))
        m_inbox.emplace_back(event::HostExited{stop.host, std::nullopt, 0, {}}, "stopped host exited");
}

void World::do_it(effect::FreezeHost const& freeze)
{
    expect(!m_hosts.at(freeze.host).frozen, "a host is frozen once");
    m_hosts.at(freeze.host).frozen = true;
}

void World::do_it(effect::ThawHost const& thaw)
{
    expect(m_hosts.at(thaw.host).frozen, "a host that is thawed was frozen");
    m_hosts.at(thaw.host).frozen = false;
}

void World::do_it(effect::TellSuspendedCount const& told)
{
    expect(!m_hosts.at(told.host).frozen, "nothing is sent to a frozen host");
}

void World::do_it(effect::DeliverCompletion const& delivery)
{
    expect(m_packages.at(delivery.package.str()).app == AppState::Running,
           "nothing is sent to an app that does not run");
    auto const stored = m_store.completion(delivery.task);
    expect(stored && stored->instance == delivery.instance, "a completion is stored before it is delivered");
    if (!m_dice.one_in(4)) {
        m_inbox.emplace_back(event::CompletionDelivered{delivery.task, delivery.instance}, "completion delivered");
    }
}

void World::do_it(effect::DeliverProgress const& progress)
{
    expect(m_packages.at(progress.package.str()).app == AppState::Running, "progress only while the app runs");
}

void World::check_all()
{
    expect(m_store.task_count() == m_broker->task_count(), "the broker has the registrations that the store has");
    expect(m_store.task_count() <= m_policy.max_registrations, "there are no more registrations than allowed");
    expect(m_broker->running() <= m_policy.max_running, "no more run than allowed");
    for (auto const& [id, task] : m_tasks) {
        auto const& state = m_store.state(id);
        // Details behind those that run wait in their own queue.
        bool const behind = !task.details.empty() && m_store.has_instance_of(id);
        if (task.owed && !state.pending && !behind) {
            fail("a firing that was accepted is on disk until it runs: " + to_words(task.registration.trigger) +
                 " of " + task.registration.package.str());
        }
        if (!task.details.empty()) {
            expect(m_store.details_count(id) == task.details.size(),
                   "the details on disk are those that were accepted");
        }
        if (is_timed(task.registration.trigger.kind) && !state.spent) {
            auto const next = m_broker->next_deadline().wall_time;
            expect(next && *next <= TimeGrid(m_policy.timer_grid).at_or_after(state.due),
                   "an enabled time task has a next due time");
        }
    }
}

void World::check_time(Event const& event)
{
    if (!std::holds_alternative<event::TimeReached>(event)) return;
    auto const next = m_broker->next_deadline();
    expect(!next.boot_time || *next.boot_time > m_now.boot_time, "a deadline that was served lies behind (boot)");
    expect(!next.wall_time || *next.wall_time > m_now.wall_time, "a deadline that was served lies behind (wall)");
    TimeGrid const grid(m_policy.timer_grid);
    for (auto const& [id, before] : m_due_before) {
        if (!m_tasks.contains(id) || m_store.state(id).spent) continue;
        WallTime due = before;
        Duration const period =
            m_policy.freshness_unit * std::int64_t{m_tasks.at(id).registration.trigger.freshness_minutes};
        if (due - m_now.wall_time > period + m_policy.clock_back_tolerance) {
            continue; // the clock went back since; correct() has its own tests
        }
        while (grid.at_or_after(due) <= m_now.wall_time)
            due += period;
        expect(m_store.state(id).due == due, "a time task keeps its phase");
    }
}

// The broker's memory says what the disk says.
void World::check_same()
{
    Snapshot const stored = m_store.snapshot();
    Snapshot const held = m_broker->snapshot(m_now);
    expect(stored.last_instance == held.last_instance, "the last instance's number is stored");
    std::map<TaskId, Snapshot::Task const*> tasks;
    auto const held_tasks = held.tasks.all();
    for (auto const& task : held_tasks)
        tasks[task.registration.task] = &task;
    expect(tasks.size() == stored.tasks.size(), "memory and disk have the same registrations");
    for (auto const& task : stored.tasks.all()) {
        auto const found = tasks.find(task.registration.task);
        expect(found != tasks.end(), "a stored registration is in memory");
        expect(found->second->registration == task.registration, "a registration is the same on disk");
        expect(found->second->state == task.state, "a task's state is the same on disk");
        expect(found->second->undelivered == task.undelivered, "an undelivered completion is the same on disk");
        expect(found->second->details_count == task.details_count, "a queue is as long on disk");
        expect(task.details_count == 0 || found->second->details_first == task.details_first,
               "a queue begins the same on disk");
    }
    std::map<InstanceId, InstanceRecord> instances;
    for (auto const& record : held.instances)
        instances[record.instance] = record;
    expect(instances == m_store.instances(), "the instances are the same on disk");
    std::map<std::string, PackageRecord> packages;
    for (auto const& record : held.packages)
        packages[record.family.str()] = record;
    expect(packages.size() == stored.packages.size(), "the packages are the same on disk");
    for (auto const& record : stored.packages) {
        auto const& other = packages.at(record.family.str());
        expect(other.version == record.version && other.access == record.access && other.servicing == record.servicing,
               "a package is the same on disk");
    }
}

// kill -9 of the broker, or of the machine: whatever it had started goes with it.
void World::crash()
{
    ++m_crashes;
    if (m_dice.one_in(4)) {
        ++m_reboots;
        m_now.boot_id.value.low += 1;
        m_now.boot_time = BootTime(Duration(static_cast<std::int64_t>(m_dice.below(60'000'000))));
        m_now.wall_time += Duration(static_cast<std::int64_t>(m_dice.below(2 * 86'400'000'000)));
        for (auto& [family, package] : m_packages)
            package.app = AppState::Terminated;
    }
    m_recent.push_back("-- crash --");
    m_hosts.clear();
    m_inbox.clear();
    // What was interrupted is owed again.
    m_instances.clear();
    for (auto const& [id, record] : m_store.instances()) {
        m_instances[id] = {record.task, record.host, false, false};
        auto const task = m_tasks.find(record.task);
        if (task == m_tasks.end()) continue;
        if (record.unconditional) task->second.unconditional = true;
    }
    start_broker();
}

void World::start_broker()
{
    m_broker.emplace(m_policy, m_store.snapshot(), m_now);
    m_recovered = false;
    m_session_ending = false;
    m_told.fill(FactValue::Unknown);
    m_facts.fill(FactValue::Unknown);
    for (auto& [family, package] : m_packages) {
        auto const stored = m_broker->package(family);
        package.installed = stored.has_value();
        package.access = stored ? stored->access : Access::Unspecified;
        package.servicing = stored && stored->servicing;
        if (stored && !stored->servicing) {
            m_inbox.emplace_back(
                event::PackageConfigured{std::make_shared<PackageDeclaration const>(package.declaration)},
                "package is there: " + family);
        }
        if (package.app != AppState::Terminated) {
            m_inbox.emplace_back(event::AppChanged{SharedText(family), package.app}, "app is there: " + family);
        }
    }
}

} // namespace latchkey::simulation
