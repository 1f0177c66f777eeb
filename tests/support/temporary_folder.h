// SPDX-License-Identifier: MIT
#pragma once

// A folder of a test's own, without links in its path, gone at the end with whatever is in it.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <stdlib.h> // NOLINT(modernize-deprecated-headers): mkdtemp

namespace latchkey::test {

class TemporaryFolder {
public:
    TemporaryFolder()
    {
        std::string folder =
            (std::filesystem::canonical(std::filesystem::temp_directory_path()) / "latchkey-XXXXXX").string();
        if (::mkdtemp(folder.data()) == nullptr) ADD_FAILURE() << "no temporary folder: " << folder;
        m_path = folder;
    }
    TemporaryFolder(TemporaryFolder const&) = delete;
    TemporaryFolder& operator=(TemporaryFolder const&) = delete;
    ~TemporaryFolder()
    {
        namespace fs = std::filesystem;
        std::error_code error;
        // What a packager sealed may be deleted by its owner only when it is unsealed.
        for (fs::recursive_directory_iterator at(m_path, error); !error && at != fs::recursive_directory_iterator();
             at.increment(error))
            if (at->is_directory(error) && !at->is_symlink(error))
                fs::permissions(at->path(), fs::perms::owner_all, fs::perm_options::add, error);
        fs::remove_all(m_path, error);
    }

    std::string path(std::string_view below = {}) const
    {
        return below.empty() ? m_path.string() : (m_path / below).string();
    }

    // With the folders above it.
    std::string put(std::string_view below, std::string_view content) const
    {
        std::filesystem::path const file = m_path / below;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << content;
        return file.string();
    }
    std::string content(std::string_view below) const
    {
        std::ifstream in(m_path / below, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

private:
    std::filesystem::path m_path;
};

} // namespace latchkey::test
