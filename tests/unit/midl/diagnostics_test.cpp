// SPDX-License-Identifier: MIT
// What people read when something is wrong. tests/golden/midl/NAME.idl is compiled and its messages compared with
// NAME.txt; UPDATE_GOLDEN=1 writes them instead.
#include "compile_text.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace latchkey::test {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string contents(std::filesystem::path const& path)
{
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

std::vector<std::string> golden_names()
{
    std::vector<std::string> names;
    for (auto const& entry : std::filesystem::directory_iterator{LATCHKEY_SOURCE_DIR "/tests/golden/midl"})
        if (entry.path().extension() == ".idl") names.push_back(entry.path().stem().string());
    std::sort(names.begin(), names.end());
    return names;
}

class GoldenMessages : public testing::TestWithParam<std::string> {};

TEST_P(GoldenMessages, AreAsRecorded)
{
    std::filesystem::path const folder{LATCHKEY_SOURCE_DIR "/tests/golden/midl"};
    auto const messages = compile_text(contents(folder / (GetParam() + ".idl"))).messages();
    auto const recorded = folder / (GetParam() + ".txt");
    if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream{recorded, std::ios::binary} << messages;
    EXPECT_EQ(messages, contents(recorded));
}

INSTANTIATE_TEST_SUITE_P(Midl, GoldenMessages, testing::ValuesIn(golden_names()),
                         [](auto const& each) { return each.param; });

TEST(Diagnostics, ShowPlaceLineCaretAndHint)
{
    EXPECT_EQ(compile_in_contoso("interface I { Strin F(); }").messages(),
              "Contoso.idl:3:15: error: unknown type 'Strin' [WME1033]\n"
              "    3 | interface I { Strin F(); }\n"
              "      |               ^~~~~\n"
              "hint: did you mean 'String'?\n");
}

TEST(Diagnostics, AreColouredOnlyWhenAsked)
{
    auto const compiled = compile_in_contoso("interface I { Strin F(); }");
    EXPECT_THAT(compiled.compilation.messages(true), HasSubstr("\033[1;31merror:\033[0m"));
    EXPECT_THAT(compiled.compilation.messages(false), Not(HasSubstr("\033")));
}

TEST(Diagnostics, DoNotPassControlCharactersOn)
{
    EXPECT_THAT(compile_text("namespace Contoso { interface I { Strin /* \033[31m \r\x07 */ F(); } }").messages(),
                testing::AllOf(Not(HasSubstr("\033")), Not(HasSubstr("\x07"))));
}

TEST(Diagnostics, ShowLinesThatAreNotText)
{
    // A run of bytes that continue no character, longer than what is shown of a line.
    auto const compiled = compile_text("namespace Contoso { ru" + std::string(500, '\xbf') + "ntimeclass C { } }");
    EXPECT_THAT(compiled.messages(), HasSubstr("stray byte 0xbf"));
}

TEST(Diagnostics, SayOnceWhatOneSlipIs)
{
    for (auto const* text : {"namespace Contoso { runtimclass C { C(); } }", "namespace Contoso { /* open",
                             "namespace Contoso { [deprecated(\"open, deprecate, 1)] runtimeclass C { C(); } }",
                             "namespace Contoso { interface I { void F(String \xc3\xb6); } }"}) {
        auto const messages = compile_text(text).messages();
        EXPECT_THAT(messages, Not(HasSubstr("WME1042"))) << "what was not read may declare a type";
        EXPECT_THAT(messages, Not(HasSubstr("not '\"open"))) << "the quote was the trouble";
        EXPECT_THAT(messages, Not(HasSubstr("not '\xc3"))) << "so was the letter";
        EXPECT_THAT(messages, HasSubstr(" error: "));
    }
}

TEST(Diagnostics, StopAtTheLimit)
{
    std::string many;
    for (int i = 0; i < 100; ++i)
        many += "Missing" + std::to_string(i) + " F" + std::to_string(i) + "();\n";
    auto const text = "interface I {" + many + "}";
    auto const count = [&](unsigned limit) {
        return compile_in_contoso(text, {.diagnostics = {.max_errors = limit}}).compilation.diagnostics->error_count();
    };
    EXPECT_EQ(count(20), 20u);
    EXPECT_EQ(count(3), 3u);
    EXPECT_EQ(count(0), 100u);
    EXPECT_THAT(compile_in_contoso(text).messages(), HasSubstr("stopped after 20 errors; --max-errors changes that"));
}

TEST(Diagnostics, WarningsCanBeErrorsOrSilent)
{
    auto const text = "unsealed runtimeclass C { C(); void F(); }";
    auto const compile = [&](midl::DiagnosticOptions options) {
        return compile_in_contoso(text, {.diagnostics = options});
    };
    EXPECT_TRUE(compile({}).ok());
    EXPECT_EQ(compile({.disabled = {midl::Warning::Unsealed}}).messages(), "");
    EXPECT_FALSE(compile({.warnings_as_errors = true}).ok());
    EXPECT_THAT(compile({.as_errors = {midl::Warning::Unsealed}}).messages(),
                HasSubstr("error: 'C' cannot be used from JavaScript [WME1086, -Werror=unsealed]"));
    EXPECT_TRUE(compile({.as_errors = {midl::Warning::Stringable}}).ok());
    EXPECT_EQ(compile_in_contoso("interface I { void F(); }").messages(), "");
    EXPECT_THAT(
        compile_in_contoso("interface I { void F(); }", {.diagnostics = {.enabled = {midl::Warning::GeneratedIid}}})
            .messages(),
        HasSubstr("'I' gets its IID from its contents [-Wgenerated-iid]"));
}

} // namespace
} // namespace latchkey::test
