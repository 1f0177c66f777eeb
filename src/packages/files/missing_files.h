// SPDX-License-Identifier: MIT
// Files that a manifest names and its package does not have.
#pragma once

#include "packages/diagnostic.h"
#include "packages/manifest.h"

#include <functional>
#include <string_view>
#include <vector>

namespace latchkey::packages {

// Warnings, because a package can work without what it does not use. has answers for paths in the package; a program
// may come with or without its ".exe".
std::vector<Diagnostic> missing_files(Manifest const&, std::function<bool(std::string_view path)> const& has);

} // namespace latchkey::packages
