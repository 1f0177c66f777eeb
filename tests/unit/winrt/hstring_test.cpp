// SPDX-License-Identifier: MIT
#include "winrt/base.h"

#include <unordered_map>

#include <gtest/gtest.h>

using namespace winrt;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace author {
enum class Color { red };
winrt::hstring to_hstring(Color)
{
    return L"red";
}
} // namespace author

TEST(Hstring, EmptyOnesAreNullAtTheAbiAndNeverANullPointer)
{
    hstring const empty;
    EXPECT_EQ(get_abi(empty), nullptr);
    EXPECT_EQ(get_abi(hstring(L"")), nullptr);
    EXPECT_EQ(get_abi(hstring(""sv)), nullptr);
    ASSERT_NE(empty.c_str(), nullptr);
    EXPECT_EQ(*empty.c_str(), L'\0');
    EXPECT_TRUE(empty.empty());
    EXPECT_EQ(empty.size(), 0u);
}

TEST(Hstring, ComparesWithEveryKindOfWideText)
{
    hstring const text = L"task";
    EXPECT_TRUE(text == L"task"s);
    EXPECT_TRUE(L"task"s == text);
    EXPECT_TRUE(text == L"task"sv);
    EXPECT_TRUE(L"task"sv == text);
    EXPECT_TRUE(text == L"task");
    EXPECT_TRUE(L"task" == text);
    EXPECT_TRUE(text != L"tasks"s);
    EXPECT_TRUE(text < L"tasks");
    EXPECT_TRUE(L"tasks"s > text);
    EXPECT_TRUE(text <= hstring(L"task"));
    EXPECT_TRUE(hstring(L"a") < hstring(L"b"));
}

TEST(Hstring, CopiesShareOneBufferAndOutliveTheOriginal)
{
    auto original = std::make_unique<hstring>(L"shared");
    hstring const copy = *original;
    EXPECT_EQ(get_abi(copy), get_abi(*original));
    original.reset();
    EXPECT_EQ(copy, L"shared");
    hstring moved = hstring(copy);
    hstring const target = std::move(moved);
    EXPECT_TRUE(moved.empty());
    EXPECT_EQ(target, copy);
}

TEST(Hstring, KeepsItsValueWhenAssignedToItself)
{
    hstring text = L"same";
    hstring const& alias = text;
    text = alias;
    EXPECT_EQ(text, L"same");
}

TEST(Hstring, JoinsWithTextOnEitherSide)
{
    hstring const text = L"b";
    EXPECT_EQ(L"a" + text, L"ab");
    EXPECT_EQ(text + L"c", L"bc");
    EXPECT_EQ(L"a"s + text + L"c"sv, L"abc");
    EXPECT_EQ(text + text, L"bb");
    EXPECT_EQ(text + L'c', L"bc");
    EXPECT_EQ(get_abi(hstring() + hstring()), nullptr);
}

TEST(Hstring, TakesUtf8AndGivesItBack)
{
    hstring const text = "gr\xC3\xBC\xC3\x9F \xF0\x9F\x94\x91";
    EXPECT_EQ(text, L"gr\u00FC\u00DF \U0001F511");
    EXPECT_EQ(text.size(), 6u);
    EXPECT_EQ(to_string(text), "gr\xC3\xBC\xC3\x9F \xF0\x9F\x94\x91");
}

TEST(Hstring, ReadsMalformedUtf8AsReplacementCharacters)
{
    EXPECT_EQ(hstring("a\xC3"sv), L"a\uFFFD");
    EXPECT_EQ(hstring("\xE2\x82z"sv), L"\uFFFDz");
    EXPECT_EQ(hstring("\xED\xA0\x80"sv), L"\uFFFD\uFFFD\uFFFD");
    EXPECT_EQ(hstring("\xC0\xAF"sv), L"\uFFFD\uFFFD");
    EXPECT_EQ(to_string(std::wstring_view(L"\xD800", 1)), "\xEF\xBF\xBD");
}

