// SPDX-License-Identifier: MIT
#include "packages/files/missing_files.h"

#include "packages/text.h"

#include <string>

#include <fmt/format.h>

namespace latchkey::packages {

std::vector<Diagnostic> missing_files(Manifest const& manifest, std::function<bool(std::string_view)> const& has)
{
    std::vector<Diagnostic> missing;
    auto const need = [&](std::string_view path, std::string_view what, int line) {
        std::string_view const bare = path.substr(0, path.rfind(".exe"));
        if (!path.empty() && !has(path) && !has(bare))
            missing.push_back(
                {Severity::Warning, line, fmt::format("{} \"{}\" is not in the package", what, printable(path))});
    };
    for (Application const& app : manifest.applications) {
        need(app.executable, "the program", 0);
        need(app.start_page, "the page", 0);
        for (BackgroundTask const& task : app.tasks)
            need(task.start_page, "the script", task.line);
    }
    std::string_view previous;
    for (ActivatableClass const& one : manifest.classes) {
        if (one.library != previous) need(one.library, "the library", 0);
        previous = one.library;
    }
    return missing;
}

} // namespace latchkey::packages
