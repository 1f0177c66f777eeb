// SPDX-License-Identifier: MIT
// The whole way: an app registers, something fires, the task runs in its host, and the app is told.
#include "rig.h"
#include "support/processes.h"

#include <csignal>
#include <fstream>

namespace latchkey::test {
namespace {

struct Completed {
    std::string task, instance, text;
    std::int32_t result = 0;
};

// What a connection is told.
struct Told {
    explicit Told(Connection& connection)
    {
        EXPECT_TRUE(connection.bus.on_signal("org.latchkey.Broker1", "Completed", [this](Message& signal) {
            Completed one;
            one.task = signal.read_string();
            one.instance = signal.read_string();
            one.result = signal.read_int32();
            one.text = signal.read_string();
            completions.push_back(std::move(one));
        }));
        EXPECT_TRUE(connection.bus.on_signal("org.latchkey.Broker1", "Progress", [this](Message& signal) {
            signal.read_string();
            signal.read_string();
            progress.push_back(signal.read_uint32());
        }));
    }
    std::vector<Completed> completions;
    std::vector<std::uint32_t> progress;
};

class Running : public BrokerTest {
protected:
    void SetUp() override
    {
        start();
        user.emplace(connect());
        install(*user, "Contoso.Mail", Tasks::Real);
    }
    std::string state(std::string const& task) { return user->explain(task).get<std::string>("state"); }
    bool wait_until_running(std::string const& task)
    {
        return user->eventually([&] { return user->explain(task).get<std::uint32_t>("progress") > 0; });
    }
    std::optional<Connection> user;
};

TEST_F(Running, ATaskRunsInItsHostAndItsAppIsToldOnce)
{
    auto const app = member();
    Told told(*app->connection);
    std::string const task = app->connection->must_register(act("counts"));
    ASSERT_TRUE(app->connection->call("Attach", task));
    long const before = wake_ups();
    ASSERT_TRUE(user->call("Fire", task, Dictionary()));
    ASSERT_TRUE(app->connection->wait_for([&] { return !told.completions.empty(); }));
    EXPECT_LE(wake_ups() - before, 100) << "for a start, 100,000 updates of the progress and the completion";
    Completed const& completed = told.completions.front();
    EXPECT_EQ(completed.task, task);
    EXPECT_EQ(completed.text.substr(0, 12), "microseconds") << completed.text;
    ASSERT_FALSE(told.progress.empty()) << "the last value always";
    EXPECT_EQ(told.progress.back(), 100'000U);

    ASSERT_TRUE(app->connection->call("Acknowledge", task, completed.instance));
    ASSERT_TRUE(app->connection->call("Attach", task));
    ASSERT_TRUE(app->connection->call("WhoAmI"));
    EXPECT_EQ(told.completions.size(), 1U) << "an acknowledged completion is not sent again";
    Dictionary const why = user->explain(task);
    auto const runs = why.get<std::vector<Dictionary>>("runs");
    ASSERT_EQ(runs.size(), 1U);
    EXPECT_EQ(runs[0].get<std::string>("instance"), completed.instance);
    EXPECT_GE(runs[0].get<std::uint64_t>("end_us"), runs[0].get<std::uint64_t>("start_us"));
    EXPECT_EQ(user->list()[0].get<std::uint64_t>("runs"), 1U);
}

TEST_F(Running, ACompletionWaitsForTheAppThatComesBackAndIsSentUntilItIsAcknowledged)
{
    std::string task;
    {
        auto const app = member();
        task = app->connection->must_register(act("throws"));
    }
    ASSERT_TRUE(user->call("Fire", task, Dictionary()));
    ASSERT_TRUE(user->eventually([&] { return user->explain(task).get<std::uint64_t>("last-end_us") > 0; }));
    for (int launch = 0; launch < 2; ++launch) { // the first one ends without a word
        auto const app = member();
        Told told(*app->connection);
        ASSERT_TRUE(app->connection->call("Attach", ""));
        ASSERT_TRUE(app->connection->wait_for([&] { return !told.completions.empty(); }));
        EXPECT_EQ(told.completions[0].result, static_cast<std::int32_t>(0x80004001));
        EXPECT_EQ(told.completions[0].text, "not yet");
        if (launch == 1) {
            ASSERT_TRUE(app->connection->call("Acknowledge", task, told.completions[0].instance));
        }
    }
}

TEST_F(Running, ATaskThatIsCancelledHearsTheReason)
{
    Dictionary options = act("waits");
    options.set("package", kFamily);
    std::string const task = user->must_register(options);
    EXPECT_EQ(user->call("Cancel", task, std::int32_t{0}).error, "InvalidState");
    Connection watcher = connect();
    Told told(watcher);
    ASSERT_TRUE(watcher.call("Watch"));
    ASSERT_TRUE(user->call("Fire", task, Dictionary()));
    ASSERT_TRUE(wait_until_running(task));
    EXPECT_EQ(state(task), "running");
    EXPECT_EQ(user->call("Cancel", task, std::int32_t{12}).error, "InvalidArgument");
    ASSERT_TRUE(user->call("Cancel", task, std::int32_t{3}));
    ASSERT_TRUE(watcher.wait_for([&] { return !told.completions.empty(); }));
    EXPECT_EQ(told.completions[0].text, "cancelled with reason 3");
    EXPECT_FALSE(told.progress.empty());
}

// A child of a task does not die with the broker: the next one ends it before the task begins again.
TEST_F(Running, WhatATaskOfAKilledBrokerLeftIsGoneBeforeItBeginsAgain)
{
    Dictionary options = act("shows its child");
    options.set("package", kFamily);
    std::string const task = user->must_register(options);
    ASSERT_TRUE(user->call("Fire", task, Dictionary()));
    ASSERT_TRUE(wait_until_running(task));
    auto const told = static_cast<pid_t>(user->explain(task).get<std::uint32_t>("progress"));
    pid_t const child = descendant_that_is(broker(), told); // a container counts its own
    ASSERT_NE(child, 0) << "process " << told;
    kill();
    start();
    user.emplace(connect());
    ASSERT_TRUE(wait_until_running(task));
    EXPECT_TRUE(ends_within(child, std::chrono::seconds(0))) << "process " << child;
}

TEST_F(Running, ATaskWhoseBrokerIsKilledIsStartedAgainByTheNextOne)
{
    Dictionary options = act("waits");
    options.set("package", kFamily);
    std::string const task = user->must_register(options);
    ASSERT_TRUE(user->call("Fire", task, Dictionary()));
    ASSERT_TRUE(wait_until_running(task));
    std::string const first = user->explain(task).get<std::string>("instance");
    kill();
    start();
    user.emplace(connect());
    ASSERT_TRUE(wait_until_running(task));
    Dictionary const why = user->explain(task);
    EXPECT_EQ(why.get<std::uint32_t>("restarts"), 1U);
    EXPECT_NE(why.get<std::string>("instance"), first);
    ASSERT_TRUE(user->call("Cancel", task, std::int32_t{0}));
    ASSERT_TRUE(user->eventually([&] { return state(task) == "idle"; }));
}

TEST_F(Running, ACleanEndTellsTasksThatTheUserLogsOffAndTheirWorkGoesOnAfterwards)
{
    Dictionary options = act("waits");
    options.set("package", kFamily);
    std::string const task = user->must_register(options);
    ASSERT_TRUE(user->call("Fire", task, Dictionary()));
    ASSERT_TRUE(wait_until_running(task));
    EXPECT_EQ(stop(), 0);
    start();
    user.emplace(connect());
    auto log = user->call("Log", Dictionary{{"task", task}});
    ASSERT_TRUE(log);
    auto const events = log.message->read_dictionaries();
    ASSERT_FALSE(events.empty());
    EXPECT_EQ(events.back().get<std::uint32_t>("event"), 2U);
    EXPECT_NE(events.back().get<std::string>("text").find("cancelled with reason 2"), std::string::npos);
}

TEST_F(Running, ATaskThatIsUnregisteredInTheTurnInWhichItFiresLeavesNoHostBehind)
{
    for (int round = 0; round < 8; ++round) {
        Dictionary options = act("nothing");
        options.set("package", kFamily);
        std::string const task = user->must_register(options);
        Message fire = user->method("Fire");
        fire.write(task).write(Dictionary());
        Message unregister = user->method("Unregister");
        unregister.write(task).write(false);
        // Both are with the broker before it answers the first.
        ASSERT_TRUE(user->bus.send(fire));
        ASSERT_TRUE(user->bus.send(unregister));
        ASSERT_TRUE(user->eventually([&] { return user->list().empty(); }));
    }
    // The first zygote stays; the app's, the first process of its container and the host that it keeps ready.
    ASSERT_TRUE(user->eventually([&] { return children_of(broker()).size() <= 4; }));
}

TEST_F(Running, AnAppTriggersItsOwnTaskWithArguments)
{
    auto const app = member();
    Told told(*app->connection);
    Dictionary options = act("looks");
    options.set("trigger", "ApplicationTrigger");
    std::string const real = app->connection->must_register(options);
    Dictionary const arguments{{"answer", std::int32_t{42}}, {"word", "tea"}};
    ASSERT_TRUE(app->connection->call("Attach", real));
    auto allowed = app->connection->call("RequestApplicationTrigger", arguments);
    ASSERT_TRUE(allowed) << allowed.text;
    EXPECT_EQ(allowed.message->read_int32(), 0);
    ASSERT_TRUE(app->connection->wait_for([&] { return !told.completions.empty(); }));
    EXPECT_NE(told.completions[0].text.find("answer=42 word=tea"), std::string::npos) << told.completions[0].text;
    ASSERT_TRUE(app->connection->call("Unregister", real, false));

    options.set("entry-point", "Tasks.Mail"); // declared, but in no library
    std::string const task = app->connection->must_register(options);
    ASSERT_TRUE(app->connection->call("Attach", ""));
    auto outcome = app->connection->call("RequestApplicationTrigger", Dictionary{{"answer", std::int32_t{42}}});
    ASSERT_TRUE(outcome) << outcome.text;
    EXPECT_EQ(outcome.message->read_int32(), 0);
    // A class that no library makes is a visible end of this activation.
    ASSERT_TRUE(app->connection->wait_for([&] { return told.completions.size() == 2; }));
    EXPECT_NE(told.completions[1].text.find("Tasks.Mail"), std::string::npos) << told.completions[1].text;
    EXPECT_LT(told.completions[1].result, 0);
    EXPECT_EQ(state(task), "idle");
    auto log = user->call("Log", Dictionary{{"task", task}});
    ASSERT_TRUE(log);
    bool failed = false;
    for (Dictionary const& event : log.message->read_dictionaries()) {
        failed = failed || event.get<std::uint32_t>("event") == 21;
    }
    EXPECT_TRUE(failed);
}

TEST_F(Running, AnUpdateCancelsAndFiresServicingCompleteAndARemovalEndsEverything)
{
    Dictionary waiting = act("waits");
    waiting.set("package", kFamily);
    std::string const task = user->must_register(waiting);
    Dictionary after = act("nothing");
    after.set("trigger", "ServicingComplete");
    after.set("package", kFamily);
    std::string const serviced = user->must_register(after);
    ASSERT_TRUE(user->call("Fire", task, Dictionary()));
    ASSERT_TRUE(wait_until_running(task));

    auto updated =
        user->call("Install", write_package("Contoso.Mail", "1.1.0.0", Tasks::Real), Dictionary{{"in-place", true}});
    ASSERT_TRUE(updated) << updated.text;
    EXPECT_TRUE(updated.message->read_dictionary().get<bool>("updated"));
    ASSERT_TRUE(user->eventually([&] { return user->explain(serviced).get<std::uint64_t>("last-end_us") > 0; }));
    auto const runs = user->explain(task).get<std::vector<Dictionary>>("runs");
    ASSERT_FALSE(runs.empty());
    EXPECT_EQ(runs[0].get<std::string>("text"), "cancelled with reason 3") << "ServicingUpdate";

    ASSERT_TRUE(user->call("Remove", "Contoso.Mail", Dictionary{{"data", true}}));
    EXPECT_TRUE(user->list().empty());
    auto packages = user->call("ListPackages");
    ASSERT_TRUE(packages);
    EXPECT_TRUE(packages.message->read_dictionaries().empty());
    EXPECT_FALSE(std::filesystem::exists(root / "state/data" / kFamily));
}

TEST_F(Running, AnAppIsLaunchedWithItsIdentityAndOnlyOnce)
{
    // The member hands its connection over descriptor 3, which a launched app does not have: it ends at once.
    Message message = user->method("Launch");
    message.write("Contoso.Mail").write(std::vector<std::string>{(root / "run/broker").string()});
    message.write(std::vector<std::string>()).write_descriptors({});
    auto outcome = user->send(message);
    ASSERT_TRUE(outcome) << outcome.text;
    EXPECT_GT(outcome.message->read_uint32(), 0U);
    Message wrong = user->method("Launch");
    wrong.write("Contoso.Mail!Nobody").write(std::vector<std::string>()).write(std::vector<std::string>());
    wrong.write_descriptors({});
    EXPECT_EQ(user->send(wrong).error, "InvalidArgument");
}

} // namespace
} // namespace latchkey::test
