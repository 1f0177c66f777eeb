// SPDX-License-Identifier: MIT
// Answers and tools: why, fire, cancel, log, watch, reload, doctor.
#include "broker/descriptions.h"
#include "broker/interface.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace latchkey::broker {

namespace {

using namespace core;

constexpr std::uint32_t kDefaultLogLimit = 100;
constexpr std::uint32_t kMaxLogLimit = 10'000;
constexpr std::size_t kLogPage = 500;
constexpr std::size_t kHistoryForRuns = 100;

Refused storage(store::StoreError const& error)
{
    return {"Storage", hresult(0x80070070), error.what};
}

void explain(Rooms& rooms, Call call)
{
    auto const task = task_of(rooms, call, call.arguments().read_string());
    if (!task) return call.refuse(task.error());
    auto& store = rooms.engine.store();
    auto const history = store.history(*task, kHistoryForRuns);
    if (!history) return call.refuse(storage(history.error()));
    Now const now = rooms.now();
    auto why = *rooms.engine.rules().explain(*task, now);
    if (why.verdict == Verdict::WaitsForConditions) {
        for (ConditionNow const& condition : why.conditions) {
            Fact const fact = find_condition(condition.condition)->fact;
            if (condition.value == FactValue::Unknown && !rooms.sources.can_tell(fact)) {
                why.sentence +=
                    fmt::format(" Nothing on this machine tells of {}: see latchkey doctor.", name_of(fact));
            }
        }
    }
    call.reply(describe_fully(why, store.activations(*task).value_or(store::Activations()), *history,
                              rooms.engine.rules(), now));
}

void fire(Rooms& rooms, Call call)
{
    std::string const word = call.arguments().read_string();
    auto const options = call.options({{"now", "b"}});
    if (!options) return call.refuse(options.error());
    auto const task = task_of(rooms, call, word);
    if (!task) return call.refuse(task.error());
    auto const conditions = options->get<bool>("now") ? event::Conditions::AreIgnored : event::Conditions::MustHold;
    rooms.engine.ask(event::FireByUser{{}, *task, conditions}, [call, word](effect::Answer const& answer) mutable {
        if (auto const* refusal = std::get_if<Refusal>(&answer)) return call.refuse(refused(*refusal, word));
        call.reply();
    });
}

void cancel(Rooms& rooms, Call call)
{
    std::string const word = call.arguments().read_string();
    std::int32_t const reason = call.arguments().read_int32();
    auto const task = task_of(rooms, call, word);
    if (!task) return call.refuse(task.error());
    if (reason < 0 || static_cast<std::size_t>(reason) >= kCancellationReasons.size()) {
        return call.refuse(invalid_argument(fmt::format("{} is no BackgroundTaskCancellationReason: they are 0 to {}",
                                                        reason, kCancellationReasons.size() - 1)));
    }
    rooms.engine.ask(event::CancelByUser{{}, *task, static_cast<CancellationReason>(reason)},
                     [call, word](effect::Answer const& answer) mutable {
                         if (auto const* refusal = std::get_if<Refusal>(&answer)) {
                             return call.refuse(refused(*refusal, word));
                         }
                         call.reply();
                     });
}

void log(Rooms& rooms, Call call)
{
    auto const options = call.options({{"task", "s"}, {"package", "s"}, {"since_us", "t"}, {"limit", "u"}});
    if (!options) return call.refuse(options.error());
    TaskId task{};
    if (auto const word = options->get<std::string>("task"); !word.empty()) {
        auto const found = task_of(rooms, call, word);
        if (!found) return call.refuse(found.error());
        task = *found;
    }
    std::string family = call.family();
    std::optional<packages::ServicingRefusal> unknown;
    if (auto const word = options->get<std::string>("package"); family.empty() && !word.empty()) {
        // The history also has packages that are gone, by their family.
        auto const found = packages::find_family(rooms.packages, word);
        family = found.value_or(word);
        if (!found) unknown = found.error();
    }
    auto const since = static_cast<std::int64_t>(options->get<std::uint64_t>("since_us"));
    auto const limit = std::min(options->get<std::uint32_t>("limit", kDefaultLogLimit), kMaxLogLimit);
    std::vector<ipc::Dictionary> events;
    std::int64_t before = 0;
    for (bool more = true; more && events.size() < limit;) {
        auto const rows = rooms.engine.store().history(task, std::min<std::size_t>(kLogPage, limit), before, family);
        if (!rows) return call.refuse(storage(rows.error()));
        more = !rows->empty();
        for (store::HistoryRow const& row : *rows) {
            before = row.id;
            if (to_us(row.event.at) < since) {
                more = false;
                break;
            }
            if (!family.empty() && row.event.package.view() != family) continue;
            events.push_back(describe(row.event, row.task_name, row.entry_point, rooms.engine.rules()));
            if (events.size() == limit) break;
        }
    }
    if (events.empty() && unknown) return call.refuse({unknown->name, hresult(unknown->hresult), unknown->message});
    std::reverse(events.begin(), events.end());
    call.reply(events);
}

void watch(Rooms& rooms, Call call)
{
    rooms.clients.watch(call.client());
    call.reply();
}

void reload(Rooms& rooms, Call call)
{
    if (auto const done = rooms.reload(); !done) return call.refuse(invalid_argument(done.error()));
    call.reply();
}

void doctor(Rooms& rooms, Call call)
{
    std::vector<ipc::Dictionary> findings;
    auto const add = [&](std::string const& check, bool ok, std::string const& text, std::string const& remedy) {
        findings.push_back({{"check", check}, {"ok", ok}, {"text", sendable(text)}, {"remedy", sendable(remedy)}});
    };
    add("broker", true, "latchkeyd " LATCHKEY_VERSION " answers at " + rooms.place.socket, "");
    add("store", true, rooms.place.state + "/broker.db", "");
    for (std::string const& notice : rooms.notices) {
        add("start", false, notice, "put it right and start the broker again, or run latchkey doctor after a reload");
    }
    add("session bus", rooms.clients.on_session_bus(),
        rooms.clients.on_session_bus() ? "org.latchkey.Broker1 is on it"
                                       : "not used: only the private socket is served",
        rooms.clients.on_session_bus() ? "" : "set DBUS_SESSION_BUS_ADDRESS where the broker starts");
    for (auto const& damaged : rooms.packages.damaged()) {
        if (!call.family().empty()) break; // what else is installed is not for apps
        add("packages", false, damaged.file + ": " + damaged.problem, "install the package again");
    }
    for (auto const& state : rooms.sources.states()) {
        add("source: " + state.name, state.problem.empty(),
            !state.problem.empty() ? state.problem
            : state.running        ? "running"
                                   : "not running: no registration needs it",
            state.remedy);
    }
    for (auto const& finding : rooms.hosts.findings()) {
        add("hosts: " + finding.check, finding.ok, finding.text, finding.remedy);
    }
    call.reply(findings);
}

constexpr Method kMethods[] = {
    {"Explain", "s", "a{sv}", "task\0why\0", explain},
    {"Fire", "sa{sv}", "", "task\0options\0", fire},
    {"Cancel", "si", "", "task\0reason\0", cancel},
    {"Log", "a{sv}", "aa{sv}", "options\0events\0", log},
    {"Watch", "", "", "", watch},
    {"Reload", "", "", "", reload},
    {"Doctor", "", "aa{sv}", "findings\0", doctor},
};

} // namespace

std::span<Method const> answer_methods()
{
    return kMethods;
}

} // namespace latchkey::broker
