// SPDX-License-Identifier: MIT
// A folder → one package file. The same content gives the same bytes on every machine: entries in order, no times,
// stored without compression (so no compressor's version matters, and each block can be checked where it lies).
#pragma once

#include "packages/files/package_archive.h"
#include "packages/files/package_error.h"

#include <cstdint>
#include <filesystem>
#include <vector>

#include <tl/expected.hpp>

namespace latchkey::packages {

struct PackedPackage {
    std::uint64_t bytes = 0; // of the package file
    std::vector<PackageFile> files;
};

// Writes the manifest, every file of the folder, the block map and the content types. The result is opened and checked
// before it takes the place of output; on failure output is as it was. The manifest itself is not judged here.
// output may lie in the folder: it does not become part of itself.
[[nodiscard]] tl::expected<PackedPackage, PackageError> pack_folder(std::filesystem::path const& folder,
                                                                    std::filesystem::path const& output);

} // namespace latchkey::packages
