// SPDX-License-Identifier: MIT
// The same broker on a session bus: a private dbus-daemon of the test's own.
#include "rig.h"

#include <array>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace latchkey::test {
namespace {

class SessionBusTest : public BrokerTest {
protected:
    void SetUp() override
    {
        std::array<int, 2> ends{};
        ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        ipc::Fd const from(ends[0]);
        ipc::Fd to(ends[1]);
        m_bus = ::fork();
        if (m_bus == 0) {
            int const copy = ::fcntl(to.get(), F_DUPFD, 10);
            ::dup2(copy, 3);
            ::closefrom(4);
            std::string const address = "--address=unix:path=" + (root / "bus").string();
            ::execlp("dbus-daemon", "dbus-daemon", "--session", "--nofork", "--print-address=3", address.c_str(),
                     nullptr);
            ::_exit(127);
        }
        to.reset();
        std::array<char, 512> text{};
        ssize_t const size = ::read(from.get(), text.data(), text.size() - 1);
        if (size <= 0) GTEST_SKIP() << "dbus-daemon is not installed";
        text[static_cast<std::size_t>(size)] = '\0';
        text[std::strcspn(text.data(), "\n")] = '\0';
        ::setenv("DBUS_SESSION_BUS_ADDRESS", text.data(), 1);
    }
    void TearDown() override
    {
        kill();
        ::unsetenv("DBUS_SESSION_BUS_ADDRESS");
        ::kill(m_bus, SIGKILL);
        ::waitpid(m_bus, nullptr, 0);
    }

private:
    pid_t m_bus = -1;
};

TEST_F(SessionBusTest, AnswersWatchersAndCallersThereAsOnItsSocket)
{
    start({"--session-bus"});
    Connection user = connect();
    install(user);
    auto session = ipc::Bus::session();
    ASSERT_TRUE(session) << session.error().text();
    int events = 0;
    ASSERT_TRUE(session->on_signal("org.latchkey.Broker1", "Event", [&](Message&) { ++events; }));
    auto const call = [&](std::string const& member, auto const&... arguments) {
        Message message =
            session->method_call("org.latchkey.Broker1", "/org/latchkey/Broker1", "org.latchkey.Broker1", member);
        (message.write(arguments), ...);
        return session->call(message);
    };
    auto who = call("WhoAmI");
    ASSERT_TRUE(who) << who.error().message;
    EXPECT_TRUE(who->read_dictionary().get<bool>("trusted"));
    ASSERT_TRUE(call("Watch"));
    Dictionary options = task("Sync");
    options.set("package", kFamily);
    auto registered = call("Register", options);
    ASSERT_TRUE(registered) << registered.error().message;
    while (events == 0) {
        ASSERT_TRUE(session->process(std::chrono::seconds(10)).value_or(false));
    }
    auto const refused = call("GetAccess");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().name, "org.latchkey.Error.NoPackageIdentity");
    EXPECT_EQ(user.list().size(), 1U);
}

TEST_F(SessionBusTest, LeavesTheNameToTheBrokerOfTheSessionUnlessToldOtherwise)
{
    start();
    auto session = ipc::Bus::session();
    ASSERT_TRUE(session);
    Message message =
        session->method_call("org.latchkey.Broker1", "/org/latchkey/Broker1", "org.latchkey.Broker1", "WhoAmI");
    EXPECT_FALSE(session->call(message)) << "a private root stays private";
}

} // namespace
} // namespace latchkey::test
