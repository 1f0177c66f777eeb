// SPDX-License-Identifier: MIT
#include "winmd/validate.h"

#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace latchkey::winmd {
namespace {

TEST(Validator, HasEachRuleInItsDocument)
{
    std::ifstream file{LATCHKEY_SOURCE_DIR "/docs/winmd-rules.md"};
    std::stringstream text;
    text << file.rdbuf();
    for (auto const& rule : rules()) {
        auto const row = fmt::format("| `{}` | {} | {} |\n", rule.id, to_string(rule.severity), rule.summary);
        EXPECT_NE(text.str().find(row), std::string::npos) << "docs/winmd-rules.md wants the row " << row;
    }
}

} // namespace
} // namespace latchkey::winmd
