// SPDX-License-Identifier: MIT
// RequestAccessAsync asks the person at the desktop: a real broker, app and dbus-daemon, and a notification server that
// speaks the protocol (org.freedesktop.Notifications) and shows nothing.
#include "session_bus_rig.h"

#include <fstream>

#include <systemd/sd-bus.h>

namespace latchkey::test {
namespace {

constexpr char kNotifications[] = "org.freedesktop.Notifications";
constexpr char kNotificationsPath[] = "/org/freedesktop/Notifications";
constexpr std::int32_t kUnspecified = 0, kAllowedOnLockScreen = 2, kDenied = 3;
constexpr std::chrono::milliseconds kStep{20};
constexpr std::chrono::seconds kPatience{20};

class NotificationServer {
public:
    struct Shown {
        std::uint32_t id = 0;
        std::string title;
        std::string text;
        std::vector<std::string> buttons;
    };

    NotificationServer() : m_bus(ipc::Bus::session().value())
    {
        EXPECT_TRUE(m_bus.own(kNotifications).value_or(false));
        sd_bus_add_filter(m_bus.get(), nullptr, called, this);
    }
    void turn() { (void)m_bus.process(kStep); }
    void click(std::uint32_t id, std::string const& button)
    {
        Message signal = m_bus.signal(kNotificationsPath, kNotifications, "ActionInvoked");
        signal.write(id).write(button);
        (void)m_bus.send(signal);
    }
    void close(std::uint32_t id)
    {
        Message signal = m_bus.signal(kNotificationsPath, kNotifications, "NotificationClosed");
        signal.write(id).write(std::uint32_t{2});
        (void)m_bus.send(signal);
    }
    std::vector<Shown> shown;
    std::vector<std::uint32_t> withdrawn;

private:
    static int called(sd_bus_message* raw, void* data, sd_bus_error*)
    {
        auto& server = *static_cast<NotificationServer*>(data);
        if (sd_bus_message_is_method_call(raw, kNotifications, "Notify") > 0) {
            Message call = Message::borrow(raw);
            EXPECT_EQ(call.read_string(), "Latchkey");
            EXPECT_EQ(call.read_uint32(), 0U);
            EXPECT_EQ(call.read_string(), "");
            Shown one{static_cast<std::uint32_t>(server.shown.size()) + 7, call.read_string(), call.read_string(),
                      call.read_strings()};
            EXPECT_EQ(call.read_dictionary().get<std::uint8_t>("urgency"), 2);
            EXPECT_EQ(call.read_int32(), 0);
            EXPECT_FALSE(call.failed()) << call.error();
            server.shown.push_back(one);
            return sd_bus_reply_method_return(raw, "u", one.id);
        }
        if (sd_bus_message_is_method_call(raw, kNotifications, "CloseNotification") > 0) {
            Message call = Message::borrow(raw);
            server.withdrawn.push_back(call.read_uint32());
            return sd_bus_reply_method_return(raw, "");
        }
        return 0;
    }

    ipc::Bus m_bus;
};

class AccessQuestion : public SessionBusTest {
protected:
    // What the app was told, as the calls are answered.
    std::vector<std::int32_t> told;

    void begin()
    {
        start({"--session-bus"});
        user = std::make_unique<Connection>(connect());
        install(*user);
        app = member();
        ASSERT_TRUE(app->connection->call("RemoveAccess")); // install() allowed it
    }
    void TearDown() override
    {
        app.reset();
        user.reset();
        SessionBusTest::TearDown();
    }
    void ask()
    {
        Message call = app->connection->method("RequestAccess");
        ASSERT_TRUE(app->connection->bus.call_later(
            call,
            [this](ipc::Answer<Message> answer) {
                ASSERT_TRUE(answer) << answer.error().message;
                told.push_back(answer->read_int32());
            },
            kPatience * 2));
    }
    bool until(NotificationServer* server, std::function<bool()> const& holds)
    {
        auto const end = std::chrono::steady_clock::now() + kPatience;
        while (!holds() && std::chrono::steady_clock::now() < end) {
            if (server != nullptr) server->turn();
            (void)app->connection->bus.process(kStep);
        }
        return holds();
    }
    std::int32_t access()
    {
        auto outcome = user->call("ListPackages");
        for (Dictionary const& package : outcome.message->read_dictionaries()) {
            if (package.get<std::string>("package") == kFamily) return package.get<std::int32_t>("access");
        }
        ADD_FAILURE() << "the package is not installed";
        return -1;
    }

