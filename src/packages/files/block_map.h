// SPDX-License-Identifier: MIT
// AppxBlockMap.xml: the SHA-256 of each 64 KiB of each file of a package, so that a package can be checked while it is
// read. The last block of a file is shorter; an empty file has none.
#pragma once

#include "packages/files/digest.h"
#include "packages/files/package_error.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace latchkey::packages {

inline constexpr std::string_view kBlockMapFileName = "AppxBlockMap.xml";
inline constexpr std::string_view kContentTypesFileName = "[Content_Types].xml";
inline constexpr std::string_view kSignatureFileName = "AppxSignature.p7x";

inline constexpr std::size_t kBlockBytes = 65'536;
inline constexpr std::size_t kMaxBlockMapBytes = std::size_t{16} << 20;
inline constexpr std::size_t kMaxBlockMapElements = 100'000;

struct BlockMapFile {
    std::uint64_t size = 0;
    std::vector<std::string> hashes;     // base64
    std::uint32_t local_header_size = 0; // of the zip entry; written, not checked
};

// By path with '/'.
using BlockMap = std::map<std::string, BlockMapFile>;

std::string write_block_map(BlockMap const&);

[[nodiscard]] tl::expected<BlockMap, PackageError> read_block_map(std::string_view xml);

} // namespace latchkey::packages
