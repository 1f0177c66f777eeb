// SPDX-License-Identifier: MIT
// latchkey doctor: what works on this machine, and what to do about the rest.
#include "cli/broker_link.h"
#include "cli/lingering.h"
#include "cli/package_text.h"
#include "cli/records.h"

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace latchkey::cli {

namespace {

ipc::Dictionary finding(std::string check, bool ok, std::string words, std::string remedy)
{
    return {{"check", std::move(check)}, {"ok", ok}, {"text", std::move(words)}, {"remedy", std::move(remedy)}};
}

// What runs while nobody is logged in is a question of the machine, not of the broker.
ipc::Dictionary lingering_finding()
{
    switch (lingering()) {
    case Lingering::On:
        return finding("lingering", true,
                       "the broker may run while nobody is logged in, where its unit is enabled (latchkeyd.service)",
                       "");
    case Lingering::Off:
        return finding("lingering", false, "what runs ends when you log out, and nothing runs until you log in again",
                       "latchkey linger on");
    case Lingering::NoLogind:
        break;
    }
    return finding("lingering", false, "there is no systemd-logind: nothing starts the broker before you log in",
                   "have your init system or crontab (@reboot) run latchkeyd as you");
}

ExitStatus examine(bool json)
{
    std::vector<ipc::Dictionary> findings;
    ExitStatus status = ExitStatus::Done;
    if (auto const place = ipc::broker_place(); !place)
        findings.push_back(finding("socket", false, place.error().text(), ""));
    auto broker = BrokerLink::open();
    if (broker) {
        auto answer = broker->ask("Doctor");
        if (!answer) return answer.error();
        for (ipc::Dictionary& one : answer->read_dictionaries())
            findings.push_back(std::move(one));
    } else {
        status = broker.error();
        findings.push_back(finding("broker", false, "cannot be reached", "see the message above"));
    }
    findings.push_back(lingering_finding());
    fmt::print("{}", json ? json_of(findings, finding_fields()) : findings_text(findings));
    return status;
}

} // namespace

Action declare_doctor(CLI::App& app)
{
    auto const json = std::make_shared<bool>(false);
    app.add_flag("--json", *json, "Print one JSON array");
    return [json] { return examine(*json); };
}

} // namespace latchkey::cli
