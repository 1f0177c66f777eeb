// SPDX-License-Identifier: MIT
#include "taskhost/message.h"

#include <gtest/gtest.h>

namespace latchkey::taskhost {
namespace {

std::string number(std::uint32_t value)
{
    return {reinterpret_cast<char const*>(&value), sizeof value};
}

TEST(MessageReader, ReadsWhatIsThereAndKnowsWhenAllWasRead)
{
    std::string const bytes = number(2) + number(8 + 4 + 4 + 3) + number(7) + number(3) + "abc";
    MessageReader reader(bytes);
    EXPECT_EQ(reader.kind(), 2U);
    EXPECT_EQ(reader.number(), 7U);
    EXPECT_FALSE(reader.complete());
    EXPECT_EQ(reader.text(), "abc");
    EXPECT_TRUE(reader.complete());
}

TEST(MessageReader, FailsForGoodWhenSomethingIsMissing)
{
    std::string const bytes = number(2) + number(8 + 4) + number(100);
    MessageReader reader(bytes);
    EXPECT_EQ(reader.text(), "");
    EXPECT_EQ(reader.number(), 0U);
    EXPECT_TRUE(reader.failed());
    EXPECT_TRUE(MessageReader(number(2) + number(9)).failed()) << "its size is not the message's";
    EXPECT_TRUE(MessageReader("").failed());
}

TEST(MessageReader, RefusesATextLongerThanTheProtocolAllows)
{
    std::string const text(LATCHKEY_HOST_STRING_MAX + 1, 'x');
    std::string const bytes = number(2) + number(static_cast<std::uint32_t>(12 + text.size())) +
                              number(static_cast<std::uint32_t>(text.size())) + text;
    MessageReader reader(bytes);
    reader.text();
    EXPECT_TRUE(reader.failed());
}

TEST(MessageWriter, CutsALongTextBetweenTwoCharacters)
{
    std::string text(LATCHKEY_HOST_STRING_MAX - 1, 'x');
    text += "ö";
    std::string const message = MessageWriter(103).text(text).finish();
    EXPECT_EQ(message.size(), 8 + 4 + LATCHKEY_HOST_STRING_MAX - 1);
    EXPECT_EQ(message.substr(4, 4), number(static_cast<std::uint32_t>(message.size())));
}

} // namespace
} // namespace latchkey::taskhost
