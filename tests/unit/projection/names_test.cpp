// SPDX-License-Identifier: MIT
#include "projection/arguments.h"
#include "projection/model.h"
#include "projection/names.h"

#include <gmock/gmock.h>

using namespace latchkey::projection;
using testing::ElementsAre;

TEST(Names, EveryKeywordGetsAnUnderscoreAndOtherNamesStay)
{
    for (auto const keyword :
         {"and", "class", "co_await", "default", "register", "this", "xor_eq", "linux", "errno", "NULL"})
        EXPECT_EQ(identifier(keyword), std::string{keyword} + "_") << keyword;
    for (auto const name : {"Class", "Register", "classes", "thi", "value", "Linux"})
        EXPECT_EQ(identifier(name), name);
}

TEST(Names, AParameterCannotMeetTheGeneratorsOwnLocals)
{
    EXPECT_EQ(parameter_identifier("winrt_result"), "winrt_result_");
    EXPECT_EQ(parameter_identifier("winrt"), "winrt_");
    EXPECT_EQ(identifier("std"), "std_") << "every header names std::";
    EXPECT_EQ(cpp_namespace("Contoso.winrt"), "winrt::Contoso::winrt_");
    EXPECT_EQ(parameter_identifier("result"), "result");
}

TEST(Names, NamespacesNestUnderWinrtWithEachPartEscaped)
{
    EXPECT_EQ(cpp_namespace("Windows.Foundation"), "winrt::Windows::Foundation");
    EXPECT_EQ(cpp_namespace("My.default.Things"), "winrt::My::default_::Things");
}

TEST(Names, JoinedNamesOfDifferentTypesDiffer)
{
    EXPECT_EQ(joined_name("Windows.Foundation.IReference`1"), "Windows_Foundation_IReference");
    EXPECT_NE(joined_name("A_B.C"), joined_name("A.B_C"));
    EXPECT_NE(joined_name("A_B.C"), joined_name("A.B.C"));
}

TEST(Include, TheLongestPrefixDecidesAndPrefixesEndAtADot)
{
    std::vector<std::string> const include{"Windows.Foundation", "Windows.UI.Core.CoreDispatcher"};
    std::vector<std::string> const exclude{"Windows.Foundation.Collections", "Windows.UI"};
    EXPECT_TRUE(is_included("Windows.Foundation.Uri", include, exclude));
    EXPECT_FALSE(is_included("Windows.Foundation.Collections.IMap`2", include, exclude));
    EXPECT_TRUE(is_included("Windows.UI.Core.CoreDispatcher", include, exclude));
    EXPECT_FALSE(is_included("Windows.UI.Color", include, exclude));
    EXPECT_FALSE(is_included("Windows.FoundationStone.X", include, exclude));
    EXPECT_TRUE(is_included("Anything.X", {}, exclude));
}

TEST(Arguments, TheOtherToolsSpellingBecomesOurs)
{
    auto const words = normalized_arguments({"-in", "a.winmd", "-component=src", "-opt", "--verbose", "-x", "-"});
    ASSERT_TRUE(words);
    EXPECT_THAT(*words, ElementsAre("--in", "a.winmd", "--component=src", "--optimize", "--verbose", "-x", "-"));
}

TEST(Arguments, AResponseFileThatIsMissingIsNamed)
{
    auto const words = normalized_arguments({"@there/is/no/such.rsp"});
    ASSERT_FALSE(words);
    EXPECT_THAT(words.error().what, testing::HasSubstr("there/is/no/such.rsp"));
}

TEST(Arguments, WordsOfAResponseFileMayBeQuoted)
{
    EXPECT_THAT(response_words("-in \"a b.winmd\"\r\n\t-out\n\"\" x\"y z\""),
                ElementsAre("-in", "a b.winmd", "-out", "", "xy z"));
}
