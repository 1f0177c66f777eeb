// SPDX-License-Identifier: MIT
// latchkey fire TASK [--now]
#include "cli/broker_link.h"
#include "cli/records.h"
#include "cli/task_text.h"
#include "cli/words.h"

#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace latchkey::cli {

namespace {

struct Arguments {
    std::string task;
    bool now = false;
    bool json = false;
};

// What became of it is the same question as always.
ExitStatus fire(Arguments const& arguments)
{
    auto broker = BrokerLink::open();
    if (!broker) return broker.error();
    auto const fired = broker->ask("Fire", arguments.task, ipc::Dictionary{{"now", arguments.now}});
    if (!fired) return fired.error();
    auto answer = broker->ask("Explain", arguments.task);
    if (!answer) return answer.error();
    auto const why = answer->read_dictionary();
    if (arguments.json)
        fmt::print("{}", json_of(why, why_fields()));
    else
        fmt::print("{} was fired. {}\n", task_name(why), in_local_time(safe(text(why, "answer")), now_us()));
    return ExitStatus::Done;
}

} // namespace

Action declare_fire(CLI::App& app)
{
    auto const arguments = std::make_shared<Arguments>();
    app.add_option("TASK", arguments->task, "An id or its beginning, a name, or PACKAGE/NAME")
        ->required()
        ->type_name("TASK");
    app.add_flag("--now", arguments->now, "Do not wait for the conditions");
    app.add_flag("--json", arguments->json, "Print what latchkey why --json prints then");
    return [arguments] { return fire(*arguments); };
}

} // namespace latchkey::cli
