// SPDX-License-Identifier: MIT
// Registrations over the bus: what apps and people do with them, and that they outlive everything.
#include "core/cancellation.h"
#include "rig.h"

#include <algorithm>

namespace latchkey::test {
namespace {

TEST_F(BrokerTest, RegistersForAnAppThatThenListsAndEndsItsOwn)
{
    start();
    Connection user = connect();
    std::string const family = install(user);
    auto const app = member();
    auto who = app->connection->call("WhoAmI");
    ASSERT_TRUE(who);
    Dictionary const identity = who.message->read_dictionary();
    EXPECT_EQ(identity.get<std::string>("package"), family);
    EXPECT_EQ(family, kFamily);
    EXPECT_EQ(identity.get<std::string>("name"), "Contoso.Mail");
    EXPECT_FALSE(identity.get<bool>("trusted", true));

    Dictionary options = task("Sync");
    options.set("group", "g1");
    options.set("group-name", "First");
    options.set("cancel-on-condition-loss", true);
    std::string const id = app->connection->must_register(options);
    auto const tasks = app->connection->list();
    ASSERT_EQ(tasks.size(), 1U);
    EXPECT_EQ(tasks[0].get<std::string>("id"), id);
    EXPECT_EQ(tasks[0].get<std::string>("package"), family);
    EXPECT_EQ(tasks[0].get<std::string>("trigger"), "TimeZoneChange");
    EXPECT_EQ(tasks[0].get<std::string>("state"), "idle");
    EXPECT_EQ(tasks[0].get<std::string>("group-name"), "First");
    EXPECT_TRUE(tasks[0].get<bool>("cancel-on-condition-loss"));
    EXPECT_EQ(tasks[0].get<std::vector<std::string>>("conditions"), std::vector<std::string>{"UserPresent"});
    EXPECT_GT(tasks[0].get<std::uint64_t>("created_us"), 0U);
    EXPECT_TRUE(app->connection->list({{"all-groups", false}}).empty()) << "it is in a group";
    EXPECT_EQ(app->connection->list({{"group", "g1"}}).size(), 1U);

    EXPECT_TRUE(app->connection->call("Unregister", "Sync", false));
    EXPECT_TRUE(user.list().empty());
}

TEST_F(BrokerTest, ExplainsAFiringThatWaitsAndLogsWhatHappened)
{
    start();
    Connection user = connect();
    std::string const family = install(user);
    Dictionary options = task("Sync");
    options.set("package", "Contoso.Mail"); // the user may say it short
    std::string const id = user.must_register(options);
    Dictionary const before = user.explain("Sync");
    EXPECT_NE(before.get<std::string>("answer").find("has not fired"), std::string::npos);

    ASSERT_TRUE(user.call("Fire", id.substr(0, 8), Dictionary()));
    Dictionary const why = user.explain(family + "/Sync");
    EXPECT_EQ(why.get<std::string>("state"), "latched");
    EXPECT_EQ(why.get<std::vector<std::string>>("missing"), std::vector<std::string>{"UserPresent"});
    EXPECT_GT(why.get<std::uint64_t>("latched-since_us"), 0U);
    EXPECT_NE(why.get<std::string>("answer").find("waits for: UserPresent"), std::string::npos);
    auto const conditions = why.get<std::vector<Dictionary>>("conditions");
    ASSERT_EQ(conditions.size(), 1U);
    EXPECT_FALSE(conditions[0].get<bool>("holds", true));
    for (char const* key : {"trigger-source", "access", "allowed", "quota-used_us", "quota_us", "quota-renews_us",
                            "running", "instance", "buffered", "restarts", "runs", "next-due_us", "last-result"}) {
        EXPECT_NE(why.find(key), nullptr) << key;
    }

    auto log = user.call("Log", Dictionary{{"task", "Sync"}});
    ASSERT_TRUE(log);
    auto const events = log.message->read_dictionaries();
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[0].get<std::uint32_t>("event"), 1002U);
    EXPECT_EQ(events[1].get<std::uint32_t>("event"), 13U) << "newest last";
    EXPECT_EQ(events[1].get<std::string>("text"), "Sync was latched: condition UserPresent has value unknown");
}

TEST_F(BrokerTest, IsKilledAndTheNextOneKnowsEverything)
{
    start();
    std::string id;
    {
        Connection user = connect();
        install(user);
        auto const app = member();
        id = app->connection->must_register(task("Sync"));
        ASSERT_TRUE(user.call("Fire", id, Dictionary()));
    }
    kill();
    start();
    Connection user = connect();
    EXPECT_EQ(user.list().size(), 1U);
    // It answers before it has proved the processes of the old one gone.
    EXPECT_TRUE(user.eventually([&] { return user.explain(id).get<std::string>("state") == "latched"; }));
    auto packages = user.call("ListPackages");
    ASSERT_TRUE(packages);
    EXPECT_EQ(packages.message->read_dictionaries().size(), 1U);
    // The app has its identity again, too.
    EXPECT_EQ(member()->connection->list().size(), 1U);
    EXPECT_EQ(stop(), 0);
}

TEST_F(BrokerTest, TellsWatchersWhatHappensAsItHappens)
{
    start();
    Connection user = connect();
    install(user);
    std::vector<Dictionary> events;
    int added = 0;
    Connection watcher = connect();
    ASSERT_TRUE(watcher.bus.on_signal("org.latchkey.Broker1", "Event",
                                      [&](Message& signal) { events.push_back(signal.read_dictionary()); }));
    ASSERT_TRUE(
        watcher.bus.on_signal("org.freedesktop.DBus.ObjectManager", "InterfacesAdded", [&](Message&) { ++added; }));
    ASSERT_TRUE(watcher.call("Watch"));
    Dictionary options = task("Sync");
    options.set("package", kFamily);
    std::string const id = user.must_register(options);
    ASSERT_TRUE(user.call("Fire", id, Dictionary()));
    ASSERT_TRUE(watcher.wait_for([&] { return events.size() == 2 && added == 1; }));
    EXPECT_EQ(events[0].get<std::string>("text"), "Sync was registered");
    EXPECT_EQ(events[1].get<std::string>("task"), id);
}

struct Refusal {
    char const* key;
    Value value;
    char const* error;
    char const* hresult;
    char const* text;
};

TEST_F(BrokerTest, RefusesWhatCannotBeRegisteredWithNameHResultAndTheManifest)
{
    start();
    Connection user = connect();
    install(user);
    auto const app = member();
    for (Refusal const& refusal : {
             Refusal{"entry-point", "Tasks.Other", "ClassNotRegistered", "0x80040154", "AppxManifest.xml"},
             Refusal{"trigger", "PushNotificationTrigger", "ClassNotRegistered", "0x80040154", "Tasks.Mail"},
             Refusal{"trigger", "TimeTrigger:14", "InvalidArgument", "0x80070057", "freshness"},
             Refusal{"trigger", "TimeTrigger:many", "InvalidArgument", "0x80070057", "no such trigger"},
             Refusal{"trigger", "", "InvalidArgument", "0x80070057", "no trigger"},
             Refusal{"trigger", "OnlineIdConnectedStateChange", "NotSupported", "0x80070032", "Linux"},
             Refusal{"name", "", "InvalidArgument", "0x80070057", "name"},
             Refusal{"name", std::string(4097, 'x'), "LimitExceeded", "0x80070718", "max-text-bytes is 4096"},
             Refusal{"conditions", std::vector<std::string>{"Hungry"}, "InvalidArgument", "0x80070057", "Hungry"},
             Refusal{"conditions", std::vector<std::string>(17, "UserPresent"), "LimitExceeded", "0x80070718",
                     "max-conditions is 16"},
             Refusal{"one-shot", "yes", "InvalidArgument", "0x80070057", "type b"},
             Refusal{"on-shot", true, "InvalidArgument", "0x80070057", "no option \"on-shot\""},
             Refusal{"package", "Fabrikam_h91ms92gdsmmt", "AccessDenied", "0x80070005", "itself only"},
         }) {
        Dictionary options = task("Sync");
        options.set(refusal.key, refusal.value);
        auto const outcome = app->connection->call("Register", options);
        ASSERT_FALSE(outcome) << refusal.key;
        EXPECT_EQ(outcome.error, refusal.error) << outcome.text;
        EXPECT_EQ(outcome.text.substr(0, 11), refusal.hresult + std::string(" ")) << outcome.text;
        EXPECT_NE(outcome.text.find(refusal.text), std::string::npos) << outcome.text;
    }
    auto const nobody = user.call("Register", task("Sync"));
    EXPECT_EQ(nobody.error, "NoPackageIdentity");
    EXPECT_EQ(nobody.text.substr(0, 10), "0x80070490");
    EXPECT_TRUE(user.list().empty());
}

TEST_F(BrokerTest, KnowsATaskByIdPrefixNameAndPackageAndListsSeveral)
{
    start();
    Connection user = connect();
    install(user);
    auto const app = member();
    std::string const first = app->connection->must_register(task("Sync"));
    for (std::string const& word : {first, first.substr(0, 4), std::string("Sync"), kFamily + std::string("/Sync")}) {
        EXPECT_EQ(user.explain(word).get<std::string>("id"), first) << word;
    }
    std::string const second = app->connection->must_register(task("Sync"));
    auto const two = user.call("Explain", "Sync");
    EXPECT_EQ(two.error, "AmbiguousTask");
    EXPECT_NE(two.text.find(first), std::string::npos);
    EXPECT_NE(two.text.find(second), std::string::npos);
    EXPECT_EQ(user.call("Explain", "Sinc").error, "NoSuchTask");
    EXPECT_EQ(user.call("Explain", first.substr(0, 3)).error, "NoSuchTask") << "a prefix has at least 4 digits";
    EXPECT_EQ(user.call("Explain", "").error, "NoSuchTask");
}

TEST_F(BrokerTest, ShowsRegistrationsAsObjectsToThoseWhoMaySeeThem)
{
    start();
    Connection user = connect();
    install(user);
    auto const app = member();
    std::string id = app->connection->must_register(task("Sync"));
    std::replace(id.begin(), id.end(), '-', '_');
    std::string const path = "/org/latchkey/Broker1/registration/" + id;
    auto const name_of = [&](Connection& by) {
        Message get = by.bus.method_call("", path, "org.freedesktop.DBus.Properties", "Get");
        get.write("org.latchkey.Registration1").write("Name");
        auto outcome = by.send(get);
        return outcome ? *outcome.message->read_variant().as<std::string>() : outcome.error;
    };
    EXPECT_EQ(name_of(user), "Sync");
    EXPECT_EQ(name_of(*app->connection), "Sync");
    install(user, "Fabrikam.Feed");
    auto const other = member("Fabrikam.Feed");
    EXPECT_EQ(name_of(*other->connection), "org.freedesktop.DBus.Error.UnknownObject");

    Message all =
        user.bus.method_call("", "/org/latchkey/Broker1", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects");
    EXPECT_TRUE(user.send(all));
    Message version = user.bus.method_call("", "/org/latchkey/Broker1", "org.freedesktop.DBus.Properties", "Get");
    version.write("org.latchkey.Broker1").write("Version");
    auto answer = user.send(version);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer.message->read_variant(), Value(std::uint32_t{1}));
}

} // namespace
} // namespace latchkey::test
