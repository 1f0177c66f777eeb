// SPDX-License-Identifier: MIT
#include "packages/files/component_classes.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace latchkey::packages {
namespace {

namespace fs = std::filesystem;

TEST(ComponentClasses, AreThoseWithAConstructorOrStatics)
{
    char const* const folder = std::getenv("LATCHKEY_WINMD_DIR");
    fs::path const metadata =
        (folder ? fs::path(folder) : fs::path(LATCHKEY_SOURCE_DIR) / "../shared/winmd") / "Windows.Foundation.winmd";
    if (!fs::exists(metadata)) GTEST_SKIP() << "no Windows metadata: " << metadata;
    auto const classes = component_classes(metadata, "F.so");
    ASSERT_TRUE(classes) << classes.error();
    auto const find = [&](std::string_view id) { return std::ranges::find(*classes, id, &ActivatableClass::id); };
    ASSERT_NE(find("Windows.Foundation.Uri"), classes->end());
    EXPECT_EQ(*find("Windows.Foundation.Uri"),
              (ActivatableClass{"Windows.Foundation.Uri", "F.so", ThreadingModel::Both}));
    EXPECT_NE(find("Windows.Foundation.PropertyValue"), classes->end()) << "a class of statics";
    EXPECT_EQ(find("Windows.Foundation.WwwFormUrlDecoderEntry"), classes->end()) << "nobody can create it";
    EXPECT_EQ(find("Windows.Foundation.IStringable"), classes->end());
}

TEST(ComponentClasses, OfWhatIsNoMetadataAreAnError)
{
    EXPECT_FALSE(component_classes(LATCHKEY_TEST_DATA "/manifests/preview.xml", "x.so"));
    EXPECT_FALSE(component_classes("nowhere.winmd", "x.so"));
}

} // namespace
} // namespace latchkey::packages
