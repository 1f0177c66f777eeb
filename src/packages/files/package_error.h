// SPDX-License-Identifier: MIT
// Why a package file was refused, with the HRESULT that Windows gives for it.
#pragma once

#include <cstdint>
#include <string>

namespace latchkey::packages {

inline constexpr std::uint32_t kPackagingFailed = 0x80080200;   // APPX_E_PACKAGING_INTERNAL: could not write
inline constexpr std::uint32_t kMissingFile = 0x80080203;       // APPX_E_MISSING_REQUIRED_FILE
inline constexpr std::uint32_t kInvalidBlockMap = 0x80080205;   // APPX_E_INVALID_BLOCKMAP
inline constexpr std::uint32_t kCorruptContent = 0x80080206;    // APPX_E_CORRUPT_CONTENT
inline constexpr std::uint32_t kBlockHashInvalid = 0x80080207;  // APPX_E_BLOCK_HASH_INVALID
inline constexpr std::uint32_t kCannotOpenPackage = 0x80073CF0; // ERROR_INSTALL_OPEN_PACKAGE_FAILED

struct PackageError {
    std::uint32_t hresult = 0;
    std::string message; // begins with the name of the file inside the package, where there is one
};

} // namespace latchkey::packages
