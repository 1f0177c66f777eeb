// SPDX-License-Identifier: MIT
// What is wrong with a manifest, and where.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace latchkey::packages {

enum class Severity : std::uint8_t { Warning, Error };

struct Diagnostic {
    Severity severity = Severity::Error;
    int line = 0; // 1-based; 0: the file as a whole
    std::string message;

    bool operator==(Diagnostic const&) const = default;
};

// "AppxManifest.xml:12: error: …"
std::string to_string(Diagnostic const&, std::string_view file);

bool has_errors(std::vector<Diagnostic> const&);

} // namespace latchkey::packages
