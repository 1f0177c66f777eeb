// SPDX-License-Identifier: MIT
// A package as a folder: which files it has, under the same rules as a package file.
#pragma once

#include "packages/files/package_archive.h"
#include "packages/files/package_error.h"

#include <filesystem>
#include <vector>

#include <tl/expected.hpp>

namespace latchkey::packages {

// All files by name, in byte order. Links, devices and names that packages cannot have are refused, and so are two
// names that differ only in case. The parts that packing writes (block map, content types, signature) are left out.
[[nodiscard]] tl::expected<std::vector<PackageFile>, PackageError>
list_package_folder(std::filesystem::path const& folder);

} // namespace latchkey::packages
