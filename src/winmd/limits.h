// SPDX-License-Identifier: MIT
// What the reader refuses to go beyond, whatever a file says. Real files stay far below each of these.
#pragma once

#include <cstddef>
#include <cstdint>

namespace latchkey::winmd {

inline constexpr std::size_t kMaxFileBytes = std::size_t{256} << 20;
inline constexpr std::size_t kMaxMetadataFiles = 4096;    // in one Metadata
inline constexpr std::size_t kMaxFolderEntries = 65536;   // looked at in one folder
inline constexpr uint32_t kMaxSections = 96;              // the Windows loader's own limit
inline constexpr uint32_t kMaxStreams = 64;               // in the metadata root
inline constexpr uint32_t kMaxNameBytes = 65535;          // one string of the #Strings heap
inline constexpr unsigned kMaxSignatureDepth = 32;        // types inside types of one signature
inline constexpr uint32_t kMaxSignatureArguments = 4096;  // parameters of a method, arguments of a generic
inline constexpr unsigned kMaxNestingDepth = 64;          // NestedClass, TypeRef and ExportedType scopes, TypeSpec
inline constexpr unsigned kMaxInheritanceDepth = 64;      // Extends
inline constexpr uint32_t kMaxAttributeArguments = 65536; // arguments and array elements of one attribute value

} // namespace latchkey::winmd
