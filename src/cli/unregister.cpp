// SPDX-License-Identifier: MIT
// latchkey unregister TASK [--cancel]
#include "cli/broker_link.h"
#include "cli/records.h"
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
    bool cancel = false;
    bool json = false;
};

ExitStatus unregister(Arguments const& arguments)
{
    auto broker = BrokerLink::open();
    if (!broker) return broker.error();
    auto const done = broker->ask("Unregister", arguments.task, arguments.cancel);
    if (!done) return done.error();
    if (arguments.json)
        fmt::print("{}", json_of(ipc::Dictionary{{"task", arguments.task}, {"unregistered", true}}, {}));
    else
        fmt::print("{} is unregistered\n", safe(arguments.task));
    return ExitStatus::Done;
}

} // namespace

Action declare_unregister(CLI::App& app)
{
    auto const arguments = std::make_shared<Arguments>();
    app.add_option("TASK", arguments->task, "An id or its beginning, a name, or PACKAGE/NAME")
        ->required()
        ->type_name("TASK");
    app.add_flag("--cancel", arguments->cancel, "Cancel what runs; else it may finish");
    app.add_flag("--json", arguments->json, "Print one JSON record");
    return [arguments] { return unregister(*arguments); };
}

} // namespace latchkey::cli
