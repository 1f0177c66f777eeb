// SPDX-License-Identifier: MIT
// Whatever is sent to the socket, the broker serves the others on.
#include "rig.h"

#include <array>
#include <cstring>
#include <random>

#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>

namespace latchkey::test {
namespace {

ipc::Fd plain_connection(std::string const& path)
{
    ipc::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    EXPECT_EQ(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return socket;
}

void send_text(ipc::Fd const& socket, std::string const& text)
{
    (void)!::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL);
}

// Wants an answer and does not wait for it: without a place for the cookie, sd-bus says that none is wanted.
bool ask(Connection const& by, Message const& call)
{
    std::uint64_t cookie = 0;
    return sd_bus_send(by.bus.get(), call.get(), &cookie) >= 0;
}

TEST_F(BrokerTest, SurvivesWhatIsNoDBusAtAll)
{
    start();
    std::string const path = root / "run/broker";
    std::mt19937 random(20261121);
    std::vector<ipc::Fd> open;
    for (int i = 0; i < 40; ++i) {
        open.push_back(plain_connection(path));
        std::string noise(1 + random() % 4096, '\0');
        for (char& byte : noise) {
            byte = static_cast<char>(random());
        }
        if (i % 2 == 0) noise.insert(0, 1, '\0');
        if (i % 4 == 0) noise.insert(1, "AUTH EXTERNAL 30\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n");
        send_text(open.back(), noise);
        if (i % 3 == 0) open.pop_back();
    }
    EXPECT_TRUE(connect().call("WhoAmI"));
}

TEST_F(BrokerTest, RefusesMoreConnectionsThanItServesAndServesTheOld)
{
    start();
    Connection user = connect();
    install(user);
    std::vector<ipc::Fd> open;
    for (int i = 0; i < 600; ++i) {
        open.push_back(plain_connection(root / "run/broker"));
    }
    EXPECT_TRUE(user.call("WhoAmI"));
    EXPECT_TRUE(member()->connection->call("WhoAmI")) << "another process is not kept out";
    open.clear();
    EXPECT_TRUE(user.eventually([&] { return static_cast<bool>(connect().call("WhoAmI")); }));
}

TEST_F(BrokerTest, RefusesCallsOfAnotherShapeAndUnknownOnes)
{
    start();
    Connection user = connect();
    EXPECT_EQ(user.call("Register").error, "org.freedesktop.DBus.Error.InvalidArgs");
    EXPECT_EQ(user.call("Explain", std::uint32_t{1}).error, "org.freedesktop.DBus.Error.InvalidArgs");
    EXPECT_EQ(user.call("NoSuchMethod").error, "org.freedesktop.DBus.Error.UnknownMethod");
    Message elsewhere =
        user.bus.method_call("", "/org/latchkey/Broker1/registration/x", "org.freedesktop.DBus.Properties", "GetAll");
    elsewhere.write("org.latchkey.Registration1");
    EXPECT_EQ(user.send(elsewhere).error, "org.freedesktop.DBus.Error.UnknownObject");

    // Options nested deeper than anything that is needed.
    Value deep(std::int32_t{1});
    for (int i = 0; i < 30; ++i) {
        deep = Value(std::vector<Value>{deep});
    }
    EXPECT_EQ(user.call("Register", Dictionary{{"name", deep}}).error, "InvalidArgument");
}

TEST_F(BrokerTest, DisconnectsAWatcherThatDoesNotReadAndKeepsTheOthers)
{
    start();
    Connection user = connect();
    install(user);
    Connection deaf = connect();
    ASSERT_TRUE(deaf.call("Watch"));
    // Each decision is an event that the watcher does not read.
    constexpr int kBatch = 500;
    for (int i = 0; i < 40 * kBatch; ++i) {
        Message message = user.method(i % 2 == 0 ? "Deny" : "Allow");
        message.write(kFamily);
        ASSERT_TRUE(user.bus.send(message));
        if (i % kBatch == kBatch - 1) {
            ASSERT_TRUE(user.call("WhoAmI"));
        }
    }
    EXPECT_TRUE(user.call("WhoAmI"));
    EXPECT_TRUE(user.eventually([&] { return !deaf.call("WhoAmI"); }));
}

TEST_F(BrokerTest, GivesNoMoreListsToAClientThatReadsNoneUntilItHasRead)
{
    start();
    Connection user = connect();
    install(user);
    for (int i = 0; i < 2'000; ++i) { // events, for long answers
        Message message = user.method(i % 2 == 0 ? "Deny" : "Allow");
        message.write(kFamily);
        ASSERT_TRUE(user.bus.send(message));
    }
    ASSERT_TRUE(user.call("WhoAmI"));

    Connection slow = connect();
    ASSERT_TRUE(slow.call("WhoAmI"));
    int refused = 0;
    auto const arrived = [](sd_bus_message* message, void* data, sd_bus_error*) {
        bool const limit = sd_bus_message_is_method_error(message, "org.latchkey.Error.LimitExceeded") > 0;
        *static_cast<int*>(data) += limit ? 1 : 0;
        return 0;
    };
    ASSERT_GE(sd_bus_add_filter(slow.bus.get(), nullptr, arrived, &refused), 0);
    for (int i = 0; i < 60; ++i) {
        Message message = slow.method("Log");
        message.write(Dictionary{{"limit", std::uint32_t{10'000}}});
        ASSERT_TRUE(ask(slow, message));
    }
    slow.bus.flush();
    for (int i = 0; i < 120; ++i) { // meanwhile the broker takes in what the other asked, call by call
        ASSERT_TRUE(user.call("WhoAmI"));
    }
    ASSERT_TRUE(slow.call("Reload")) << "answers without a list it has all";
    EXPECT_TRUE(slow.wait_for([&] { return refused > 0; }));
    EXPECT_TRUE(slow.call("Doctor")) << "it has read";
}

TEST_F(BrokerTest, DisconnectsAClientThatAsksAndDoesNotReadAndKeepsTheOthers)
{
    start();
    Connection user = connect();
    Connection deaf = connect();
    ASSERT_TRUE(deaf.call("WhoAmI"));
    // What sd-bus answers by itself, too.
    for (int i = 0; i < 100'000; ++i) {
        if (!ask(deaf, deaf.bus.method_call("", "/", "org.freedesktop.DBus.Peer", "Ping"))) break;
        if (i % 500 == 0) deaf.bus.flush();
    }
    EXPECT_TRUE(user.call("WhoAmI"));
    EXPECT_TRUE(user.eventually([&] { return !deaf.call("WhoAmI"); }));
}

} // namespace
} // namespace latchkey::test