    std::unique_ptr<Connection> user;
    std::unique_ptr<Member> app;
};

TEST_F(AccessQuestion, IsAnsweredByAClickAndTheAnswerIsKept)
{
    begin();
    NotificationServer server;
    ask();
    ASSERT_TRUE(until(&server, [&] { return !server.shown.empty(); }));
    EXPECT_NE(server.shown[0].title.find("run in the background?"), std::string::npos);
    EXPECT_NE(server.shown[0].text.find(kFamily), std::string::npos);
    EXPECT_EQ(server.shown[0].buttons, (std::vector<std::string>{"allow", "Allow", "deny", "Do not allow"}));
    EXPECT_TRUE(told.empty());
    server.click(server.shown[0].id, "allow");
    ASSERT_TRUE(until(&server, [&] { return !told.empty() && !server.withdrawn.empty(); }));
    EXPECT_EQ(told[0], kAllowedOnLockScreen);
    EXPECT_EQ(access(), kAllowedOnLockScreen);

    ask();
    ASSERT_TRUE(until(&server, [&] { return told.size() == 2; }));
    EXPECT_EQ(told[1], kAllowedOnLockScreen);
    EXPECT_EQ(server.shown.size(), 1U) << "who has decided is not asked again";
}

TEST_F(AccessQuestion, IsDeniedByTheOtherButton)
{
    begin();
    NotificationServer server;
    ask();
    ASSERT_TRUE(until(&server, [&] { return !server.shown.empty(); }));
    server.click(server.shown[0].id, "deny");
    ASSERT_TRUE(until(&server, [&] { return !told.empty(); }));
    EXPECT_EQ(told[0], kDenied);
    EXPECT_EQ(access(), kDenied);
}

TEST_F(AccessQuestion, ThatIsClosedDecidesNothingAndMayBeAskedAgainAFewTimes)
{
    begin();
    NotificationServer server;
    for (std::size_t time = 1; time <= 4; ++time) {
        ask();
        if (time <= 3) {
            ASSERT_TRUE(until(&server, [&] { return server.shown.size() == time; }));
            server.close(server.shown.back().id);
        }
        ASSERT_TRUE(until(&server, [&] { return told.size() == time; }));
        EXPECT_EQ(told.back(), kUnspecified);
    }
    EXPECT_EQ(server.shown.size(), 3U) << "an app does not fill the screen";
}

TEST_F(AccessQuestion, IsAskedOnceHoweverOftenTheAppAsks)
{
    begin();
    NotificationServer server;
    ask();
    ask();
    ask();
    ASSERT_TRUE(until(&server, [&] { return !server.shown.empty(); }));
    server.click(server.shown[0].id, "allow");
    ASSERT_TRUE(until(&server, [&] { return told.size() == 3; }));
    EXPECT_EQ(told, (std::vector<std::int32_t>(3, kAllowedOnLockScreen)));
    EXPECT_EQ(server.shown.size(), 1U);
}

TEST_F(AccessQuestion, IsAnsweredOnlyByTheServerThatShowsIt)
{
    begin();
    NotificationServer server;
    ask();
    ASSERT_TRUE(until(&server, [&] { return !server.shown.empty(); }));
    auto stranger = ipc::Bus::session();
    ASSERT_TRUE(stranger);
    Message click = stranger->signal(kNotificationsPath, kNotifications, "ActionInvoked");
    click.write(server.shown[0].id).write("allow");
    ASSERT_TRUE(stranger->send(click));
    stranger->flush();
    // Whatever the stranger said has arrived before this closing does: the bus keeps the order of what it was given.
    Message ping =
        stranger->method_call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetId");
    ASSERT_TRUE(stranger->call(ping));
    server.close(server.shown[0].id);
    ASSERT_TRUE(until(&server, [&] { return !told.empty(); }));
    EXPECT_EQ(told[0], kUnspecified);
    EXPECT_EQ(access(), kUnspecified);
}

TEST_F(AccessQuestion, GoesWhenItWasDecidedOnACommandLine)
{
    begin();
    NotificationServer server;
    ask();
    ASSERT_TRUE(until(&server, [&] { return !server.shown.empty(); }));
    ASSERT_TRUE(user->call("Allow", kFamily));
    ASSERT_TRUE(until(&server, [&] { return !told.empty() && !server.withdrawn.empty(); }));
    EXPECT_EQ(told[0], kAllowedOnLockScreen);
    EXPECT_EQ(server.withdrawn[0], server.shown[0].id);
}

TEST_F(AccessQuestion, EndsWithTheServerThatShowedIt)
{
    begin();
    auto server = std::make_unique<NotificationServer>();
    ask();
    ASSERT_TRUE(until(server.get(), [&] { return !server->shown.empty(); }));
    server->turn();
    server.reset();
    ASSERT_TRUE(until(nullptr, [&] { return !told.empty(); }));
    EXPECT_EQ(told[0], kUnspecified);
}

TEST_F(AccessQuestion, IsNotAskedWhereNobodyCanBeAndThePolicyDecides)
{
    begin();
    ask();
    ASSERT_TRUE(until(nullptr, [&] { return !told.empty(); }));
    EXPECT_EQ(told[0], kUnspecified);
    EXPECT_NE(broker_log().find("latchkey allow"), std::string::npos) << broker_log();

    std::filesystem::create_directories(root / "config");
    std::ofstream(root / "config" / "policy.toml") << "unasked = \"allow\"\n";
    ASSERT_TRUE(user->call("Reload"));
    ask();
    ASSERT_TRUE(until(nullptr, [&] { return told.size() == 2; }));
    EXPECT_EQ(told[1], kAllowedOnLockScreen);
}

} // namespace
} // namespace latchkey::test
