// SPDX-License-Identifier: MIT
#include "simulation/world.h"

#include <iterator>

namespace latchkey::simulation {

using namespace core;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view kClasses[] = {"Tasks.Mail", "Tasks.Feed", "Tasks.Talk"};

} // namespace

void World::happen()
{
    if (!m_recovered && m_dice.one_in(4)) {
        m_recovered = true;
        send(event::ProcessesGone{}, "old processes are gone");
        return;
    }
    switch (m_dice.below(16)) {
    case 0:
    case 1:
    case 2:
        app_event();
        break;
    case 3:
        person_event();
        break;
    case 4:
    case 5:
    case 6:
    case 7:
        source_event();
        break;
    case 8:
        package_event();
        break;
    case 9:
    case 10:
    case 11:
        time_event();
        break;
    default:
        host_event();
    }
}

std::string const& World::some_package()
{
    return m_dice.of(m_families);
}

std::string World::describe(TaskId id) const
{
    auto const found = m_tasks.find(id);
    if (found == m_tasks.end()) return "nothing";
    return to_words(found->second.registration.trigger) + " of " + found->second.registration.package.str();
}

TaskId World::some_task()
{
    if (m_tasks.empty()) return TaskId{{9, 9}};
    auto position = m_tasks.begin();
    std::advance(position, static_cast<std::ptrdiff_t>(m_dice.below(m_tasks.size())));
    return position->first;
}

std::optional<InstanceId> World::some_instance()
{
    if (m_instances.empty() || !m_recovered) return std::nullopt;
    auto position = m_instances.begin();
    std::advance(position, static_cast<std::ptrdiff_t>(m_dice.below(m_instances.size())));
    return position->first;
}

PackageDeclaration World::declare(std::string const& family, int version)
{
    PackageDeclaration declared;
    declared.family = SharedText(family);
    declared.version = std::to_string(version) + ".0.0.0";
    declared.in_process_tasks = family == "Litware";
    ManifestTaskTypes everything;
    for (auto const& row : kManifestTaskTypes)
        everything.add(row.type);
    for (auto const name : kClasses) {
        if (name == "Tasks.Talk" && m_dice.one_in(2)) continue; // comes and goes with updates
        HostKind const host = family == "Fabrikam.Chat" ? HostKind::AppProcess : HostKind::SystemHost;
        declared.entry_points.push_back({std::string(name), everything, host, name == "Tasks.Feed" ? "feeds" : ""});
    }
    return declared;
}

RegisterRequest World::random_registration()
{
    RegisterRequest request;
    request.task = TaskId{{m_seed + 1, ++m_ids}};
    request.package = SharedText(some_package());
    request.name = "task " + std::to_string(m_dice.below(5));
    request.entry_point = kClasses[m_dice.below(3)];
    if (request.package.view() == "Litware" && m_dice.one_in(3)) request.entry_point.clear();
    bool const one_shot = m_dice.one_in(3);
    switch (m_dice.below(8)) {
    case 0:
    case 1:
        request.trigger = time_trigger(15 + static_cast<std::uint32_t>(m_dice.below(40)), one_shot);
        break;
    case 2:
        request.trigger = maintenance_trigger(15 + static_cast<std::uint32_t>(m_dice.below(100)), one_shot);
        break;
    case 3:
        request.trigger = trigger_of(TriggerKind::PushNotification);
        break;
    case 4:
        request.trigger = trigger_of(TriggerKind::Application);
        break;
    case 5:
        request.trigger = preview_trigger(static_cast<PreviewTriggerType>(m_dice.below(5)), one_shot);
        break;
    default:
        request.trigger = system_trigger(static_cast<SystemTriggerType>(m_dice.below(17)), one_shot);
    }
    for (std::uint64_t left = m_dice.below(3); left > 0; --left) {
        request.conditions.push_back(static_cast<Condition>(1 + m_dice.below(8)));
    }
    if (m_dice.one_in(30)) request.conditions.push_back(static_cast<Condition>(m_dice.below(255)));
    request.cancel_on_condition_loss = m_dice.one_in(2);
    if (m_dice.one_in(4)) request.group_id = "group";
    return request;
}

