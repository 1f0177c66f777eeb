// SPDX-License-Identifier: MIT
// latchkey log [TASK]: the history of events and runs.
#include "cli/broker_link.h"
#include "cli/records.h"
#include "cli/task_text.h"
#include "cli/words.h"

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace latchkey::cli {

namespace {

constexpr std::uint32_t kMaxEvents = 10'000;

struct Arguments {
    std::string task;
    std::string package;
    std::uint32_t minutes = 0;
    std::uint32_t count = 100;
    bool json = false;
};

ExitStatus log(Arguments const& arguments)
{
    auto broker = BrokerLink::open();
    if (!broker) return broker.error();
    ipc::Dictionary options{{"limit", arguments.count}};
    if (!arguments.task.empty()) options.set("task", arguments.task);
    if (!arguments.package.empty()) options.set("package", arguments.package);
    if (arguments.minutes != 0) {
        std::chrono::microseconds const back = std::chrono::minutes(arguments.minutes);
        std::uint64_t const now = now_us();
        options.set("since_us", now - std::min(now, static_cast<std::uint64_t>(back.count())));
    }
    auto answer = broker->ask("Log", options);
    if (!answer) return answer.error();
    auto const events = answer->read_dictionaries();
    if (arguments.json) {
        fmt::print("{}", json_of(events, event_fields()));
        return ExitStatus::Done;
    }
    std::uint64_t const now = now_us();
    for (ipc::Dictionary const& event : events)
        fmt::print("{}", event_text(event, now));
    return ExitStatus::Done;
}

} // namespace

Action declare_log(CLI::App& app)
{
    auto const arguments = std::make_shared<Arguments>();
    app.add_option("TASK", arguments->task, "Only events of this task")->type_name("TASK");
    app.add_option("--package", arguments->package, "Only events of this package")->type_name("PACKAGE");
    app.add_option("--minutes", arguments->minutes, "Only events of the last so many minutes")->type_name("N");
    app.add_option("-n,--lines", arguments->count, "At most so many events, the newest (100)")
        ->type_name("N")
        ->check(CLI::Range(std::uint32_t{1}, kMaxEvents));
    app.add_flag("--json", arguments->json, "Print one JSON array");
    return [arguments] { return log(*arguments); };
}

} // namespace latchkey::cli
