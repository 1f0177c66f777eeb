// SPDX-License-Identifier: MIT
// latchkey linger on|off: whether tasks run while nobody is logged in.
#include "cli/command.h"
#include "cli/lingering.h"

#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace latchkey::cli {

namespace {

struct Arguments {
    std::string wanted;
    bool json = false;
};

ExitStatus linger(Arguments const& arguments)
{
    if (!arguments.wanted.empty())
        if (auto const set = set_lingering(arguments.wanted == "on"); !set) {
            fmt::print(stderr, "latchkey: {}\n", set.error());
            return ExitStatus::Failed;
        }
    Lingering const now = lingering();
    if (arguments.json) {
        nlohmann::ordered_json on; // null: not known
        if (now != Lingering::NoLogind) on = now == Lingering::On;
        fmt::print("{}\n", nlohmann::ordered_json{{"lingering", on}}.dump(2));
        return ExitStatus::Done;
    }
    switch (now) {
    case Lingering::On:
        fmt::print(
            "on: the broker may run while you are not logged in; what starts it then is its unit: systemctl --user "
            "enable latchkeyd.service\n");
        break;
    case Lingering::Off:
        fmt::print("off: the broker ends when you log out\n");
        break;
    case Lingering::NoLogind:
        fmt::print("not known: there is no systemd-logind here\n");
        break;
    }
    return ExitStatus::Done;
}

} // namespace

Action declare_linger(CLI::App& app)
{
    auto const arguments = std::make_shared<Arguments>();
    app.add_option("WHETHER", arguments->wanted, "on or off; without it, says what is")
        ->check(CLI::IsMember({"on", "off"}));
    app.add_flag("--json", arguments->json, "Print one JSON record");
    return [arguments] { return linger(*arguments); };
}

} // namespace latchkey::cli