void World::app_event()
{
    std::string const family = some_package();
    switch (m_dice.below(9)) {
    case 0:
    case 1:
    case 2: {
        auto request = random_registration();
        std::string const what = "register " + to_words(request.trigger) + " of " + request.package.str();
        send(event::Register{{m_step}, std::move(request)}, what);
        break;
    }
    case 3: {
        auto const running = m_dice.one_in(2) ? event::RunningInstance::IsCancelled : event::RunningInstance::MayFinish;
        send(event::Unregister{{m_step}, some_task(), running}, "unregister");
        break;
    }
    case 4: {
        SharedText const payload("a" + std::to_string(++m_payloads));
        send(event::ApplicationTriggerRequested{{m_step}, SharedText(family), TriggerKind::Application, payload},
             "application trigger of " + family);
        break;
    }
    case 5:
        send(event::HandlerAttached{some_task()}, "handler attached");
        break;
    case 6: {
        auto const state = static_cast<AppState>(m_dice.below(3));
        m_packages.at(family).app = state;
        std::erase_if(m_inbox, [&](auto const& item) {
            auto const* older = std::get_if<event::AppChanged>(&item.first);
            return older && older->package.view() == family;
        });
        send(event::AppChanged{SharedText(family), state}, "app " + family + " " + std::string(name_of(state)));
        break;
    }
    case 7:
        send(event::AccessRequested{{m_step}, SharedText(family)}, "access requested by " + family);
        break;
    default:
        send(event::GroundChanged{SharedText(family), m_dice.one_in(2) ? event::Ground::Front : event::Ground::Back},
             "ground of " + family);
    }
}

void World::person_event()
{
    std::string const family = some_package();
    switch (m_dice.below(4)) {
    case 0: {
        auto const access = m_dice.one_in(2) ? Access::Allowed : static_cast<Access>(m_dice.below(5));
        send(event::SetAccess{{m_step}, SharedText(family), access},
             "access of " + family + " " + std::string(name_of(access)));
        break;
    }
    case 1: {
        auto const conditions = m_dice.one_in(2) ? event::Conditions::AreIgnored : event::Conditions::MustHold;
        TaskId const task = some_task();
        send(event::FireByUser{{m_step}, task, conditions},
             (conditions == event::Conditions::AreIgnored ? "fire --now " : "fire ") + describe(task));
        break;
    }
    case 2:
        send(event::CancelByUser{{m_step}, some_task(), CancellationReason::Abort}, "cancel");
        break;
    default:
        if (m_session_ending) {
            m_session_ending = false;
            send(event::SessionContinues{}, "session continues");
        } else if (m_dice.one_in(8)) {
            m_session_ending = true;
            send(event::SessionEnding{Duration(static_cast<std::int64_t>(m_dice.below(8'000'000)))}, "session ends");
        }
    }
}

void World::source_event()
{
    switch (m_dice.below(6)) {
    case 0:
    case 1:
    case 2: {
        auto const fact = static_cast<Fact>(m_dice.below(kFactCount));
        FactValue const value = m_dice.one_in(10)  ? FactValue::Unknown
                                : m_dice.one_in(3) ? FactValue::False
                                                   : FactValue::True;
        m_facts[static_cast<std::size_t>(fact)] = value;
        send(event::FactChanged{fact, value, "simulation"},
             "fact " + std::string(name_of(fact)) + " " + std::string(name_of(value)));
        break;
    }
    case 3: {
        auto const type = static_cast<SystemTriggerType>(m_dice.below(17));
        bool const own = type == SystemTriggerType::ServicingComplete ||
                         type == SystemTriggerType::LockScreenApplicationAdded ||
                         type == SystemTriggerType::LockScreenApplicationRemoved;
        if (own) break;
        SharedText const payload("s" + std::to_string(++m_payloads));
        send(event::SystemTriggerFired{type, payload}, "trigger " + std::string(name_of(type)));
        break;
    }
    case 4:
        send(event::PreviewTriggerFired{static_cast<PreviewTriggerType>(m_dice.below(5))}, "preview trigger");
        break;
    default: {
        TaskId const task = some_task();
        auto const found = m_tasks.find(task);
        if (found == m_tasks.end() || found->second.registration.trigger.kind != TriggerKind::PushNotification) break;
        send(event::TriggerFired{{m_step}, task, SharedText("p" + std::to_string(++m_payloads))}, "push");
    }
    }
}

