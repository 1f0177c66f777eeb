// SPDX-License-Identifier: MIT
#include "cli/task_text.h"

#include "cli/records.h"
#include "cli/table.h"
#include "cli/words.h"
#include "core/history.h"

#include <algorithm>
#include <set>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace latchkey::cli {

namespace {

using ipc::Dictionary;

std::string state_text(Dictionary const& task, std::uint64_t now)
{
    std::string state = safe(text(task, "state"));
    if (std::uint64_t const since = moment(task, "latched-since_us"); since != 0)
        state += " since " + time_text(since, now);
    else if (std::uint64_t const due = moment(task, "next-due_us"); due != 0)
        state += ", due " + time_text(due, now);
    return state;
}

std::string last_run_text(Dictionary const& task, std::uint64_t now)
{
    std::uint64_t const start = moment(task, "last-start_us");
    std::uint64_t const end = moment(task, "last-end_us");
    if (end != 0 && end >= start)
        return time_text(end, now) + ' ' + result_text(static_cast<std::int32_t>(number(task, "last-result")), "");
    return start == 0 ? "never" : time_text(start, now);
}

std::string yes_or_no(bool value)
{
    return value ? "yes" : "no";
}

// Conditions are names in a list, and records in an explanation.
std::vector<std::string> condition_names(Dictionary const& task)
{
    auto names = task.get<std::vector<std::string>>("conditions");
    for (Dictionary const& condition : task.get<std::vector<Dictionary>>("conditions"))
        names.push_back(text(condition, "name"));
    for (std::string& name : names)
        name = safe(name);
    return names;
}

void add_trigger(Table& table, Dictionary const& why, std::uint64_t now)
{
    std::string state = "has not fired";
    if (std::uint64_t const since = moment(why, "latched-since_us"); since != 0)
        state = fmt::format("fired {}, {}", time_text(since, now), safe(text(why, "state")));
    else if (std::uint64_t const due = moment(why, "next-due_us"); due != 0)
        state = "due " + time_text(due, now);
    else if (why.get<bool>("running"))
        state = "fired, running";
    else if (moment(why, "last-start_us") != 0)
        state = "waits for the next firing";
    if (why.get<bool>("buffered")) state += ", one more firing waits";
    if (std::string const source = safe(text(why, "trigger-source")); !source.empty())
        state += fmt::format(" ({})", source);
    table.add({"trigger", safe(text(why, "trigger")), state});
}

void add_conditions(Table& table, Dictionary const& why, std::uint64_t now)
{
    auto const missing = why.get<std::vector<std::string>>("missing");
    for (Dictionary const& condition : why.get<std::vector<Dictionary>>("conditions")) {
        bool const known = condition.get<bool>("known", true);
        std::string state = !known ? "not known" : condition.get<bool>("holds") ? "yes" : "no";
        if (std::uint64_t const since = moment(condition, "since_us"); known && since != 0)
            state += " since " + time_text(since, now);
        std::string const source = safe(text(condition, "source"));
        state += fmt::format(" ({})", source.empty() ? "nothing here tells" : source);
        table.add({"condition", safe(text(condition, "name")), state});
    }
}

void add_quota(Table& table, Dictionary const& why, std::uint64_t now)
{
    std::uint64_t const limit = moment(why, "quota_us");
    if (limit == 0) return table.add({"quota", "none applies", ""});
    std::string renews;
    if (std::uint64_t const at = moment(why, "quota-renews_us"); at != 0) renews = "renews " + time_text(at, now);
    table.add({"quota", fmt::format("{} of {} used", duration_text(moment(why, "quota-used_us")), duration_text(limit)),
               renews});
}

void add_runs(Table& table, Dictionary const& why, std::uint64_t now)
{
    auto const runs = why.get<std::vector<Dictionary>>("runs");
    if (runs.empty()) return table.add({"last runs", "none", ""});
    std::string label = "last runs";
    for (Dictionary const& run : runs) {
        std::uint64_t const start = moment(run, "start_us");
        std::uint64_t const end = moment(run, "end_us");
        std::string outcome = "running";
        if (end != 0) outcome = result_text(static_cast<std::int32_t>(number(run, "result")), text(run, "text"));
        if (end != 0 && start != 0 && end >= start) outcome = duration_text(end - start) + "  " + outcome;
        table.add({label, time_text(start != 0 ? start : end, now), outcome});
        label.clear();
    }
}

} // namespace

