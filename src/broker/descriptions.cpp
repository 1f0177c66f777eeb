// SPDX-License-Identifier: MIT
#include "broker/descriptions.h"

#include "broker/call.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

namespace latchkey::broker {

using namespace core;
using ipc::Dictionary;
using ipc::Value;

namespace {

// "Nothing" is 0 on D-Bus, and so is the epoch here.
std::uint64_t us(WallTime time)
{
    return static_cast<std::uint64_t>(std::max<std::int64_t>(to_us(time), 0));
}

std::uint64_t us(Duration duration)
{
    return static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
}

// What fires the trigger, for people.
std::string_view source_of(Trigger const& trigger)
{
    if (trigger.kind == TriggerKind::System) {
        auto const* row = find_system_trigger(static_cast<SystemTriggerType>(trigger.type));
        return row ? row->source : "";
    }
    if (trigger.kind == TriggerKind::Preview) {
        auto const* row = find_preview_trigger(static_cast<PreviewTriggerType>(trigger.type));
        return row ? row->source : "";
    }
    if (is_timed(trigger.kind)) return "clock";
    return trigger.kind == TriggerKind::Application ? "app" : "";
}

std::vector<std::string> names_of(ConditionSet conditions)
{
    std::vector<std::string> names;
    for (auto const& row : kConditions) {
        if (conditions.has(row.condition)) names.emplace_back(row.name);
    }
    return names;
}

// The number of an event in words, by the name that the event's row gives it.
std::string word_of(std::string_view field, std::int64_t number)
{
    if (field == "result") return to_hex(static_cast<HResult>(number));
    if (field == "condition_type") return std::string(name_of(static_cast<Condition>(number)));
    if (field == "condition_value" || field == "old_value" || field == "new_value") {
        return std::string(name_of(static_cast<FactValue>(number)));
    }
    if (field == "buffering_reason") {
        static constexpr std::array<std::string_view, 11> kReasons{
            "a condition",
            "the package is being serviced",
            "the package is being terminated",
            "battery power",
            "an instance is running",
            "the computer is being refreshed",
            "the resource policy",
            "the package is being removed",
            "quiet hours",
            "servicing",
            "an error report",
        };
        auto const index = static_cast<std::size_t>(number);
        return index < kReasons.size() ? std::string(kReasons[index]) : std::to_string(number);
    }
    if (field == "package_state") {
        switch (static_cast<PackageChange>(number)) {
        case PackageChange::ServicingStarted:
            return "ServicingStarted";
        case PackageChange::ServicingComplete:
            return "ServicingComplete";
        case PackageChange::Uninstalled:
            return "Uninstalled";
        case PackageChange::Installed:
            return "Installed";
        }
    }
    return std::to_string(number);
}

void replace(std::string& text, std::string_view what, std::string_view with)
{
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
        text.replace(at, what.size(), with);
    }
}

// What the sentence of the table leaves open.
std::string addition(HistoryEvent const& event)
{
    switch (event.number) {
    case EventNumber::InstanceCancelled:
    case EventNumber::DidNotCompleteAfterCancel: {
        auto const index = static_cast<std::size_t>(event.first);
        if (index >= kCancellationReasons.size()) return {};
        return fmt::format(" ({}: {})", kCancellationReasons[index].name, kCancellationReasons[index].means);
    }
    case EventNumber::AccessChanged: {
        auto const word = [](std::int64_t number) {
            auto const index = static_cast<std::size_t>(number);
            return index < kAccess.size() ? kAccess[index].name : std::string_view("?");
        };
        return fmt::format(" from {} to {}", word(event.first), word(event.second));
    }
    case EventNumber::HostEnded:
        return event.text.empty() ? std::string() : fmt::format(": {}", event.text.view());
    default:
        return {};
    }
}

// The runs that the history tells of: an end is paired with the start of the same instance.
std::vector<Dictionary> runs_of(std::vector<store::HistoryRow> const& newest_first, Broker const& rules)
{
    struct Run {
        WallTime start{}, end{};
        HResult result = kOk;
        std::string text;
    };
    std::unordered_map<std::uint64_t, Run> runs;
    std::vector<std::uint64_t> order; // newest first
    for (auto const& row : newest_first) {
        HistoryEvent const& event = row.event;
        bool const start = event.number == EventNumber::InstanceCreated;
        bool const end = event.number == EventNumber::InstanceReturned;
        if (event.instance.number == 0 || (!start && !end)) continue;
        auto const [run, fresh] = runs.try_emplace(event.instance.number);
        if (fresh) order.push_back(event.instance.number);
        if (start) run->second.start = event.at;
        if (end) {
            run->second.end = event.at;
            run->second.result = static_cast<HResult>(event.first);
            run->second.text = sendable(event.text.view());
        }
    }
    if (order.size() > kMaxRunsTold) order.resize(kMaxRunsTold);
    std::vector<Dictionary> told;
    for (auto number = order.rbegin(); number != order.rend(); ++number) {
        Run const& run = runs[*number];
        told.push_back({{"instance", to_string(rules.instance_guid_of(InstanceId{*number}))},
                        {"start_us", us(run.start)},
                        {"end_us", us(run.end)},
                        {"result", run.result},
                        {"text", run.text}});
    }
    return told;
}

} // namespace

