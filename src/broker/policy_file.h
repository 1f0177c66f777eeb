// SPDX-License-Identifier: MIT
#pragma once

// The policy file: one TOML file that sets any number of core::Policy; data/policy.toml names them all. It is a part of
// TOML 1.0: comments, tables, and keys whose values are strings in double quotes, whole numbers or booleans. A duration
// is a string with a unit ("15 min", "250 ms"), "0" is no time at all. `profile` is the base that the other keys
// change, wherever it stands. What is not known is an error: a misspelt limit must not be silently the default.

#include "core/policy.h"

#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace latchkey::broker {

inline constexpr std::size_t kMaxPolicyBytes = 64 * 1024;

// The error is a sentence that begins with "NAME:LINE: ".
[[nodiscard]] tl::expected<core::Policy, std::string> parse_policy(std::string_view text, std::string const& name);

// The file at path; the default profile when there is none.
[[nodiscard]] tl::expected<core::Policy, std::string> read_policy(std::string const& path);

} // namespace latchkey::broker
