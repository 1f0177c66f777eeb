// SPDX-License-Identifier: MIT
// The generated text of the sample component, byte for byte. UPDATE_GOLDEN=1 writes it anew.
#include "sample.h"

#include <gtest/gtest.h>

TEST(Golden, TheSampleComponentIsWrittenAsAgreed)
{
    Scratch const scratch;
    auto options = sample_options(scratch);
    options.component = true;
    auto const report = latchkey::projection::generate(options);
    ASSERT_TRUE(report) << report.error().what;
    std::filesystem::path const golden = LATCHKEY_SOURCE_DIR "/tests/golden/projection";
    for (auto const name : {"winrt/impl/Sample.0.h", "winrt/impl/Sample.1.h", "winrt/impl/Sample.2.h", "winrt/Sample.h",
                            "Thing.g.h", "Square.g.h", "Thing.g.cpp", "module.g.cpp"}) {
        auto const text = scratch.read(std::string{"out/"} + name);
        auto file = golden / (std::filesystem::path{name}.filename().string() + ".txt");
        if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream{file, std::ios::binary} << text;
        std::ostringstream expected;
        expected << std::ifstream{file, std::ios::binary}.rdbuf();
        EXPECT_EQ(text, expected.str()) << name << " differs from " << file;
    }
}
