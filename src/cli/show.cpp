// SPDX-License-Identifier: MIT
// latchkey show TASK: what was registered.
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
    bool json = false;
};

ExitStatus show(Arguments const& arguments)
{
    auto broker = BrokerLink::open();
    if (!broker) return broker.error();
    auto answer = broker->ask("Explain", arguments.task);
    if (!answer) return answer.error();
    auto const why = answer->read_dictionary();
    fmt::print("{}", arguments.json ? json_of(why, why_fields()) : show_text(why, now_us()));
    return ExitStatus::Done;
}

} // namespace

Action declare_show(CLI::App& app)
{
    auto const arguments = std::make_shared<Arguments>();
    app.add_option("TASK", arguments->task, "An id or its beginning, a name, or PACKAGE/NAME")
        ->required()
        ->type_name("TASK");
    app.add_flag("--json", arguments->json, "Print one JSON record");
    return [arguments] { return show(*arguments); };
}

} // namespace latchkey::cli