std::string_view state_word(Verdict verdict)
{
    switch (verdict) {
    case Verdict::Runs:
    case Verdict::BeingCancelled:
        return "running";
    case Verdict::Throttled:
    case Verdict::QuotaUsedUp:
        return "throttled";
    case Verdict::Spent:
        return "spent";
    case Verdict::WaitsForTrigger:
        return "idle";
    case Verdict::NotAllowed:
        return "not-allowed";
    case Verdict::WaitsForConditions:
        return "latched";
    case Verdict::Quarantined:
        return "quarantined";
    case Verdict::BufferedBehindInstance:
    case Verdict::PackageBeingServiced:
    case Verdict::PackageNotReadable:
    case Verdict::TooManyOfPackage:
    case Verdict::HostGoing:
    case Verdict::WaitsForItsTurn:
    case Verdict::BrokerStarting:
    case Verdict::SessionEnding:
        return "buffered";
    }
    return "idle";
}

Dictionary describe(Explanation const& why, store::Activations const& activations)
{
    Registration const& registration = why.registration;
    Trigger trigger = registration.trigger;
    trigger.one_shot = false; // a key of its own
    return {{"id", to_string(registration.task.value)},
            {"package", registration.package.str()},
            {"name", registration.name},
            {"entry-point", registration.entry_point},
            {"trigger", to_words(trigger)},
            {"one-shot", registration.trigger.one_shot},
            {"conditions", names_of(registration.conditions)},
            {"cancel-on-condition-loss", registration.cancel_on_condition_loss},
            {"network-requested", registration.network_requested},
            {"group", registration.group_id},
            {"group-name", registration.group_name},
            {"state", state_word(why.verdict)},
            {"latched-since_us", why.state.pending ? us(why.state.pending_since) : std::uint64_t{0}},
            {"next-due_us", why.next_run ? us(*why.next_run) : std::uint64_t{0}},
            {"created_us", us(registration.registered)},
            {"last-start_us", us(activations.last)},
            {"last-end_us", us(why.state.last_ended)},
            {"last-result", why.state.last_result},
            {"runs", activations.count}};
}

Dictionary describe_fully(Explanation const& why, store::Activations const& activations,
                          std::vector<store::HistoryRow> const& history, Broker const& rules, Now const& now)
{
    Dictionary told = describe(why, activations);
    std::vector<std::string> missing;
    std::vector<Dictionary> conditions;
    for (ConditionNow const& condition : why.conditions) {
        if (!condition.holds) missing.emplace_back(name_of(condition.condition));
        conditions.push_back({{"name", name_of(condition.condition)},
                              {"holds", condition.holds},
                              {"known", condition.value != FactValue::Unknown},
                              {"source", sendable(condition.source)},
                              {"since_us", us(condition.since)}});
    }
    told.set("trigger-source", source_of(why.registration.trigger));
    told.set("missing", std::move(missing));
    told.set("conditions", std::move(conditions));
    told.set("access", static_cast<std::int32_t>(status_of(rules.policy().profile, why.access)));
    told.set("allowed", why.may_fire);
    told.set("quota-used_us", why.quota_limited ? us(why.quota_used) : std::uint64_t{0});
    told.set("quota_us", why.quota_limited ? us(why.quota_cpu) : std::uint64_t{0});
    told.set("quota-renews_us",
             why.quota_renews_in ? us(WallTime(now.wall_time + *why.quota_renews_in)) : std::uint64_t{0});
    told.set("running", why.instance.has_value());
    told.set("instance", why.instance ? to_string(rules.instance_guid_of(*why.instance)) : std::string());
    told.set("progress", why.progress);
    told.set("buffered", why.buffered);
    told.set("restarts", std::uint32_t{why.state.restarts});
    told.set("runs", runs_of(history, rules));
    told.set("answer", why.sentence);
    return told;
}

std::string sentence(HistoryEvent const& event, std::string_view task_name, std::string_view entry_point)
{
    EventInfo const* const row = find_event(event.number);
    if (row == nullptr) return sendable(event.text.view());
    std::string text(row->text);
    replace(text, "{first}", word_of(row->first, event.first));
    replace(text, "{second}", word_of(row->second, event.second));
    text += addition(event);
    // Names last: they may hold braces of their own.
    replace(text, "{package}", event.package.view());
    replace(text, "{entry}", entry_point);
    replace(text, "{text}", sendable(event.text.view()));
    replace(text, "{task}", task_name.empty() ? std::string_view("a task") : task_name);
    while (text.ends_with(' ')) {
        text.pop_back();
    }
    return text;
}

Dictionary describe(HistoryEvent const& event, std::string_view task_name, std::string_view entry_point,
                    Broker const& rules)
{
    bool const has_result =
        event.number == EventNumber::InstanceReturned || event.number == EventNumber::ActivationFailed;
    return {
        {"time_us", us(event.at)},
        {"event", std::uint32_t{static_cast<std::uint16_t>(event.number)}},
        {"task", event.task.value.is_nil() ? std::string() : to_string(event.task.value)},
        {"instance", event.instance.number == 0 ? std::string() : to_string(rules.instance_guid_of(event.instance))},
        {"package", event.package.str()},
        {"name", sendable(task_name)},
        {"text", sentence(event, task_name, entry_point)},
        {"result", has_result ? static_cast<std::int32_t>(event.first) : std::int32_t{0}}};
}

} // namespace latchkey::broker
