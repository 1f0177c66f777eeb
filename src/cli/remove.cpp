// SPDX-License-Identifier: MIT
// latchkey remove PACKAGE [--data]
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
    bool data = false;
    bool json = false;
};

ExitStatus remove(Arguments const& arguments)
{
    auto broker = BrokerLink::open();
    if (!broker) return broker.error();
    ipc::Message message = broker->method("Remove");
    message.write(arguments.package).write(ipc::Dictionary{{"data", arguments.data}});
    if (auto const done = broker->call(message, kServicingWait); !done) return done.error();
    if (arguments.json)
        fmt::print("{}", json_of(ipc::Dictionary{{"package", arguments.package},
                                                 {"removed", true},
                                                 {"data-deleted", arguments.data}},
                                 {}));
    else
        fmt::print("{} is removed{}\n", safe(arguments.package),
                   arguments.data ? ", with its data" : "; its data stays (--data deletes it)");
    return ExitStatus::Done;
}

} // namespace

Action declare_remove(CLI::App& app)
{
    auto const arguments = std::make_shared<Arguments>();
    app.add_option("PACKAGE", arguments->package, "A name, a family name, or its beginning")
        ->required()
        ->type_name("PACKAGE");
    app.add_flag("--data", arguments->data, "Delete the app's data and settings too");
    app.add_flag("--json", arguments->json, "Print one JSON record");
    return [arguments] { return remove(*arguments); };
}

} // namespace latchkey::cli
