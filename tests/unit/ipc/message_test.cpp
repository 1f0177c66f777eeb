// SPDX-License-Identifier: MIT
#include "ipc/bus.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <systemd/sd-bus.h>

namespace latchkey::ipc {
namespace {

// A sealed message that carries what the writer wrote, ready to be read.
Message sealed(Bus& bus, std::function<void(Message&)> const& write)
{
    Message message = bus.method_call("", "/test", "org.latchkey.Test", "Echo");
    write(message);
    EXPECT_FALSE(message.failed()) << message.error();
    EXPECT_GE(sd_bus_message_seal(message.get(), 1, 0), 0);
    return message;
}

struct MessageTest : testing::Test {
    MessageTest()
    {
        int ends[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
        server = std::make_unique<Bus>(Bus::server(Fd(ends[0])).value());
        client = std::make_unique<Bus>(Bus::client(Fd(ends[1])).value());
    }
    std::unique_ptr<Bus> server;
    std::unique_ptr<Bus> client;
};

TEST_F(MessageTest, CarriesEveryTypeOfValueUnchanged)
{
    Dictionary const inner{{"deep", std::uint32_t{7}}};
    Dictionary const sent{
        {"bool", true},
        {"byte", std::uint8_t{255}},
        {"int16", std::int16_t{-3}},
        {"uint16", std::uint16_t{65535}},
        {"int32", std::int32_t{-70000}},
        {"uint32", std::uint32_t{4000000000}},
        {"int64", std::int64_t{-1} << 40},
        {"uint64", std::uint64_t{1} << 63},
        {"double", 0.25},
        {"text", "zażółć"},
        {"texts", std::vector<std::string>{"a", ""}},
        {"bytes", std::vector<std::uint8_t>{0, 1, 2}},
        {"dictionary", inner},
        {"dictionaries", std::vector<Dictionary>{inner, Dictionary{}}},
        {"values", std::vector<Value>{Value(true), Value("x")}},
    };
    Message message = sealed(*client, [&](Message& writer) { writer.write(sent); });
    EXPECT_EQ(message.read_dictionary(), sent);
    EXPECT_FALSE(message.failed()) << message.error();
}

TEST_F(MessageTest, SaysWhatWasWrongWhenAnotherTypeArrives)
{
    Message message = sealed(*client, [](Message& writer) { writer.write(std::int32_t{1}).write("two"); });
    EXPECT_EQ(message.read_string(), "");
    EXPECT_TRUE(message.failed());
    EXPECT_NE(message.error(), "");
    EXPECT_EQ(message.read_int32(), 0) << "after a failure nothing more is read";
}

TEST_F(MessageTest, RefusesAValueOfATypeThatTheInterfaceDoesNotUse)
{
    Message message =
        sealed(*client, [](Message& writer) { sd_bus_message_append(writer.get(), "a{sv}", 1, "key", "(ii)", 1, 2); });
    message.read_dictionary();
    EXPECT_TRUE(message.failed());
    EXPECT_NE(message.error().find("(ii)"), std::string::npos) << message.error();
}

TEST_F(MessageTest, RefusesADictionaryWithTheSameKeyTwice)
{
    Message message = sealed(*client, [](Message& writer) {
        sd_bus_message_append(writer.get(), "a{sv}", 2, "key", "i", 1, "key", "i", 2);
    });
    EXPECT_TRUE(message.read_dictionary().empty());
    EXPECT_NE(message.error().find("same key"), std::string::npos) << message.error();
}

TEST_F(MessageTest, RefusesValuesNestedDeeperThanTheLimit)
{
    Dictionary deep{{"end", true}};
    for (int level = 0; level < kMaxValueDepth + 2; ++level) {
        deep = Dictionary{{"down", deep}};
    }
    Message message = sealed(*client, [&](Message& writer) { writer.write(deep); });
    message.read_dictionary();
    EXPECT_NE(message.error().find("too deep"), std::string::npos) << message.error();
}

TEST(DictionaryTest, KeepsOneValueForAKeyAndTheOrderOfKeys)
{
    Dictionary dictionary;
    dictionary.set("b", std::int32_t{1});
    dictionary.set("a", std::int32_t{2});
    dictionary.set("b", std::int32_t{3});
    ASSERT_EQ(dictionary.size(), 2u);
    EXPECT_EQ(dictionary.entries()[0].key, "b");
    EXPECT_EQ(dictionary.get<std::int32_t>("b"), 3);
    EXPECT_EQ(dictionary.get<std::string>("b", "other type"), "other type");
    EXPECT_EQ(dictionary.find("c"), nullptr);
}

TEST_F(MessageTest, CarriesDescriptorsThatOutliveIt)
{
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    Fd const reader(ends[0]);
    std::vector<Fd> arrived;
    {
        Fd const writer(ends[1]);
        Message message = sealed(*client, [&](Message& out) { out.write_descriptors({writer.get()}); });
        arrived = message.read_descriptors();
        EXPECT_FALSE(message.failed()) << message.error();
    }
    ASSERT_EQ(arrived.size(), 1U);
    EXPECT_EQ(::write(arrived[0].get(), "x", 1), 1);
    char byte = 0;
    EXPECT_EQ(::read(reader.get(), &byte, 1), 1);
    EXPECT_EQ(byte, 'x');
}

} // namespace
} // namespace latchkey::ipc
