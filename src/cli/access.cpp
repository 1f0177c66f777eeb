// SPDX-License-Identifier: MIT
// latchkey allow PACKAGE, latchkey deny PACKAGE: who may run in the background.
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
    std::string package;
    bool json = false;
};

ExitStatus decide(Arguments const& arguments, bool allow)
{
    auto broker = BrokerLink::open();
    if (!broker) return broker.error();
    auto const done = broker->ask(allow ? "Allow" : "Deny", arguments.package);
    if (!done) return done.error();
    if (arguments.json)
        fmt::print("{}", json_of(ipc::Dictionary{{"package", arguments.package}, {"allowed", allow}}, {}));
    else
        fmt::print("{} {} run in the background\n", safe(arguments.package), allow ? "may" : "may not");
    return ExitStatus::Done;
}

Action declare(CLI::App& app, bool allow)
{
    auto const arguments = std::make_shared<Arguments>();
    app.add_option("PACKAGE", arguments->package, "A name, a family name, or its beginning")
        ->required()
        ->type_name("PACKAGE");
    app.add_flag("--json", arguments->json, "Print one JSON record");
    return [arguments, allow] { return decide(*arguments, allow); };
}

} // namespace

Action declare_allow(CLI::App& app)
{
    return declare(app, true);
}

Action declare_deny(CLI::App& app)
{
    return declare(app, false);
}

} // namespace latchkey::cli
