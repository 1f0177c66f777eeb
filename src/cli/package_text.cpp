// SPDX-License-Identifier: MIT
#include "cli/package_text.h"

#include "cli/records.h"
#include "cli/table.h"
#include "cli/words.h"
#include "packages/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace latchkey::cli {

using ipc::Dictionary;

std::string packages_text(std::vector<Dictionary> const& packages)
{
    if (packages.empty()) return "no package is installed\n";
    Table table({"PACKAGE", "VERSION", "TASKS", "BACKGROUND", "APP", "FAMILY", "FOLDER"});
    for (Dictionary const& package : packages) {
        std::vector<std::string> apps; // that run
        for (Dictionary const& app : package.get<std::vector<Dictionary>>("apps"))
            if (std::string const state = packages::lower_case(safe(text(app, "state"))); state != "terminated")
                apps.push_back(package.get<std::vector<Dictionary>>("apps").size() == 1
                                   ? state
                                   : fmt::format("{} {}", safe(text(app, "id")), state));
        table.add({safe(text(package, "name")), safe(text(package, "version")),
                   fmt::format("{}", number(package, "registrations")),
                   std::string(access_text(static_cast<std::int32_t>(number(package, "access")))),
                   apps.empty() ? "-" : fmt::format("{}", fmt::join(apps, ", ")), safe(text(package, "package")),
                   safe(text(package, "folder")) + (package.get<bool>("in-place") ? " (in place)" : "")});
    }
    return table.text();
}

std::string declared_text(Dictionary const& installed, std::string_view indent)
{
    std::string lines;
    for (Dictionary const& task : installed.get<std::vector<Dictionary>>("tasks")) {
        std::vector<std::string> types;
        for (std::string const& type : task.get<std::vector<std::string>>("types"))
            types.push_back(safe(type));
        lines += fmt::format("{}task {} on {}", indent, safe(text(task, "entry-point")), fmt::join(types, ", "));
        if (std::string const host = safe(text(task, "host")); !host.empty()) lines += fmt::format(", in {}", host);
        lines += '\n';
    }
    return lines;
}

std::string installed_text(Dictionary const& installed, std::string_view profile)
{
    std::string const family = safe(text(installed, "package"));
    std::string out =
        fmt::format("{} {} is {}\n  family {}\n{}", safe(text(installed, "name")), safe(text(installed, "version")),
                    installed.get<bool>("updated") ? "updated" : "installed", family, declared_text(installed, "  "));
    auto const access = static_cast<std::int32_t>(number(installed, "access"));
    if (needs_allowing(access, profile))
        out += fmt::format("  not allowed: latchkey allow {}\n", family);
    else
        out += fmt::format("  background: {}\n", access_text(access));
    return out;
}

std::string findings_text(std::vector<Dictionary> const& findings)
{
    Table table;
    for (Dictionary const& finding : findings) {
        bool const ok = finding.get<bool>("ok");
        table.add({ok ? "ok" : "--", safe(text(finding, "check")), safe(text(finding, "text"))});
        if (std::string const remedy = safe(text(finding, "remedy")); !ok && !remedy.empty())
            table.add({"", "", "-> " + remedy});
    }
    return table.text();
}

} // namespace latchkey::cli
