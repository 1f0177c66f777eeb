// SPDX-License-Identifier: MIT
// latchkey install DIR|FILE [--allow] [--in-place]
#include "cli/broker_link.h"
#include "cli/package_text.h"
#include "cli/records.h"
#include "cli/words.h"

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

namespace latchkey::cli {

namespace {

namespace fs = std::filesystem;

struct Arguments {
    std::string source;
    bool allow = false;
    bool in_place = false;
    bool json = false;
};

enum class Decision : std::uint8_t { Allow, Deny, Later };

Decision ask(ipc::Dictionary const& installed)
{
    fmt::print("{}May {} run in the background? Not all of its tasks can without it.\n"
               "y: yes, n: no, Enter: decide later (latchkey allow) > ",
               declared_text(installed, "  "), safe(text(installed, "name")));
    (void)std::fflush(stdout);
    std::array<char, 64> line{};
    if (std::fgets(line.data(), line.size(), stdin) == nullptr) return Decision::Later;
    switch (line[0]) {
    case 'y':
    case 'Y':
        return Decision::Allow;
    case 'n':
    case 'N':
        return Decision::Deny;
    default:
        return Decision::Later;
    }
}

// On a terminal, when nobody decided before.
ExitStatus settle_access(BrokerLink& broker, ipc::Dictionary& installed)
{
    Decision const decision = ask(installed);
    if (decision == Decision::Later) return ExitStatus::Done;
    std::string const family = text(installed, "package");
    if (auto const done = broker.ask(decision == Decision::Allow ? "Allow" : "Deny", family); !done)
        return done.error();
    auto answer = broker.ask("ListPackages");
    if (!answer) return answer.error();
    for (ipc::Dictionary const& package : answer->read_dictionaries())
        if (text(package, "package") == family)
            installed.set("access", static_cast<std::int32_t>(number(package, "access")));
    return ExitStatus::Done;
}

ExitStatus install(Arguments const& arguments)
{
    auto broker = BrokerLink::open();
    if (!broker) return broker.error();
    std::error_code error;
    // The broker works in another folder.
    std::string const source = fs::absolute(arguments.source, error).string();
    ipc::Message message = broker->method("Install");
    message.write(source).write(ipc::Dictionary{{"in-place", arguments.in_place}, {"allow", arguments.allow}});
    auto answer = broker->call(message, kServicingWait);
    if (!answer) return answer.error();
    ipc::Dictionary installed = answer->read_dictionary();
    for (std::string const& warning : installed.get<std::vector<std::string>>("warnings"))
        fmt::print(stderr, "{}\n", safe(warning));
    if (arguments.json) {
        fmt::print("{}", json_of(installed, install_fields()));
        return ExitStatus::Done;
    }
    std::string const profile = broker->profile();
    bool const undecided = number(installed, "access") == 0 && needs_allowing(0, profile);
    if (undecided && !arguments.allow && ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1)
        if (ExitStatus const settled = settle_access(*broker, installed); settled != ExitStatus::Done) return settled;
    fmt::print("{}", installed_text(installed, profile));
    return ExitStatus::Done;
}

} // namespace

Action declare_install(CLI::App& app)
{
    auto const arguments = std::make_shared<Arguments>();
    app.add_option("PATH", arguments->source, "The package: a folder with an AppxManifest.xml, or a package file")
        ->required()
        ->type_name("DIR|FILE");
    app.add_flag("--allow", arguments->allow, "The app may run in the background: do not ask");
    app.add_flag("--in-place", arguments->in_place, "Run from the folder itself, for editing and running again");
    app.add_flag("--json", arguments->json, "Print one JSON record, and do not ask");
    return [arguments] { return install(*arguments); };
}

} // namespace latchkey::cli