TEST(Hstring, IsUnderstoodByTheLibrarysStringFunctions)
{
    hstring const text = L"across";
    uint32_t length = 0;
    EXPECT_STREQ(WindowsGetStringRawBuffer(get_abi(text), &length), L"across");
    EXPECT_EQ(length, 6u);
    void* copy{};
    ASSERT_EQ(WindowsDuplicateString(get_abi(text), &copy), 0);
    EXPECT_EQ(copy, get_abi(text));
    WindowsDeleteString(copy);

    void* made{};
    ASSERT_EQ(WindowsCreateString(L"made", 4, &made), 0);
    EXPECT_EQ(hstring(made, take_ownership_from_abi), L"made");
}

TEST(Hstring, NumbersBecomeTheShortestTextThatReadsBack)
{
    EXPECT_EQ(to_hstring(uint8_t{200}), L"200");
    EXPECT_EQ(to_hstring(-5), L"-5");
    EXPECT_EQ(to_hstring(uint32_t{4000000000u}), L"4000000000");
    EXPECT_EQ(to_hstring(int64_t{-1} << 63), L"-9223372036854775808");
    EXPECT_EQ(to_hstring(0.1), L"0.1");
    EXPECT_EQ(to_hstring(1.5f), L"1.5");
    EXPECT_EQ(to_hstring(true), L"true");
    EXPECT_EQ(to_hstring(u'x'), L"x");
    EXPECT_EQ(to_hstring("utf8"), L"utf8");
    EXPECT_EQ(to_hstring("utf8"sv), L"utf8");
}

TEST(Hstring, AUsersOwnToHstringIsFound)
{
    EXPECT_EQ(to_hstring(author::Color::red), L"red");
}

TEST(Hstring, IsAKeyOfUnorderedMaps)
{
    std::unordered_map<hstring, int> values{{L"one", 1}};
    EXPECT_EQ(values[L"one"], 1);
    EXPECT_EQ(std::hash<hstring>{}(L"x"), std::hash<std::wstring_view>{}(L"x"));
}

TEST(StringParameter, RefersToTheCallersTextWithoutACopy)
{
    wchar_t const literal[] = L"literal";
    param::hstring const from_literal(literal);
    hstring const& seen = from_literal;
    EXPECT_EQ(seen.c_str(), literal);

    std::wstring const wide = L"wide";
    param::hstring const from_wide(wide);
    EXPECT_EQ(static_cast<hstring const&>(from_wide).c_str(), wide.c_str());

    hstring const shared = L"shared";
    param::hstring const from_shared(shared);
    EXPECT_EQ(get_abi(from_shared), get_abi(shared));
}

TEST(StringParameter, IsCopiedWhenKept)
{
    hstring kept;
    {
        std::wstring const text = L"gone soon";
        param::hstring const parameter(text);
        kept = static_cast<hstring const&>(parameter);
        EXPECT_NE(kept.c_str(), text.c_str());
    }
    EXPECT_EQ(kept, L"gone soon");
}

TEST(StringParameter, TerminatesAViewThatIsAPieceOfSomething)
{
    param::hstring const parameter(L"longer"sv.substr(0, 4));
    EXPECT_STREQ(static_cast<hstring const&>(parameter).c_str(), L"long");
    param::hstring const utf8("t\xC3\xA4sk");
    EXPECT_EQ(static_cast<hstring const&>(utf8), L"t\u00E4sk");
}

TEST(Hstring, SaysHowItBeginsAndEnds)
{
    hstring const text = L"task";
    EXPECT_TRUE(text.starts_with(L't') && text.starts_with(L"ta") && text.ends_with(L'k') && text.ends_with(L"sk"));
    EXPECT_FALSE(text.starts_with(L'k') || hstring().ends_with(L'k'));
    EXPECT_TRUE(embedded_null(hstring(L"a\0b"sv)));
    EXPECT_FALSE(embedded_null(text));
}

TEST(Hstring, IsAssignedEveryKindOfText)
{
    hstring text;
    text = L"literal"s;
    EXPECT_EQ(text, L"literal");
    text = text + L"!"s;
    std::wstring const wide = L"wide";
    text = wide;
    EXPECT_EQ(text, L"wide");
    text = wide + L"r";
    EXPECT_EQ(text, L"wider");
    text = L"view"sv;
    EXPECT_EQ(text, L"view");
    text = {L'l', L'i'};
    EXPECT_EQ(text, L"li");
    text = "utf-8";
    EXPECT_EQ(text, L"utf-8");
    text = "\xc3\xa4"s;
    EXPECT_EQ(text, L"\u00e4");
}
