// SPDX-License-Identifier: MIT
// latchkey packages: what is installed.
#include "cli/broker_link.h"
#include "cli/package_text.h"
#include "cli/records.h"

#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace latchkey::cli {

namespace {

ExitStatus list_packages(bool json)
{
    auto broker = BrokerLink::open();
    if (!broker) return broker.error();
    auto answer = broker->ask("ListPackages");
    if (!answer) return answer.error();
    auto const packages = answer->read_dictionaries();
    fmt::print("{}", json ? json_of(packages, package_fields()) : packages_text(packages));
    return ExitStatus::Done;
}

} // namespace

Action declare_packages(CLI::App& app)
{
    auto const json = std::make_shared<bool>(false);
    app.add_flag("--json", *json, "Print one JSON array");
    return [json] { return list_packages(*json); };
}

} // namespace latchkey::cli
