// SPDX-License-Identifier: MIT
// A package in one file (.appx, .msix): a zip with a manifest and a block map.
//
// Opening checks everything: names (packages/package_path.h), no two names alike but for case, no name that is a file
// and a folder at once, no links or devices, no encryption, sizes within the limits, and every block against the block
// map. After that no read can surprise. Signatures are not checked.
//
// One thread at a time. The bytes given to open() must outlive the archive.
#pragma once

#include "packages/files/package_error.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace latchkey::packages {

inline constexpr std::size_t kMaxPackageFiles = 20'000;
inline constexpr std::uint64_t kMaxUnpackedBytes = std::uint64_t{2} << 30;
// A package beyond kFreeUnpackedBytes may not be more than this many times smaller than its content.
inline constexpr std::uint64_t kMaxExpansion = 200;
inline constexpr std::uint64_t kFreeUnpackedBytes = std::uint64_t{64} << 20;

struct PackageFile {
    std::string path; // with '/'
    std::uint64_t size = 0;
    bool executable = false; // the permission, where the packer recorded it
};

class PackageArchive {
public:
    [[nodiscard]] static tl::expected<PackageArchive, PackageError> open(std::span<std::byte const> bytes);
    PackageArchive(PackageArchive&&) noexcept;
    PackageArchive& operator=(PackageArchive&&) noexcept;
    ~PackageArchive();

    // Without the zip's own parts (block map, content types, signature), by name.
    std::vector<PackageFile> const& files() const;
    bool has_signature() const;

    // The whole of one file, at most max_bytes of it.
    [[nodiscard]] tl::expected<std::string, PackageError> read(std::string_view path, std::size_t max_bytes) const;

    // Gives the file block by block, each checked before it is given. The sink ends it early by returning false.
    using Sink = std::function<bool(std::span<std::byte const> block)>;
    [[nodiscard]] tl::expected<void, PackageError> read_blocks(std::string_view path, Sink const&) const;

private:
    struct State;
    explicit PackageArchive(std::unique_ptr<State>);

    std::unique_ptr<State> m_state;
};

} // namespace latchkey::packages
