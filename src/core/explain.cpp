// SPDX-License-Identifier: MIT
#include "core/explain.h"

#include "core/broker.h"
#include "core/latch.h"
#include "core/time_grid.h"

#include <algorithm>
#include <chrono>

namespace latchkey::core {
namespace {

void append_two(std::string& text, std::int64_t number)
{
    if (number < 10) text += '0';
    text += std::to_string(number);
}

// 2026-11-21 09:15:00 UTC
std::string utc(WallTime time)
{
    using namespace std::chrono;
    auto const day = floor<days>(time);
    year_month_day const date(day);
    hh_mm_ss const clock(floor<seconds>(time - day));
    std::string text = std::to_string(static_cast<int>(date.year())) + '-';
    append_two(text, static_cast<unsigned>(date.month()));
    text += '-';
    append_two(text, static_cast<unsigned>(date.day()));
    text += ' ';
    append_two(text, clock.hours().count());
    text += ':';
    append_two(text, clock.minutes().count());
    text += ':';
    append_two(text, clock.seconds().count());
    return text + " UTC";
}

std::string seconds_of(Duration duration)
{
    auto const tenths = duration.count() / 100'000;
    return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + " s";
}

} // namespace

std::string_view name_of(Verdict verdict)
{
    switch (verdict) {
    case Verdict::Runs:
        return "Runs";
    case Verdict::BeingCancelled:
        return "BeingCancelled";
    case Verdict::Throttled:
        return "Throttled";
    case Verdict::Spent:
        return "Spent";
    case Verdict::WaitsForTrigger:
        return "WaitsForTrigger";
    case Verdict::NotAllowed:
        return "NotAllowed";
    case Verdict::BufferedBehindInstance:
        return "BufferedBehindInstance";
    case Verdict::WaitsForConditions:
        return "WaitsForConditions";
    case Verdict::PackageBeingServiced:
        return "PackageBeingServiced";
    case Verdict::PackageNotReadable:
        return "PackageNotReadable";
    case Verdict::QuotaUsedUp:
        return "QuotaUsedUp";
    case Verdict::TooManyOfPackage:
        return "TooManyOfPackage";
    case Verdict::HostGoing:
        return "HostGoing";
    case Verdict::WaitsForItsTurn:
        return "WaitsForItsTurn";
    case Verdict::Quarantined:
        return "Quarantined";
    case Verdict::BrokerStarting:
        return "BrokerStarting";
    case Verdict::SessionEnding:
        return "SessionEnding";
    }
    return "";
}

// Its instance died with the earlier broker and begins again as soon as all processes of that one are gone.
bool Broker::was_interrupted(Task const& task) const
{
    return std::any_of(m_interrupted.begin(), m_interrupted.end(),
                       [&](InstanceRecord const& record) { return record.task == task.id; });
}

// The order is that of Broker::consider.
Verdict Broker::verdict_of(Task const& task) const
{
    Package const& package = *m_packages[task.package];
    if (task.instance != kNone) {
        Instance const& instance = m_instances[task.instance];
        if (instance.life.is_cancelled()) return Verdict::BeingCancelled;
        return m_hosts[instance.host].frozen ? Verdict::Throttled : Verdict::Runs;
    }
    if (was_interrupted(task)) return Verdict::BrokerStarting;
    if (!task.has(Task::kPending) && task.has(Task::kSpent)) return Verdict::Spent;
    if (!may_fire(m_policy.profile, package.access, task.trigger())) return Verdict::NotAllowed;
    if (task.has(Task::kQuarantined)) return Verdict::Quarantined;
    if (!task.has(Task::kPending)) return Verdict::WaitsForTrigger;
    if (!m_recovered) return Verdict::BrokerStarting;
    if (m_session_ending) return Verdict::SessionEnding;
    if (!task.has(Task::kUnconditional) && !m_conditions.holding().contains(task.required)) {
        return Verdict::WaitsForConditions;
    }
    if (package.servicing) return Verdict::PackageBeingServiced;
    if (package.throttled()) return Verdict::QuotaUsedUp;
    if (!package.declaration) return Verdict::PackageNotReadable;
    if (at_package_limit(package)) return Verdict::TooManyOfPackage;
    return task.place == Task::Place::Package ? Verdict::HostGoing : Verdict::WaitsForItsTurn;
}

std::optional<Explanation> Broker::explain(TaskId id, Now const& now) const
{
    Index const index = m_tasks.find(id);
    if (index == kNone) return std::nullopt;
    Task const& task = m_tasks[index];
    Package const& package = *m_packages[task.package];

    Explanation explanation;
    explanation.registration = registration_of(index);
    explanation.state = task.state();
    explanation.verdict = verdict_of(task);
    for (auto const& row : kConditions) {
        if (!task.required.has(row.condition)) continue;
        auto const& reading = m_conditions.reading(row.fact);
        explanation.conditions.push_back(
            {row.condition, m_conditions.holding().has(row.condition), reading.value, reading.since, reading.source});
    }
    explanation.access = package.access;
    explanation.may_fire = may_fire(m_policy.profile, package.access, task.trigger());
    explanation.quota_limited = package.quota.limited();
    explanation.foreground = package.foreground;
    CpuQuota quota = package.quota;
    quota.renew(now.boot_time);
    explanation.quota_used = quota.used();
    explanation.quota_cpu = quota.limits().cpu;
    if (quota.limited()) explanation.quota_renews_in = quota.generation_ends() - now.boot_time;
    explanation.app = package.app;
    if (task.instance != kNone) {
        Instance const& instance = m_instances[task.instance];
        explanation.instance = instance.id;
        explanation.instance_started = instance.started;
        explanation.progress = instance.progress;
        explanation.suspended_count = instance.suspended_count;
        if (instance.life.is_cancelled()) explanation.cancelled = instance.life.reason();
        explanation.buffered = task.has(Task::kPending) || task.details_count > 1;
    }
    explanation.details_waiting = task.details_count;
    if (is_timed(task.kind) && !task.has(Task::kSpent)) {
        explanation.next_run = TimeGrid(m_policy.timer_grid).at_or_after(task.due);
    }
    explanation.undelivered = task.undelivered;
    explanation.sentence = sentence_of(task, explanation);
    return explanation;
}

std::string Broker::sentence_of(Task const& task, Explanation const& explanation) const
{
    std::string const family = m_packages[task.package]->family.str();
    switch (explanation.verdict) {
    case Verdict::Runs:
        return "Runs since " + utc(explanation.instance_started) + ".";
    case Verdict::BeingCancelled:
        return "Is being cancelled: " + std::string(info_of(*explanation.cancelled).means) + ".";
    case Verdict::Throttled:
        return "Was started and is frozen: " + family + " has used its " + seconds_of(explanation.quota_cpu) +
               " of CPU time and continues in " + seconds_of(*explanation.quota_renews_in) + ".";
    case Verdict::Spent:
        return "Has run and does not run again (one-shot); it is listed until its completion is delivered.";
    case Verdict::NotAllowed:
        return "Not allowed: latchkey allow " + family;
    case Verdict::Quarantined:
        return "Is in quarantine: it was interrupted too often; an update of the package or latchkey fire ends that.";
    case Verdict::WaitsForTrigger:
        if (explanation.next_run) return "Is due at " + utc(*explanation.next_run) + ".";
        return "Waits for its trigger: " + to_words(explanation.registration.trigger) + " has not fired.";
    case Verdict::BufferedBehindInstance:
        return "Waits until its running instance has ended.";
    case Verdict::WaitsForConditions: {
        std::string names, means;
        for (auto const& condition : explanation.conditions) {
            if (condition.holds) continue;
            if (!names.empty()) {
                names += ", ";
                means += " and ";
            }
            names += name_of(condition.condition);
            means += find_condition(condition.condition)->means;
        }
        return "Fired at " + utc(task.pending_since) + " and waits for: " + names + " (until " + means + ").";
    }
    case Verdict::PackageBeingServiced:
        return "Waits until the update of " + family + " is finished.";
    case Verdict::PackageNotReadable:
        return "Waits for the manifest of " + family + ", which could not be read yet.";
    case Verdict::QuotaUsedUp:
        return "Waits for CPU time: " + family + " has used its " + seconds_of(explanation.quota_cpu) +
               " and gets more in " + seconds_of(*explanation.quota_renews_in) + ".";
    case Verdict::TooManyOfPackage:
        return "Waits for its turn: " + std::to_string(m_policy.max_running_per_package) + " tasks of " + family +
               " run already.";
    case Verdict::HostGoing:
        return "Waits until the app's process has ended.";
    case Verdict::WaitsForItsTurn:
        return "Waits for its turn: " + std::to_string(m_running) + " tasks run already.";
    case Verdict::BrokerStarting:
        return "Waits until the broker has started.";
    case Verdict::SessionEnding:
        return "Waits: the session is ending.";
    }
    return {};
}

} // namespace latchkey::core
