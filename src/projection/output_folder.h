// SPDX-License-Identifier: MIT
// Where generated files go. A file whose content is what it should be is not touched, so that builds which look at
// times do not compile again. A list of the files of each run ("manifest": winrt/impl/KEY.files) lets the next run with
// the same key remove those that it no longer makes; only files that carry the generator's mark are ever removed.
//
// write() may be called from several threads, for different files.
#pragma once

#include "projection/model.h"

#include <filesystem>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace latchkey::projection {

inline constexpr std::size_t kMaxManifestBytes = std::size_t{16} << 20;

class OutputFolder {
public:
    explicit OutputFolder(std::filesystem::path folder) : m_folder{std::move(folder)} {}

    // Makes the folder and its sub-folders winrt/impl.
    tl::expected<void, GenerateError> prepare();
    // name: relative, with '/'.
    tl::expected<void, GenerateError> write(std::string const& name, std::string_view content);
    // Removes what the last run with this key made and this one did not, and writes the new manifest.
    tl::expected<void, GenerateError> finish(std::string const& key);

    std::filesystem::path const& path() const { return m_folder; }
    std::size_t files() const { return m_written.size(); }
    std::size_t changed() const { return m_changed; }
    std::size_t removed() const { return m_removed; }
    std::size_t bytes() const { return m_bytes; }

private:
    std::filesystem::path m_folder;
    std::mutex m_mutex;
    std::set<std::string> m_written;
    std::set<std::string> m_folders;
    std::size_t m_changed = 0;
    std::size_t m_removed = 0;
    std::size_t m_bytes = 0;
};

// Writes content unless the file has it already. Gives whether it was written.
tl::expected<bool, GenerateError> write_if_changed(std::filesystem::path const& file, std::string_view content);

} // namespace latchkey::projection
