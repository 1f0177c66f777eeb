// SPDX-License-Identifier: MIT
#include "support/broker_rig.h"

#include <gtest/gtest.h>

namespace latchkey::test {

using namespace core;

BrokerRig::BrokerRig(Policy with) : policy(with)
{
    now.boot_time = BootTime(1h);
    now.wall_time = WallTime(std::chrono::sys_days(std::chrono::year(2026) / 11 / 21)) + 9h + 7min;
    now.boot_id = BootId{{7, 7}};
    broker.emplace(policy, Guid{1, 2});
    send(event::ProcessesGone{});
}

Effects const& BrokerRig::send(Event event)
{
    effects = broker->handle(event, now);
    std::size_t const durable = store.commit(effects);
    for (std::size_t index = 0; index < effects.size(); ++index) {
        EXPECT_EQ(is_durable(effects[index]), index < durable) << name_of(effects[index]);
        if (auto const* start = std::get_if<effect::StartInstance>(&effects[index])) started.push_back(*start);
        if (auto const* box = std::get_if<effect::DeliverCompletion>(&effects[index])) delivered.push_back(*box);
    }
    return effects;
}

void BrokerRig::pass(Duration time)
{
    auto const end = now.boot_time + time;
    for (int turns = 0; turns < 100'000; ++turns) {
        auto const next = broker->next_deadline();
        Duration wait = end - now.boot_time;
        if (next.boot_time) wait = std::min(wait, *next.boot_time - now.boot_time);
        if (next.wall_time) wait = std::min(wait, *next.wall_time - now.wall_time);
        wait = std::max(wait, Duration::zero());
        now.boot_time += wait;
        now.wall_time += wait;
        bool const due = (next.boot_time && *next.boot_time <= now.boot_time) ||
                         (next.wall_time && *next.wall_time <= now.wall_time);
        if (due) send(event::TimeReached{});
        if (now.boot_time >= end && !due) return;
    }
    ADD_FAILURE() << "next_deadline does not move on";
}

void BrokerRig::crash(bool recovered)
{
    broker.emplace(policy, store.snapshot(), now);
    for (auto const& declared : m_installed) {
        send(event::PackageConfigured{std::make_shared<PackageDeclaration const>(declared)});
    }
    if (recovered) send(event::ProcessesGone{});
}

void BrokerRig::reboot(Duration off)
{
    now.wall_time += off;
    now.boot_time = BootTime(20s);
    now.boot_id.value.low += 1;
    crash();
}

PackageDeclaration BrokerRig::declaration(std::string family, std::string version) const
{
    PackageDeclaration declared;
    declared.family = SharedText(std::move(family));
    declared.version = std::move(version);
    ManifestTaskTypes everything;
    for (auto const& row : kManifestTaskTypes)
        everything.add(row.type);
    declared.entry_points.push_back({"Tasks.Mail", everything, HostKind::SystemHost, {}});
    declared.entry_points.push_back({"Tasks.Feed", everything, HostKind::SystemHost, {}});
    return declared;
}

void BrokerRig::configure(PackageDeclaration declared)
{
    std::erase_if(m_installed, [&](auto const& other) { return other.family == declared.family; });
    m_installed.push_back(declared);
    send(event::PackageConfigured{std::make_shared<PackageDeclaration const>(std::move(declared))});
}

void BrokerRig::install(std::string family, Access access)
{
    configure(declaration(family));
    if (access != Access::Unspecified) send(event::SetAccess{{}, SharedText(family), access});
}

RegisterRequest BrokerRig::request(Trigger trigger, std::vector<Condition> conditions)
{
    RegisterRequest asked;
    asked.task = TaskId{{0xabc, ++m_next_task}};
    asked.package = SharedText("Contoso");
    asked.name = "mail-sync";
    asked.entry_point = "Tasks.Mail";
    asked.trigger = std::move(trigger);
    asked.conditions = std::move(conditions);
    return asked;
}

effect::Answer BrokerRig::ask(RegisterRequest asked)
{
    send(event::Register{{++m_next_request}, std::move(asked)});
    return last_answer().value_or(effect::Done());
}

TaskId BrokerRig::must_register(RegisterRequest asked)
{
    auto const answer = ask(std::move(asked));
    if (auto const* task = std::get_if<TaskId>(&answer)) return *task;
    ADD_FAILURE() << "refused: " << info_of(std::get<Refusal>(answer)).name;
    return {};
}

TaskId BrokerRig::must_register(Trigger trigger, std::vector<Condition> conditions)
{
    return must_register(request(std::move(trigger), std::move(conditions)));
}

effect::Answer BrokerRig::fire(TaskId task, std::string details)
{
    send(event::TriggerFired{{++m_next_request}, task, SharedText(std::move(details))});
    return last_answer().value_or(effect::Done());
}

void BrokerRig::complete(InstanceId instance, HResult result, std::string message)
{
    send(event::InstanceCompleted{instance, result, SharedText(std::move(message))});
}

void BrokerRig::app(AppState state, std::string family)
{
    send(event::AppChanged{SharedText(std::move(family)), state});
}

InstanceId BrokerRig::running(TaskId task) const
{
    auto const explanation = broker->explain(task, now);
    if (explanation && explanation->instance) return *explanation->instance;
    ADD_FAILURE() << "no instance runs: " << (explanation ? explanation->sentence : "no such task");
    return {};
}

bool BrokerRig::runs(TaskId task) const
{
    auto const explanation = broker->explain(task, now);
    return explanation && explanation->instance.has_value();
}

HostId BrokerRig::host_of(InstanceId instance) const
{
    for (auto const& start : started) {
        if (start.instance == instance) return start.host;
    }
    return {};
}

Explanation BrokerRig::why(TaskId task) const
{
    auto explanation = broker->explain(task, now);
    EXPECT_TRUE(explanation.has_value());
    return explanation.value_or(Explanation{});
}

std::optional<effect::Answer> BrokerRig::last_answer() const
{
    auto const replies = all<effect::Reply>();
    if (replies.empty()) return std::nullopt;
    return replies.back().answer;
}

bool BrokerRig::logged(EventNumber number) const
{
    for (auto const& appended : all<effect::AppendHistory>()) {
        if (appended.event.number == number) return true;
    }
    return false;
}

} // namespace latchkey::test
