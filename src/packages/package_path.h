// SPDX-License-Identifier: MIT
// Which names a file in a package may have. The same rules hold for zip entries, folders that are packed, and paths in
// manifests, so nothing that a package names can lie outside of it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace latchkey::packages {

inline constexpr std::size_t kMaxPathBytes = 1'024;
inline constexpr std::size_t kMaxPathDepth = 32;

// The path with '/' between its parts, or what is wrong with it: empty, absolute, with a drive, with "." or ".." or an
// empty part, with a control character, not UTF-8, too long or too deep. Manifests and block maps write '\', which is
// therefore a separator and never part of a name.
tl::expected<std::string, std::string> package_path(std::string_view written);

} // namespace latchkey::packages
