// SPDX-License-Identifier: MIT
// Updates and removals while tasks run.
#include "packages_rig.h"
#include "support/processes.h"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <random>
#include <thread>

#include <sys/stat.h>

namespace latchkey::test {
namespace {

namespace fs = std::filesystem;

// CancellationReason
constexpr char kServicingUpdate[] = "cancelled with reason 3";
constexpr char kUninstall[] = "cancelled with reason 5";

TEST_F(PackagesTest, AnUpdateCancelsWhatRunsThenFiresServicingComplete)
{
    start();
    Connection user = connect();
    ASSERT_TRUE(install_actors(user, "1.0.0.0"));
    std::string const waiting = register_act(user, "waits");
    std::string const after = register_act(user, "nothing", "ServicingComplete");
    ASSERT_TRUE(user.call("Fire", waiting, Dictionary{{"now", true}}));
    ASSERT_TRUE(user.eventually([&] { return user.explain(waiting).get<std::uint32_t>("progress") > 0; }));
    fs::path const old = root / "state/packages/Contoso.Actors_1.0.0.0_neutral__h91ms92gdsmmt";
    ASSERT_TRUE(fs::exists(old));

    auto const updated = install_actors(user, "2.0.0.0");
    ASSERT_TRUE(updated) << updated.text;
    EXPECT_TRUE(user.eventually([&] { return has_event(user, waiting, 2, kServicingUpdate); }));
    EXPECT_TRUE(user.eventually([&] { return user.explain(after).get<std::int32_t>("last-result", -1) == 0; }));
    EXPECT_TRUE(user.eventually([&] { return has_event(user, after, 2); })) << "the task of the new version ran";
    EXPECT_EQ(user.list().size(), 2U) << "registrations outlive an update";
    EXPECT_TRUE(user.eventually([&] { return !fs::exists(old); })) << "the old folder is deleted";

    auto const older = install_actors(user, "1.5.0.0");
    EXPECT_EQ(older.error, "Downgrade");
    EXPECT_EQ(older.text.substr(0, 10), "0x80073d06");
}

TEST_F(PackagesTest, AnEntryPointThatAnUpdateTookAwayFailsVisiblyAndIsGone)
{
    start();
    Connection user = connect();
    ASSERT_TRUE(install_actors(user, "1.0.0.0"));
    std::string const task = register_act(user, "nothing");
    ASSERT_TRUE(install_actors(user, "2.0.0.0", "HostTasks.Other"));
    ASSERT_EQ(user.list().size(), 1U);
    ASSERT_TRUE(user.call("Fire", task, Dictionary{{"now", true}}));
    EXPECT_TRUE(user.eventually([&] { return user.list().empty(); }));
    EXPECT_TRUE(has_event(user, task, 21)) << "the activation failed";
    EXPECT_TRUE(has_event(user, task, 20)) << "and the registration was deleted";
}

TEST_F(PackagesTest, RemovingCancelsWhatRunsAndLeavesTheDataUnlessAsked)
{
    start();
    Connection user = connect();
    ASSERT_TRUE(install_actors(user, "1.0.0.0"));
    std::string const waiting = register_act(user, "waits");
    ASSERT_TRUE(user.call("Fire", waiting, Dictionary{{"now", true}}));
    // It listens by then: who is cancelled before hears nothing.
    ASSERT_TRUE(user.eventually([&] { return user.explain(waiting).get<std::uint32_t>("progress") > 0; }));
    fs::path const data = root / "state/data/Contoso.Actors_h91ms92gdsmmt/LocalState";
    struct stat status {};
    ASSERT_EQ(::stat(data.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0700U);

    auto const removed = user.call("Remove", "Contoso.Actors", Dictionary());
    ASSERT_TRUE(removed) << removed.text;
    EXPECT_TRUE(has_event(user, waiting, 2, kUninstall));
    EXPECT_TRUE(user.list().empty());
    EXPECT_TRUE(fs::exists(data));
    EXPECT_TRUE(fs::is_empty(root / "state/packages"));
    EXPECT_TRUE(fs::is_empty(root / "state/installed"));

    ASSERT_TRUE(install_actors(user, "1.0.0.0"));
    EXPECT_TRUE(user.call("Remove", "Contoso.Actors", Dictionary{{"data", true}}));
    EXPECT_FALSE(fs::exists(data));
}

TEST_F(PackagesTest, ABrokerThatIsKilledKnowsItsPackagesAgain)
{
    start();
    {
        Connection user = connect();
        ASSERT_TRUE(install_actors(user, "1.0.0.0"));
        register_act(user, "nothing");
    }
    kill();
    start();
    Connection user = connect();
    std::string const task = user.list().at(0).get<std::string>("id");
    ASSERT_TRUE(user.call("Fire", task, Dictionary{{"now", true}}));
    EXPECT_TRUE(user.eventually([&] { return has_event(user, task, 2); }));
    auto packages = user.call("ListPackages");
    ASSERT_TRUE(packages);
    auto const all = packages.message->read_dictionaries();
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].get<std::string>("version"), "1.0.0.0");
}

// At whatever moment of an update the broker dies, the next one has one of the two versions, and its tasks run.
TEST_F(PackagesTest, KilledInTheMiddleOfUpdatesItAlwaysHasAPackageThatWorks)
{
    constexpr int kRounds = 20;
    std::random_device device;
    unsigned const seed = device();
    std::mt19937 random(seed);
    SCOPED_TRACE("seed " + std::to_string(seed));
    start();
    auto const begin = std::chrono::steady_clock::now();
    {
        Connection user = connect();
        ASSERT_TRUE(install_actors(user, "1.0.0.0"));
        register_act(user, "nothing");
    }
    auto const once = std::chrono::steady_clock::now() - begin;
    int version = 1;
    int updated = 0;
    for (int round = 0; round < kRounds; ++round) {
        std::string const next = std::to_string(version + 1) + ".0.0.0";
        std::string const folder = write_actors(next);
        Connection other = connect();
        std::thread installing([&] { (void)other.call("Install", folder, Dictionary()); });
        (void)ends_within(broker(), once * (random() % 100) / 100);
        kill();
        installing.join();
        start();
        Connection user = connect();
        auto packages = user.call("ListPackages");
        ASSERT_TRUE(packages);
        auto const all = packages.message->read_dictionaries();
        ASSERT_EQ(all.size(), 1U);
        int const now = std::stoi(all[0].get<std::string>("version"));
        EXPECT_TRUE(now == version || now == version + 1) << now << " after " << version;
        updated += now - version;
        version = now;
        Dictionary const before = user.list().at(0);
        std::string const task = before.get<std::string>("id");
        ASSERT_TRUE(user.call("Fire", task, Dictionary{{"now", true}}));
        // Until it has ended: the next kill is for the update, not for a task that has only been activated.
        Dictionary after;
        ASSERT_TRUE(user.eventually([&] {
            after = user.list().at(0);
            return after.get<std::string>("state") == "idle" &&
                   after.get<std::uint64_t>("last-end_us") > before.get<std::uint64_t>("last-end_us");
        }));
        EXPECT_EQ(after.get<std::int32_t>("last-result", -1), 0);
    }
    (void)std::printf("killed %d times, %d of them after the update\n", kRounds, updated);
}

TEST_F(PackagesTest, ADamagedRecordIsSaidAndTheRestWorks)
{
    start();
    {
        Connection user = connect();
        ASSERT_TRUE(install_actors(user, "1.0.0.0"));
        install(user);
    }
    kill();
    fs::resize_file(root / "state/installed/Contoso.Actors_h91ms92gdsmmt", 40);
    start();
    Connection user = connect();
    auto packages = user.call("ListPackages");
    ASSERT_TRUE(packages);
    EXPECT_EQ(packages.message->read_dictionaries().size(), 1U);
    EXPECT_TRUE(fs::exists(root / "state/installed/Contoso.Actors_h91ms92gdsmmt.damaged"));
    EXPECT_NE(broker_log().find("Contoso.Actors_h91ms92gdsmmt.damaged"), std::string::npos) << broker_log();
    EXPECT_TRUE(install_actors(user, "1.0.0.0")) << "installing it again mends it";
}

} // namespace
} // namespace latchkey::test
