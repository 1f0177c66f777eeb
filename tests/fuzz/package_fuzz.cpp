// SPDX-License-Identifier: MIT
// Any bytes as a package file. What opens can be read to its end.
#include "packages/files/package_archive.h"

#include <cstdint>
#include <cstdlib>
#include <span>

using namespace latchkey::packages;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    auto const archive = PackageArchive::open(std::as_bytes(std::span(data, size)));
    if (!archive) return 0;
    for (PackageFile const& file : archive->files()) {
        std::uint64_t bytes = 0;
        auto const read = archive->read_blocks(file.path, [&](std::span<std::byte const> block) {
            bytes += block.size();
            return true;
        });
        if (!read || bytes != file.size) std::abort();
    }
    return 0;
}
