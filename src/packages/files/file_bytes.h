// SPDX-License-Identifier: MIT
// Files as bytes.
#pragma once

#include "packages/files/package_error.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace latchkey::packages {

// The pages of a file. Others must not shorten it meanwhile.
class MappedFile {
public:
    MappedFile() = default;
    MappedFile(void* pages, std::size_t size) : m_pages(pages), m_size(size) {}
    MappedFile(MappedFile&& other) noexcept;
    MappedFile& operator=(MappedFile&& other) noexcept;
    ~MappedFile();

    std::span<std::byte const> bytes() const { return {static_cast<std::byte const*>(m_pages), m_size}; }

private:
    void* m_pages = nullptr;
    std::size_t m_size = 0;
};

// Only plain files; larger than max_bytes is refused.
[[nodiscard]] tl::expected<MappedFile, PackageError> map_file(std::filesystem::path const&, std::uint64_t max_bytes);

[[nodiscard]] tl::expected<std::string, PackageError> read_file(std::filesystem::path const&, std::uint64_t max_bytes);

// Readers see the old or the new content, never a part; an existing file keeps its mode, and a link its target's place.
[[nodiscard]] tl::expected<void, PackageError> replace_file(std::filesystem::path const&, std::string_view content);

} // namespace latchkey::packages