void World::package_event()
{
    std::string const family = some_package();
    PackageModel& package = m_packages.at(family);
    if (!package.installed || package.servicing) {
        bool const update = package.installed && m_dice.below(3) > 0;
        if (update) {
            ++package.version;
            package.declaration = declare(family, package.version);
        }
        package.installed = true;
        package.servicing = false;
        send(event::PackageConfigured{std::make_shared<PackageDeclaration const>(package.declaration)},
             "package configured: " + family);
    } else if (m_dice.below(4) > 0) {
        package.servicing = true;
        std::erase_if(m_inbox,
                      [](auto const& item) { return std::holds_alternative<event::PackageConfigured>(item.first); });
        for (auto const& [other, model] : m_packages) { // theirs were taken out as well
            if (model.installed && !model.servicing) {
                m_inbox.emplace_back(
                    event::PackageConfigured{std::make_shared<PackageDeclaration const>(model.declaration)},
                    "package is there: " + other);
            }
        }
        send(event::ServicingStarted{SharedText(family)}, "servicing of " + family);
    } else {
        package =
            PackageModel{package.declaration, false, false, Access::Unspecified, AppState::Terminated, package.version};
        std::erase_if(m_inbox, [&](auto const& item) {
            auto const* configured = std::get_if<event::PackageConfigured>(&item.first);
            return configured && configured->declaration->family.view() == family;
        });
        send(event::PackageRemoved{SharedText(family)}, "package removed: " + family);
    }
}

void World::host_event()
{
    auto const chosen = some_instance();
    if (!chosen || !m_instances.contains(*chosen)) {
        if (m_dice.below(4) > 0) return source_event();
        send(event::CpuUsed{SharedText(some_package()), Duration(static_cast<std::int64_t>(m_dice.below(700'000)))},
             "cpu used");
        return;
    }
    InstanceModel const instance = m_instances.at(*chosen);
    auto const host = m_hosts.find(instance.host);
    if (host == m_hosts.end()) return; // its host was killed with the commit's actions not carried out
    bool const frozen = host->second.frozen;
    switch (m_dice.below(14)) {
    case 0:
        send(event::InstanceProgress{*chosen, static_cast<std::uint32_t>(m_dice.below(101))}, "progress");
        break;
    case 1:
        send(event::InstanceActive{*chosen}, "active");
        break;
    case 2: {
        HostId const id = instance.host;
        std::optional<InstanceId> culprit;
        if (m_dice.one_in(2)) culprit = *chosen;
        m_hosts.erase(host);
        std::erase_if(m_inbox, [&](auto const& item) { // the dead say nothing more
            if (auto const* started = std::get_if<event::InstanceStarted>(&item.first)) {
                auto const found = m_instances.find(started->instance);
                return found != m_instances.end() && found->second.host == id;
            }
            auto const* exited = std::get_if<event::HostExited>(&item.first);
            return exited && exited->host == id;
        });
        send(event::HostExited{id, culprit, 11, SharedText("crashed")}, "host crashes");
        break;
    }
    case 3:
        if (frozen) break;
        send(event::ActivationFailed{*chosen, kTypeLoad,
                                     m_dice.one_in(4) ? event::ActivationFailure::EntryPointGone
                                                      : event::ActivationFailure::Other,
                                     SharedText("no library")},
             "activation failed");
        break;
    case 4:
    case 5:
        send(event::CpuUsed{SharedText(host->second.package),
                            Duration(static_cast<std::int64_t>(m_dice.below(900'000)))},
             "cpu used by " + host->second.package);
        break;
    default:
        if (frozen || instance.hangs) break;
        send(event::InstanceCompleted{*chosen, m_dice.one_in(5) ? hresult(0x80004005) : kOk, {}},
             "instance completed of " + describe(instance.task));
    }
}

// Usually to the next deadline or a little; sometimes far, sometimes the clock is set.
void World::time_event()
{
    Duration wait(static_cast<std::int64_t>(m_dice.below(120'000'000)));
    auto const next = m_broker->next_deadline();
    switch (m_dice.below(8)) {
    case 0:
        wait = Duration(static_cast<std::int64_t>(m_dice.below(7'200'000'000)));
        break; // asleep
    case 1:
    case 2:
    case 3:
        if (next.wall_time && *next.wall_time > m_now.wall_time) wait = *next.wall_time - m_now.wall_time;
        break;
    case 4:
    case 5:
        if (next.boot_time && *next.boot_time > m_now.boot_time) wait = *next.boot_time - m_now.boot_time;
        break;
    default:
        break;
    }
    m_now.boot_time += wait;
    m_now.wall_time += wait;
    if (m_dice.one_in(25)) {
        auto const size =
            static_cast<std::int64_t>(m_dice.below(m_dice.one_in(4) ? 40 * 86'400'000'000 : 7'200'000'000));
        bool const back =
            m_dice.one_in(2) && m_now.wall_time > WallTime(std::chrono::sys_days(std::chrono::year(2001) / 1 / 1));
        m_now.wall_time += Duration(back ? -size : size);
    }
    send(event::TimeReached{}, "time passes: " + std::to_string(wait.count() / 1'000'000) + " s");
}

} // namespace latchkey::simulation
