// SPDX-License-Identifier: MIT
#include "packages/diagnostic.h"

#include <algorithm>

namespace latchkey::packages {

std::string to_string(Diagnostic const& diagnostic, std::string_view file)
{
    std::string text(file);
    if (diagnostic.line > 0) text += ':' + std::to_string(diagnostic.line);
    text += diagnostic.severity == Severity::Error ? ": error: " : ": warning: ";
    return text + diagnostic.message;
}

bool has_errors(std::vector<Diagnostic> const& diagnostics)
{
    return std::ranges::any_of(diagnostics, [](Diagnostic const& d) { return d.severity == Severity::Error; });
}

} // namespace latchkey::packages
