// SPDX-License-Identifier: MIT
#pragma once

// Packages as bytes: what is written into installed/FAMILY, and what the contained packager answers. Numbers are little
// endian, texts and lists have a length in front, and a checksum ends the whole. Reading trusts nothing: every length
// has a limit, every name is judged by the rules that a manifest is judged by (it becomes a file's name), and bytes
// that are left over are an error.

#include "packages/installed_package.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <tl/expected.hpp>

namespace latchkey::packages {

inline constexpr std::size_t kMaxRecordBytes = std::size_t{8} << 20;
inline constexpr std::size_t kMaxFolderBytes = 4'096;
inline constexpr std::size_t kMaxWarnings = 1'000;
inline constexpr std::size_t kMaxMessageBytes = 65'536;

std::string encode(InstalledPackage const& package);
// The error says what is wrong with the bytes.
[[nodiscard]] tl::expected<InstalledPackage, std::string> decode_installed_package(std::string_view bytes);

// What the packager says of a package that it has read (and unpacked, where that was asked).
struct PackageContent {
    Manifest manifest;
    std::vector<std::string> warnings; // whole lines
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;

    bool operator==(PackageContent const&) const = default;
};
// Or why it could not be.
struct PackageFault {
    std::uint32_t hresult = 0;
    std::string message; // one finding a line, "AppxManifest.xml:12: error: …" where it is about a line

    bool operator==(PackageFault const&) const = default;
};
// After deleting: nothing to say.
struct PackagerDone {
    bool operator==(PackagerDone const&) const = default;
};
using PackagerAnswer = std::variant<PackageContent, PackageFault, PackagerDone>;

std::string encode(PackagerAnswer const& answer);
[[nodiscard]] tl::expected<PackagerAnswer, std::string> decode_packager_answer(std::string_view bytes);

// What it is asked.
enum class PackagerWork : std::uint8_t {
    Unpack, // source, a folder or a package file, into the empty folder target; its files become read-only
    Read,   // the manifest of the folder source, which stays where it is
    Delete, // the tree target, whatever is in it
};
struct PackagerRequest {
    PackagerWork work = PackagerWork::Read;
    std::string source; // absolute; "" for Delete
    std::string target; // absolute; "" for Read

    bool operator==(PackagerRequest const&) const = default;
};
std::string encode(PackagerRequest const& request);
[[nodiscard]] tl::expected<PackagerRequest, std::string> decode_packager_request(std::string_view bytes);

} // namespace latchkey::packages
