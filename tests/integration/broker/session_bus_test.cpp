// SPDX-License-Identifier: MIT
// The same broker on a session bus: a private dbus-daemon of the test's own.
#include "session_bus_rig.h"

#include <atomic>
#include <thread>

#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>

namespace latchkey::test {
namespace {

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

// A bus that says who is calling when it is told to, and not before.
class SlowBusTest : public BrokerTest {
protected:
    void SetUp() override
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::string const path = root / "slow";
        std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
        m_listening = ipc::Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        ASSERT_EQ(::bind(m_listening.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        ASSERT_EQ(::listen(m_listening.get(), 1), 0);
        ::setenv("DBUS_SESSION_BUS_ADDRESS", ("unix:path=" + path).c_str(), 1);
    }
    void TearDown() override
    {
        ::unsetenv("DBUS_SESSION_BUS_ADDRESS");
        kill();
        if (m_serving.joinable()) m_serving.join();
    }

    // Takes the broker's connection and serves it until it ends.
    void serve()
    {
        m_serving = std::thread([this] {
            auto bus = ipc::Bus::server(ipc::Fd(::accept4(m_listening.get(), nullptr, nullptr, SOCK_CLOEXEC)));
            if (!bus) return;
            auto const arrived = [](sd_bus_message* message, void* test, sd_bus_error*) {
                return static_cast<SlowBusTest*>(test)->answer(message);
            };
            sd_bus_add_filter(bus->get(), nullptr, arrived, this);
            while (bus->process(std::chrono::seconds(1))) {
                if (m_may_tell.exchange(false)) tell(bus->get());
            }
            m_question = {};
        });
    }
    // Of the one caller, ":1.77", to the broker; its answer goes to m_said.
    void call(sd_bus* bus, char const* member)
    {
        sd_bus_message* raw = nullptr;
        sd_bus_message_new_method_call(bus, &raw, "org.latchkey.Broker1", "/org/latchkey/Broker1",
                                       "org.latchkey.Broker1", member);
        Message message(raw);
        sd_bus_message_set_sender(raw, ":1.77");
        auto const answered = [](sd_bus_message* answer, void* test, sd_bus_error*) {
            auto* const self = static_cast<SlowBusTest*>(test);
            auto const* error = sd_bus_message_get_error(answer);
            self->m_said += error != nullptr ? std::string(error->name) + "\n" : "answered\n";
            ++self->m_answers;
            return 0;
        };
        sd_bus_call_async(bus, nullptr, raw, answered, this, UINT64_MAX);
    }
    int answer(sd_bus_message* message)
    {
        sd_bus* const bus = sd_bus_message_get_bus(message);
        if (sd_bus_message_is_method_call(message, nullptr, "Hello")) {
            return sd_bus_reply_method_return(message, "s", ":1.1") < 0 ? -1 : 1;
        }
        if (sd_bus_message_is_method_call(message, nullptr, "RequestName")) {
            if (m_answers_names) {
                sd_bus_reply_method_return(message, "u", 1);
                for (int i = 0; i < m_calls; ++i) {
                    call(bus, "WhoAmI");
                }
            }
            return 1;
        }
        if (sd_bus_message_is_method_call(message, nullptr, "GetConnectionCredentials")) {
            ++m_questions;
            m_question = Message::borrow(message);
            return 1;
        }
        return 1;
    }
    void tell(sd_bus*)
    {
        sd_bus_reply_method_return(m_question.get(), "a{sv}", 3, "UnixUserID", "u", ::geteuid(), "Future", "ay", 0,
                                   "ProcessID", "u", ::getpid());
    }

    ipc::Fd m_listening;
    std::thread m_serving;
    Message m_question;
    bool m_answers_names = true;
    int m_calls = 1;
    std::string m_said;
    std::atomic<bool> m_may_tell = false;
    std::atomic<int> m_answers = 0;
    std::atomic<int> m_questions = 0;
};

TEST_F(SlowBusTest, HoldsNobodyUpWhileItDoesNotSayWhoIsCalling)
{
    m_calls = 3;
    serve();
    start({"--session-bus"});
    Connection user = connect();
    ASSERT_TRUE(user.eventually([&] { return m_questions > 0; })) << "the broker asks who is calling";
    install(user); // and goes on
    EXPECT_EQ(m_answers, 0) << "nobody is answered before he is known";
    m_may_tell = true;
    EXPECT_TRUE(user.eventually([&] { return m_answers == 3; })) << "who waited is answered";
    EXPECT_EQ(m_questions, 1) << "one question for each sender";
    kill();
    m_serving.join();
    EXPECT_EQ(m_said, "answered\nanswered\nanswered\n");
}

TEST_F(SlowBusTest, KeepsSixtyFourCallsOfASenderThatIsNotKnownAndRefusesTheNext)
{
    m_calls = 66;
    serve();
    start({"--session-bus"});
    Connection user = connect();
    EXPECT_TRUE(user.eventually([&] { return m_answers == 2; }));
    m_may_tell = true;
    EXPECT_TRUE(user.eventually([&] { return m_answers == 66; }));
    kill();
    m_serving.join();
    EXPECT_TRUE(m_said.starts_with("org.latchkey.Error.LimitExceeded\norg.latchkey.Error.LimitExceeded\nanswered\n"));
}

TEST_F(SlowBusTest, DoesNotKeepTheBrokerFromItsSocketWhenItSaysNothingAtAll)
{
    m_answers_names = false;
    serve();
    start({"--session-bus"});
    EXPECT_TRUE(connect().call("WhoAmI"));
}

} // namespace
} // namespace latchkey::test
