// SPDX-License-Identifier: MIT
// Says what is wrong with a Windows Runtime metadata file that can be read. Errors make other tools refuse, ignore or
// misread a type; warnings are departures that such tools tolerate. docs/winmd-rules.md is the list of rules() in
// words.
#pragma once

#include "winmd/metadata.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace latchkey::winmd {

enum class Severity : uint8_t { Error, Warning };
std::string_view to_string(Severity);

struct Rule {
    std::string_view id; // "type.guid"; never changes once released
    Severity severity = Severity::Error;
    std::string_view summary; // what is right
};
std::span<Rule const> rules();

struct Finding {
    Rule const* rule = nullptr;
    TableId table = TableId::None; // None: the container or a header
    uint32_t row = 0;
    std::string name; // of the type or member, as far as it has one
    std::string text; // what was found and what would be right

    // "error: TypeDef row 3 Tasks.IMail: has no GuidAttribute; … [type.guid]"
    [[nodiscard]] std::string message() const;
};

enum class Publisher : uint8_t {
    Component, // somebody's component: its namespaces must not be Windows
    System,    // Windows.* itself: any namespace, and the rules that only concern components are left out
};

struct ValidateOptions {
    // Where referenced types are looked up; rules that need a type nobody has are skipped. nullptr: only in the file.
    Metadata const* references = nullptr;
    // nullopt: System when the file's name or assembly begins with "Windows", else Component.
    std::optional<Publisher> publisher;
    // The name the file has or will have, without ".winmd"; empty: not compared.
    std::string file_name;
};

// In table and row order. An empty result: nothing to complain about.
[[nodiscard]] std::vector<Finding> validate(File const& file, ValidateOptions const& options = {});
bool has_errors(std::span<Finding const> findings);

} // namespace latchkey::winmd
