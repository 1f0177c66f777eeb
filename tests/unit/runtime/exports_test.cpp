// SPDX-License-Identifier: MIT
#include <array>
#include <cstdio>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

std::set<std::string> declared()
{
    std::ifstream header{LATCHKEY_SOURCE_DIR "/include/latchkey/runtime.h"};
    std::set<std::string> names;
    for (std::string line; std::getline(header, line);) {
        if (!line.starts_with("LATCHKEY_API ")) continue;
        std::string const before = line.substr(0, line.find('('));
        names.insert(before.substr(before.find_last_of(" *") + 1));
    }
    return names;
}

std::set<std::string> exported()
{
    std::set<std::string> names;
    std::string const command = std::string{LATCHKEY_NM} + " -D --defined-only " + LATCHKEY_LIBRARY;
    FILE* output = popen(command.c_str(), "r");
    if (!output) return names;
    std::array<char, 512> line{};
    while (std::fgets(line.data(), static_cast<int>(line.size()), output)) {
        std::istringstream words{line.data()};
        std::string address, kind, name;
        words >> address >> kind >> name;
        if (kind != "A") // the version's own symbol
            names.insert(name.substr(0, name.find('@')));
    }
    pclose(output);
    return names;
}

TEST(Library, NeedsNothingBesideTheStandardLibraries)
{
    std::string const command = std::string{LATCHKEY_READELF} + " -d " + LATCHKEY_LIBRARY;
    FILE* output = popen(command.c_str(), "r");
    ASSERT_NE(output, nullptr);
    std::array<char, 512> line{};
    std::set<std::string> needed;
    while (std::fgets(line.data(), static_cast<int>(line.size()), output)) {
        std::string const text{line.data()};
        if (text.find("(NEEDED)") == std::string::npos) continue;
        size_t const begin = text.find('[') + 1;
        needed.insert(text.substr(begin, text.find(".so") - begin));
    }
    pclose(output);
    EXPECT_TRUE(needed.contains("libc"));
    for (char const* standard : {"libc", "libstdc++", "libgcc_s", "libm", "ld-linux-x86-64", "ld-linux-aarch64",
                                 "libpthread", "libdl", "libasan", "libubsan", "libtsan"})
        needed.erase(standard);
    EXPECT_THAT(needed, testing::IsEmpty());
}

TEST(Library, ShowsTheFunctionsOfItsHeaderAndNothingElse)
{
    std::set<std::string> const header = declared();
    ASSERT_GT(header.size(), 25u);
    EXPECT_THAT(exported(), testing::ContainerEq(header));
}

} // namespace
