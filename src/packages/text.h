// SPDX-License-Identifier: MIT
// Comparing and quoting the words of manifests, independent of the locale.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace latchkey::packages {

// ASCII letters only, as file names in packages and the system host's name are compared.
bool equal_ignoring_case(std::string_view left, std::string_view right);
std::string lower_case(std::string_view text);

// Without blanks, tabs and line ends at both ends.
std::string_view trimmed(std::string_view text);

// The word that was probably meant: equal but for case, or at most two letters away. Nullopt when nothing is near.
std::optional<std::string_view> nearest_word(std::string_view word, std::span<std::string_view const> words);

// For messages: control characters as \xNN, at most 80 characters, so a hostile name cannot draw on the terminal.
std::string printable(std::string_view text);

// No byte sequence that UTF-8 does not allow, no NUL.
bool is_valid_utf8(std::string_view text);

} // namespace latchkey::packages
