// SPDX-License-Identifier: MIT
#pragma once

// What the packager is for: a package that somebody gives us → a sealed folder and what its manifest says.

#include "packages/package_record.h"

namespace latchkey::packager {

inline constexpr std::uint64_t kMaxPackageFileBytes = std::uint64_t{4} << 30;

// In this process, with this process's rights: contain() comes first. Never throws.
packages::PackagerAnswer carry_out(packages::PackagerRequest const& request);

} // namespace latchkey::packager
