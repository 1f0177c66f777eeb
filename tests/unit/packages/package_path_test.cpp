// SPDX-License-Identifier: MIT
#include "packages/package_path.h"
#include "packages/text.h"

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace latchkey::packages {
namespace {

TEST(PackagePath, IsRelativeWithSlashes)
{
    EXPECT_EQ(package_path("js\\task.js"), "js/task.js");
    EXPECT_EQ(package_path("a b/ü.txt"), "a b/ü.txt");
}

TEST(PackagePath, NeverLeadsOutOfThePackage)
{
    for (auto const* wrong : {"", "/etc/passwd", "\\x", "..", "a/../../b", "a/./b", "a//b", "a/", "C:/x", "c:x", "a\nb",
                              "a\x7f", "\xff", "\xc0\xaf", "\xed\xa0\x80"})
        EXPECT_FALSE(package_path(wrong)) << wrong;
    EXPECT_FALSE(package_path(std::string_view("a\0b", 3)));
}

TEST(PackagePath, HasLimits)
{
    EXPECT_TRUE(package_path(std::string(kMaxPathBytes, 'a')));
    EXPECT_FALSE(package_path(std::string(kMaxPathBytes + 1, 'a')));
    std::string deep = "a";
    for (std::size_t i = 1; i < kMaxPathDepth; ++i)
        deep += "/a";
    EXPECT_TRUE(package_path(deep));
    EXPECT_FALSE(package_path(deep + "/a"));
}

TEST(NearestWord, FindsWhatWasMeant)
{
    std::array<std::string_view, 3> const words{"systemEvent", "timer", "audio"};
    EXPECT_EQ(nearest_word("SYSTEMEVENT", words), "systemEvent");
    EXPECT_EQ(nearest_word("timr", words), "timer");
    EXPECT_EQ(nearest_word("pushNotification", words), std::nullopt);
    EXPECT_EQ(nearest_word("", words), std::nullopt);
}

TEST(Printable, CannotDrawOnTheTerminal)
{
    EXPECT_EQ(printable("a\x1b[2J"), "a\\x1b[2J");
    EXPECT_EQ(printable("\xff"), "\\xff");
    EXPECT_EQ(printable("für"), "für");
    EXPECT_EQ(printable(std::string(100, 'x')), std::string(80, 'x') + "…");
}

} // namespace
} // namespace latchkey::packages
