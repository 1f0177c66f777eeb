// SPDX-License-Identifier: MIT
// latchkey cancel TASK: ends the running instance.
#include "cli/broker_link.h"
#include "cli/records.h"
#include "cli/words.h"
#include "core/cancellation.h"

#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace latchkey::cli {

namespace {

struct Arguments {
    std::string task;
    bool json = false;
};

ExitStatus cancel(Arguments const& arguments)
{
    auto broker = BrokerLink::open();
    if (!broker) return broker.error();
    auto const reason = static_cast<std::int32_t>(core::CancellationReason::Abort);
    auto const done = broker->ask("Cancel", arguments.task, reason);
    if (!done) return done.error();
    if (arguments.json)
        fmt::print("{}", json_of(ipc::Dictionary{{"task", arguments.task}, {"cancelled", true}}, {}));
    else
        fmt::print("{} is being cancelled; it has 5 s to end\n", safe(arguments.task));
    return ExitStatus::Done;
}

} // namespace

Action declare_cancel(CLI::App& app)
{
    auto const arguments = std::make_shared<Arguments>();
    app.add_option("TASK", arguments->task, "An id or its beginning, a name, or PACKAGE/NAME")
        ->required()
        ->type_name("TASK");
    app.add_flag("--json", arguments->json, "Print one JSON record");
    return [arguments] { return cancel(*arguments); };
}

} // namespace latchkey::cli
