// SPDX-License-Identifier: MIT
// latchkey names tasks|packages: what completion offers. Says nothing when no broker runs: a press of a key starts
// none.
#include "cli/broker_link.h"
#include "cli/command.h"
#include "cli/records.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <set>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace latchkey::cli {

namespace {

constexpr std::chrono::milliseconds kPatience{300};
constexpr std::size_t kMaxNames = 1'000;

// A shell would take the rest for another word, or worse.
bool is_plain(std::string const& name)
{
    constexpr std::string_view kUnfit = " \t'\"\\$`;&|<>(){}[]*?!#~";
    return !name.empty() && name.find_first_of(kUnfit) == std::string::npos &&
           std::ranges::none_of(name, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

ExitStatus print_names(std::string const& kind)
{
    auto bus = ipc::connect_to_broker(ipc::WhenAbsent::Fail);
    if (!bus) return ExitStatus::Done;
    bool const tasks = kind == "tasks";
    ipc::Message message = bus->method_call("", kBrokerPath, kBrokerInterface, tasks ? "List" : "ListPackages");
    if (tasks) message.write(ipc::Dictionary());
    auto answer = bus->call(message, kPatience);
    if (!answer) return ExitStatus::Done;
    std::set<std::string> names;
    for (ipc::Dictionary const& one : answer->read_dictionaries())
        if (std::string name = text(one, "name"); is_plain(name) && names.size() < kMaxNames)
            names.insert(std::move(name));
    for (std::string const& name : names)
        fmt::print("{}\n", name);
    return ExitStatus::Done;
}

} // namespace

Action declare_names(CLI::App& app)
{
    auto const kind = std::make_shared<std::string>();
    app.add_option("KIND", *kind, "What is to be named")->required()->check(CLI::IsMember({"tasks", "packages"}));
    return [kind] { return print_names(*kind); };
}

} // namespace latchkey::cli
