// SPDX-License-Identifier: MIT
// Microsoft's metadata files, when the machine has them: LATCHKEY_WINMD_DIR, or ../shared/winmd beside the sources.
// Tests of them skip with a clear print when they are absent.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace latchkey::test {

inline std::filesystem::path windows_metadata_folder()
{
    if (auto const* const given = std::getenv("LATCHKEY_WINMD_DIR")) return given;
    return std::filesystem::path{LATCHKEY_SOURCE_DIR} / "../shared/winmd";
}

inline std::vector<std::filesystem::path> windows_metadata_files()
{
    std::vector<std::filesystem::path> files;
    std::error_code absent;
    for (auto const& entry : std::filesystem::directory_iterator{windows_metadata_folder(), absent})
        if (entry.path().extension() == ".winmd") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

} // namespace latchkey::test

#define LATCHKEY_WINDOWS_METADATA_OR_SKIP(files)                                                                       \
    auto const files = ::latchkey::test::windows_metadata_files();                                                     \
    if (files.empty())                                                                                                 \
    GTEST_SKIP() << "no Windows metadata in " << ::latchkey::test::windows_metadata_folder()                           \
                 << " (LATCHKEY_WINMD_DIR names another folder)"