std::string task_name(Dictionary const& task)
{
    for (char const* const key : {"name", "entry-point", "id", "task"})
        if (std::string const value = text(task, key); !value.empty()) return safe(value);
    return "?";
}

std::string when_text(Dictionary const& task)
{
    std::string when = safe(text(task, "trigger"));
    if (task.get<bool>("one-shot")) when += ", once";
    if (auto const names = condition_names(task); !names.empty())
        when += fmt::format(", if {}", fmt::join(names, " and "));
    return when;
}

std::string list_text(std::vector<Dictionary> const& tasks, std::uint64_t now)
{
    if (tasks.empty()) return "no task is registered\n";
    Table table({"TASK", "STATE", "WHEN", "LAST RUN", "ID", "PACKAGE"});
    for (Dictionary const& task : tasks)
        table.add({task_name(task), state_text(task, now), when_text(task), last_run_text(task, now),
                   short_id(text(task, "id")), safe(text(task, "package"))});
    std::set<std::string> not_allowed;
    for (Dictionary const& task : tasks)
        if (text(task, "state") == "not-allowed") not_allowed.insert(safe(text(task, "package")));
    std::string lines = table.text();
    for (std::string const& package : not_allowed)
        lines += fmt::format("not allowed: latchkey allow {}\n", package);
    return lines;
}

std::string show_text(Dictionary const& task, std::uint64_t now)
{
    Table table;
    std::string const entry = safe(text(task, "entry-point"));
    table.add({"id", safe(text(task, "id"))});
    table.add({"package", safe(text(task, "package"))});
    table.add({"entry point", entry.empty() ? "none: runs in the app's own process" : entry});
    table.add({"trigger", safe(text(task, "trigger")) + (task.get<bool>("one-shot") ? ", once" : "")});
    auto const conditions = condition_names(task);
    table.add({"conditions", conditions.empty() ? "none" : fmt::format("{}", fmt::join(conditions, ", "))});
    table.add({"on condition loss", task.get<bool>("cancel-on-condition-loss") ? "cancelled" : "goes on"});
    table.add({"network requested", yes_or_no(task.get<bool>("network-requested"))});
    if (std::string const group = safe(text(task, "group")); !group.empty())
        table.add({"group", fmt::format("{} {}", group, safe(text(task, "group-name")))});
    table.add({"registered", time_text(moment(task, "created_us"), now)});
    table.add({"state", state_text(task, now)});
    table.add({"last run", last_run_text(task, now)});
    return task_name(task) + '\n' + table.text("  ");
}

std::string why_text(Dictionary const& why, std::uint64_t now)
{
    Table table;
    add_trigger(table, why, now);
    add_conditions(table, why, now);
    std::string allowed = why.get<bool>("allowed") ? "" : "not for this trigger";
    table.add({"access", std::string(access_text(static_cast<std::int32_t>(number(why, "access")))), allowed});
    add_quota(table, why, now);
    if (auto const restarts = number(why, "restarts"); restarts > 0)
        table.add({"restarts", fmt::format("{} of this firing", restarts), ""});
    add_runs(table, why, now);
    return fmt::format("{}  {}  {}\n{}{}\n", task_name(why), safe(text(why, "package")), short_id(text(why, "id")),
                       table.text("  "), in_local_time(safe(text(why, "answer")), now));
}

std::string event_text(Dictionary const& event, std::uint64_t now)
{
    auto const number_of_event = number(event, "event");
    std::string_view const name = core::name_of(static_cast<core::EventNumber>(number_of_event));
    std::string who = text(event, "name");
    if (who.empty()) who = text(event, "package");
    std::string line =
        fmt::format("{}  {:>4} {:<18}  {}", time_text(moment(event, "time_us"), now), number_of_event, name, safe(who));
    if (std::string const words = safe(text(event, "text")); !words.empty()) line += "  " + words;
    line.erase(line.find_last_not_of(' ') + 1);
    return line + '\n';
}

} // namespace latchkey::cli
