// SPDX-License-Identifier: MIT
// latchkey list [PACKAGE]
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
    std::string package;
    bool json = false;
};

ExitStatus list(Arguments const& arguments)
{
    auto broker = BrokerLink::open();
    if (!broker) return broker.error();
    ipc::Dictionary options;
    if (!arguments.package.empty()) options.set("package", arguments.package);
    auto answer = broker->ask("List", options);
    if (!answer) return answer.error();
    auto const tasks = answer->read_dictionaries();
    fmt::print("{}", arguments.json ? json_of(tasks, task_fields()) : list_text(tasks, now_us()));
    return ExitStatus::Done;
}

} // namespace

Action declare_list(CLI::App& app)
{
    auto const arguments = std::make_shared<Arguments>();
    app.add_option("PACKAGE", arguments->package, "Only the tasks of this package")->type_name("PACKAGE");
    app.add_flag("--json", arguments->json, "Print one JSON array");
    return [arguments] { return list(*arguments); };
}

} // namespace latchkey::cli
