// SPDX-License-Identifier: MIT
#include "ipc/dictionary_bytes.h"

#include <gtest/gtest.h>

namespace latchkey::ipc {
namespace {

Dictionary everything()
{
    return {{"b", true},
            {"y", std::uint8_t{200}},
            {"n", std::int16_t{-2}},
            {"q", std::uint16_t{65535}},
            {"i", std::int32_t{-70000}},
            {"u", std::uint32_t{4'000'000'000}},
            {"x", std::int64_t{-5'000'000'000}},
            {"t", std::uint64_t{1} << 63},
            {"d", 0.25},
            {"s", std::string("a\0b", 3)},
            {"ay", std::vector<std::uint8_t>{1, 0, 2}},
            {"D", Dictionary{{"inner", "text"}}},
            {"L", std::vector<Value>{Value(true), Value("two")}},
            {"", Dictionary{}}};
}

TEST(DictionaryBytes, GiveBackWhatWasWritten)
{
    auto const bytes = bytes_of(everything());
    ASSERT_TRUE(bytes.has_value());
    EXPECT_EQ(dictionary_from(*bytes), everything());
    auto const value = bytes_of(Value(everything()));
    ASSERT_TRUE(value.has_value());
    EXPECT_EQ(value_from(*value), Value(everything()));
}

TEST(DictionaryBytes, AreRefusedWhenAnyByteIsMissingOrOneTooManyIsThere)
{
    std::string const bytes = bytes_of(everything()).value();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_EQ(dictionary_from(std::string_view(bytes).substr(0, size)), std::nullopt) << size;
    }
    EXPECT_EQ(dictionary_from(bytes + '\0'), std::nullopt);
    EXPECT_EQ(value_from("?"), std::nullopt);
    EXPECT_EQ(value_from(std::string("b\2", 2)), std::nullopt);
}

TEST(DictionaryBytes, AreRefusedWhenAKeyStandsTwiceOrTheyNestTooDeep)
{
    std::string const twice = std::string("\2\0\0\0", 4) + std::string("\1\0\0\0k", 5) + std::string("b\1", 2) +
                              std::string("\1\0\0\0k", 5) + std::string("b\0", 2);
    EXPECT_EQ(dictionary_from(twice), std::nullopt);

    Value nested = true;
    for (int i = 0; i <= kMaxValueDepth; ++i) {
        nested = std::vector<Value>{nested};
    }
    EXPECT_NE(bytes_of(nested), std::nullopt);
    nested = std::vector<Value>{nested};
    EXPECT_EQ(bytes_of(nested), std::nullopt);
    std::string bytes;
    for (int i = 0; i < 100'000; ++i) {
        bytes += std::string("L\1\0\0\0", 5);
    }
    EXPECT_EQ(value_from(bytes + std::string("b\1", 2)), std::nullopt);
}

TEST(DictionaryBytes, AreNotMadeOfListsOfTextsOrDictionaries)
{
    EXPECT_EQ(bytes_of(Value(std::vector<std::string>{"a"})), std::nullopt);
    EXPECT_EQ(bytes_of(Dictionary{{"k", std::vector<Dictionary>{{}}}}), std::nullopt);
}

} // namespace
} // namespace latchkey::ipc
