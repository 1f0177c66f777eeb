// SPDX-License-Identifier: MIT
#include "text.h"

#include <gtest/gtest.h>

namespace {

std::wstring decoded(std::string_view bytes)
{
    Text text;
    EXPECT_EQ(LatchkeyStringFromUtf8(bytes.data(), bytes.size(), text.put()), 0);
    return text.str();
}

std::string encoded(std::wstring_view text)
{
    return Text{text}.utf8();
}

TEST(Utf8, EveryCodePointSurvivesTheRoundTrip)
{
    for (char32_t c = 1; c <= 0x10FFFF; ++c) {
        if (c == 0xD800) c = 0xE000;
        std::wstring const text(1, static_cast<wchar_t>(c));
        std::string const bytes = encoded(text);
        ASSERT_EQ(bytes.size(), c < 0x80 ? 1u : c < 0x800 ? 2u : c < 0x10000 ? 3u : 4u) << std::hex << +c;
        ASSERT_EQ(decoded(bytes), text) << std::hex << +c;
    }
}

TEST(Utf8, KeepsZeroInsideAText)
{
    EXPECT_EQ(decoded(std::string_view{"a\0b", 3}), std::wstring(L"a\0b", 3));
    EXPECT_EQ(encoded(std::wstring(L"a\0b", 3)), std::string("a\0b", 3));
}

TEST(Utf8, EachMaximalMalformedPieceBecomesOneReplacementCharacter)
{
    EXPECT_EQ(decoded("\x80"), L"\uFFFD");                               // a continuation alone
    EXPECT_EQ(decoded("\xC0\xAF"), L"\uFFFD\uFFFD");                     // overlong
    EXPECT_EQ(decoded("\xE0\x80\x80"), L"\uFFFD\uFFFD\uFFFD");           // overlong
    EXPECT_EQ(decoded("\xED\xA0\x80"), L"\uFFFD\uFFFD\uFFFD");           // a surrogate
    EXPECT_EQ(decoded("\xF4\x90\x80\x80"), L"\uFFFD\uFFFD\uFFFD\uFFFD"); // above 10FFFF
    EXPECT_EQ(decoded("\xF1\x80\x80x"), L"\uFFFDx");                     // cut off
    EXPECT_EQ(decoded("\xE2\x82"), L"\uFFFD");                           // cut off at the end
    EXPECT_EQ(decoded("\xFFok"), L"\uFFFDok");
}

TEST(Utf8, SurrogatesFromA16BitSourceJoinAndLoneOnesAreReplaced)
{
    std::wstring const pair{static_cast<wchar_t>(0xD83D), static_cast<wchar_t>(0xDE00)};
    EXPECT_EQ(encoded(pair), "\xF0\x9F\x98\x80");
    EXPECT_EQ(encoded(std::wstring(1, static_cast<wchar_t>(0xD83D))), "\xEF\xBF\xBD");
    EXPECT_EQ(encoded(std::wstring(1, static_cast<wchar_t>(0x110000))), "\xEF\xBF\xBD");
    EXPECT_EQ(encoded(std::wstring(1, static_cast<wchar_t>(-1))), "\xEF\xBF\xBD");
}

TEST(Utf8, WritesNoPartOfACharacterAndNothingBehindTheFirstThatDoesNotFit)
{
    char out[4] = {'?', '?', '?', '?'};
    EXPECT_EQ(LatchkeyStringToUtf8(L"a\u20ACb", 3, out, 3), 5u);
    EXPECT_EQ(std::string_view(out, 4), "a???");
    EXPECT_EQ(LatchkeyStringToUtf8(L"a\u20ACb", 3, out, 4), 5u);
    EXPECT_EQ(std::string_view(out, 4), "a\xE2\x82\xAC");
    EXPECT_EQ(LatchkeyStringToUtf8(nullptr, 0, nullptr, 0), 0u);
}

} // namespace
