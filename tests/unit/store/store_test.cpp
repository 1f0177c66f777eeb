// SPDX-License-Identifier: MIT
#include "store/store.h"
#include "support/broker_rig.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {
std::uint64_t g_syncs = 0;
}
// SQLite's own calls end here: the number of syncs is part of the contract.
extern "C" __attribute__((visibility("default"))) int fdatasync(int descriptor)
{
    ++g_syncs;
    return static_cast<int>(::syscall(SYS_fdatasync, descriptor));
}

namespace latchkey::store {
namespace {

using namespace core;
using namespace std::chrono_literals;
using test::BrokerRig;

WallTime const kNow = WallTime(std::chrono::sys_days(std::chrono::year(2026) / 11 / 21)) + 9h + 15min;
Trigger const kZone = system_trigger(SystemTriggerType::TimeZoneChange, false);

class Stores : public ::testing::Test {
protected:
    void SetUp() override
    {
        std::string pattern = (std::filesystem::temp_directory_path() / "latchkey-store-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        folder = pattern;
        path = folder / "broker.db";
    }
    void TearDown() override { std::filesystem::remove_all(folder); }

    Store must_open(StoreOptions options = {.new_installation = {1, 2}})
    {
        auto opened = Store::open(path, options, kNow);
        if (!opened) throw std::runtime_error(opened.error().what);
        return std::move(*opened);
    }
    // What a commit must be told: everything that the rig's last event made durable.
    void mirror(Store& store, BrokerRig const& rig)
    {
        auto const done = store.commit(rig.effects);
        ASSERT_TRUE(done.has_value()) << done.error().what;
    }

    std::filesystem::path folder;
    std::filesystem::path path;
};

void expect_same(Snapshot const& stored, Snapshot const& expected)
{
    EXPECT_EQ(stored.installation, expected.installation);
    EXPECT_EQ(stored.last_instance, expected.last_instance);
    EXPECT_EQ(stored.packages, expected.packages);
    EXPECT_EQ(stored.instances, expected.instances);
    EXPECT_EQ(stored.hosts, expected.hosts);
    ASSERT_EQ(stored.tasks.size(), expected.tasks.size());
    for (std::size_t i = 0; i < stored.tasks.size(); ++i) {
        EXPECT_EQ(stored.tasks[i].registration, expected.tasks[i].registration);
        EXPECT_EQ(stored.tasks[i].state, expected.tasks[i].state);
        EXPECT_EQ(stored.tasks[i].undelivered, expected.tasks[i].undelivered);
        EXPECT_EQ(stored.tasks[i].details_count, expected.tasks[i].details_count);
        EXPECT_EQ(stored.tasks[i].details_first, expected.tasks[i].details_first);
    }
}

TEST_F(Stores, BeginEmptyWithAnInstallationIdThatStays)
{
    EXPECT_EQ(must_open().take_snapshot().installation, (Guid{1, 2}));
    auto again = must_open({.new_installation = {3, 4}});
    EXPECT_EQ(again.take_snapshot().installation, (Guid{1, 2}));
    EXPECT_TRUE(again.notice().empty());
}

TEST_F(Stores, GiveBackWhatABrokerDidInARandomLife)
{
    std::mt19937 random(42);
    BrokerRig rig;
    auto store = std::make_optional(must_open());
    std::vector<TaskId> tasks;
    auto const mirrored = [&] { mirror(*store, rig); };
    rig.configure(rig.declaration());
    mirrored();
    rig.send(event::SetAccess{{}, SharedText("Contoso"), Access::Allowed});
    mirrored();
    for (int step = 0; step < 500; ++step) {
        TaskId const some = tasks.empty() ? TaskId{} : tasks[random() % tasks.size()];
        switch (random() % 12) {
        case 0: {
            auto request = rig.request(random() % 2 == 0 ? kZone : trigger_of(TriggerKind::PushNotification));
            if (random() % 2 == 0) request.conditions = {Condition::InternetAvailable};
            request.name = "n\xc3\xa4me " + std::to_string(step);
            request.group_id = random() % 3 == 0 ? "group" : "";
            tasks.push_back(rig.must_register(std::move(request)));
            break;
        }
        case 1:
            rig.send(event::Unregister{{}, some, event::RunningInstance::IsCancelled});
            break;
        case 2:
        case 3:
            rig.fire(SystemTriggerType::TimeZoneChange);
            break;
        case 4:
        case 5:
            rig.fire(some, std::string("payload\0", 8) + std::to_string(step));
            break;
        case 6:
            rig.set(Fact::Internet, random() % 2 == 0 ? FactValue::True : FactValue::False);
            break;
        case 7:
            rig.send(event::CpuUsed{SharedText("Contoso"), 300ms});
            break;
        case 8:
            rig.now.boot_time += 1min;
            rig.now.wall_time += 1min;
            rig.send(event::TimeReached{});
            break;
        case 9:
            rig.send(event::HostStarted{HostId{random() % 20 + 1}, 100 + step, 5});
            break;
        default:
            if (rig.store.instances().empty()) continue;
            rig.complete(rig.store.instances().begin()->first, random() % 2 == 0 ? kOk : kHostCrashed, "m");
        }
        mirrored();
        if (random() % 50 == 0) {
            store.reset();
            store.emplace(must_open());
            expect_same(store->take_snapshot(), rig.store.snapshot());
        }
        if (random() % 50 == 0) {
            ASSERT_TRUE(store->tidy_up().has_value());
        }
    }
    for (TaskId const task : tasks) {
        auto const completion = store->completion(task);
        ASSERT_TRUE(completion.has_value());
        EXPECT_EQ(*completion, rig.store.completion(task));
    }
    store.reset();
    expect_same(must_open().take_snapshot(), rig.store.snapshot());
}

TEST_F(Stores, SyncOnceForARegistrationAndOnceForAWholeBurst)
{
    BrokerRig rig;
    auto store = must_open();
    rig.configure(rig.declaration());
    mirror(store, rig); // the log's header is written with the first commit
    for (int i = 0; i < 20; ++i) {
        rig.must_register(kZone);
        auto const before = g_syncs;
        mirror(store, rig);
        EXPECT_EQ(g_syncs - before, 1U);
    }
    Effects burst;
    for (int i = 0; i < 50; ++i) {
        rig.must_register(kZone);
        burst.insert(burst.end(), rig.effects.begin(), rig.effects.end());
    }
    auto const before = g_syncs;
    ASSERT_TRUE(store.commit(burst).has_value());
    EXPECT_EQ(g_syncs - before, 1U);
    auto const idle = g_syncs;
    ASSERT_TRUE(store.commit({}).has_value());
    EXPECT_EQ(g_syncs, idle) << "nothing durable, nothing synced";
}

TEST_F(Stores, CommitAllOfATurnOrNothing)
{
    BrokerRig rig;
    rig.install();
    auto store = std::make_optional(must_open());
    rig.must_register(kZone);
    Effects effects = rig.effects;
    effects.insert(effects.begin() + 1, effect::SaveTask{TaskId{{77, 77}}, {}}); // a task that is not stored
    auto const done = store->commit(effects);
    ASSERT_FALSE(done.has_value());
    EXPECT_NE(done.error().what.find("is not stored"), std::string::npos);
    store.reset();
    EXPECT_TRUE(must_open().take_snapshot().tasks.empty());
}

TEST_F(Stores, RefuseASecondBroker)
{
    auto const first = must_open();
    auto const second = Store::open(path, {}, kNow);
    ASSERT_FALSE(second.has_value());
    EXPECT_NE(second.error().what.find("in use by another broker"), std::string::npos) << second.error().what;
    EXPECT_TRUE(second.error().is_busy());
}

TEST_F(Stores, RefuseAFileOfALaterVersionAndLeaveItAlone)
{
    {
        auto database = Database::open(path);
        ASSERT_TRUE(database->execute("CREATE TABLE future (x); PRAGMA user_version = 99;").has_value());
    }
    auto const opened = Store::open(path, {}, kNow);
    ASSERT_FALSE(opened.has_value());
    EXPECT_NE(opened.error().what.find("a newer Latchkey made it"), std::string::npos) << opened.error().what;
    auto database = Database::open(path);
    EXPECT_EQ(database->integer("PRAGMA user_version"), 99);
}

TEST_F(Stores, SetADamagedFileAsideAndSaySo)
{
    BrokerRig rig;
    rig.install();
    {
        auto store = must_open();
        mirror(store, rig);
    }
    std::string const garbage(8192, '\x5a');
    std::ofstream(path, std::ios::binary) << garbage;
    auto const reopened = Store::open(path, {.new_installation = {5, 6}}, kNow);
    ASSERT_TRUE(reopened.has_value()) << reopened.error().what;
    EXPECT_NE(reopened->notice().find("broker.db.damaged-20261121T091500"), std::string::npos) << reopened->notice();
    std::ifstream aside(path.string() + ".damaged-20261121T091500", std::ios::binary);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(aside), {}), garbage) << "it is kept as it was";
}

TEST_F(Stores, FindDamageInsideATable)
{
    BrokerRig rig;
    rig.configure(rig.declaration());
    {
        auto store = must_open();
        mirror(store, rig);
        Effects all;
        for (int i = 0; i < 400; ++i) {
            rig.must_register(kZone);
            all.insert(all.end(), rig.effects.begin(), rig.effects.end());
        }
        ASSERT_TRUE(store.commit(all).has_value());
    }
    {
        std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
        file.seekp(0, std::ios::end);
        auto const size = file.tellp();
        ASSERT_GT(size, 40'000);
        for (std::streamoff at = 8192; at + 4096 <= size; at += 4096) {
            file.seekp(at);
            file << std::string(64, '\xff');
        }
    }
    auto const reopened = Store::open(path, {}, kNow);
    ASSERT_TRUE(reopened.has_value()) << reopened.error().what;
    EXPECT_FALSE(reopened->notice().empty());
}

TEST_F(Stores, KeepWhateverAnAppMayRegister)
{
    BrokerRig rig;
    rig.configure(rig.declaration());
    {
        auto store = must_open();
        mirror(store, rig);
        auto request = rig.request(time_trigger(0xffffffff, false));
        request.name = "\u65e5\u672c \U0001f4ec";
        rig.must_register(std::move(request));
        mirror(store, rig);
    }
    auto reopened = must_open();
    EXPECT_EQ(reopened.notice(), "") << "one app must not cost all others their registrations";
    expect_same(reopened.take_snapshot(), rig.store.snapshot());
}

TEST_F(Stores, SetAFileAsideWhoseRowsCannotBeOurs)
{
    // Pages that SQLite takes for whole: an index or a divisor of the rules must not be made of them.
    for (char const* damage : {
             "trigger_type = 201",
             "conditions = 65535",
             "first_missing = 99",
             "name = CAST(x'416c8069' AS TEXT)",
             "name = CAST(x'6162636465666768ff' AS TEXT)",
             "name = CAST(x'6162630065666768' AS TEXT)",
             "package = CAST(x'ff' AS TEXT)",
             "due_us = 9223372036854775807",
             "trigger_kind = 'Time', freshness_minutes = 0",
             "trigger_kind = 'Tame'",
             "ALTER TABLE package RENAME COLUMN quota_ends_us TO quota_fnds_us",
         }) {
        std::filesystem::remove_all(folder);
        std::filesystem::create_directory(folder);
        BrokerRig rig;
        rig.configure(rig.declaration());
        {
            auto store = must_open();
            mirror(store, rig);
            rig.must_register(kZone);
            mirror(store, rig);
        }
        sqlite3* database = nullptr;
        ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
        bool const of_a_row = damage[0] != 'A';
        std::string const change = (of_a_row ? "UPDATE registration SET " : "") + std::string(damage);
        int const changed = sqlite3_exec(database, change.c_str(), nullptr, nullptr, nullptr);
        sqlite3_close(database);
        if (changed != SQLITE_OK) continue; // the schema refuses it too
        auto const reopened = Store::open(path, {.new_installation = {5, 6}}, kNow);
        ASSERT_TRUE(reopened.has_value()) << damage << ": " << reopened.error().what;
        EXPECT_NE(reopened->notice(), "") << damage;
    }
}

TEST_F(Stores, LookAtTheWholeFileAfterDamageWasMet)
{
    must_open();
    std::ofstream(path.string() + ".suspect") << "met\n";
    auto const opened = must_open();
    EXPECT_TRUE(opened.notice().empty()) << "it is sound";
    EXPECT_FALSE(std::filesystem::exists(path.string() + ".suspect"));
}

// Else each broker would end at its first commit, and the next one again.
TEST_F(Stores, LookAtTheWholeFileAlsoAfterDamageThatOnlyTrimmingMeets)
{
    Effects events;
    for (int i = 0; i < 100; ++i) {
        HistoryEvent event;
        event.number = EventNumber::HostEnded;
        event.text = SharedText(std::string(2'000, 'x'));
        event.at = kNow;
        events.emplace_back(effect::AppendHistory{event});
    }
    ASSERT_TRUE(must_open().commit(events).has_value());
    {
        std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
        file.seekp(0, std::ios::end);
        auto const size = static_cast<std::streamoff>(file.tellp());
        for (std::streamoff at = size / 2; at + 4096 <= size * 3 / 4; at += 4096) {
            file.seekp(at / 4096 * 4096);
            file << std::string(64, '\xff');
        }
    }
    StoreOptions const little{.new_installation = {5, 6}, .max_history = 10};
    {
        auto store = must_open(little);
        ASSERT_EQ(store.notice(), "") << "the history is not read at start";
        events.resize(1);
        ASSERT_FALSE(store.commit(events).has_value());
    }
    auto reopened = must_open(little);
    EXPECT_FALSE(reopened.notice().empty());
    EXPECT_TRUE(reopened.commit(events).has_value());
}

TEST_F(Stores, MigrateForwardStepByStep)
{
    auto database = Database::open(path);
    ASSERT_TRUE(database.has_value());
    std::vector<Migration> steps{{1, "CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (7);"}};
    ASSERT_TRUE(migrate(*database, steps).has_value());
    steps.push_back({2, "ALTER TABLE a ADD COLUMN y INTEGER NOT NULL DEFAULT 3;"});
    ASSERT_TRUE(migrate(*database, steps).has_value());
    ASSERT_TRUE(migrate(*database, steps).has_value()) << "twice changes nothing";
    EXPECT_EQ(database->integer("SELECT x * 10 + y FROM a"), 73);
    steps.push_back({3, "CREATE TABLE b (x INTEGER) STRICT; THIS IS NO SQL;"});
    auto const failed = migrate(*database, steps);
    ASSERT_FALSE(failed.has_value());
    EXPECT_NE(failed.error().what.find("version 3"), std::string::npos);
    EXPECT_EQ(database->integer("PRAGMA user_version"), 2);
    EXPECT_EQ(database->integer("SELECT count(*) FROM sqlite_schema WHERE name = 'b'"), 0);
}

TEST_F(Stores, HandOverEveryRowOfATableUntilOneIsRefused)
{
    auto database = Database::open(path);
    ASSERT_TRUE(database.has_value());
    ASSERT_TRUE(database
                    ->execute("CREATE TABLE a (x INTEGER, y TEXT, z BLOB) STRICT;"
                              "INSERT INTO a VALUES (1, 'one', x'01'), (2, '', x''), (3, NULL, NULL)")
                    .has_value());
    std::string read;
    auto const write_down = [&](Row const& row) -> Result<void> {
        read += std::to_string(row.integer(0)) + '/' + std::string(row.text(1)) + '/' +
                std::to_string(row.blob(2).size()) + ' ';
        return {};
    };
    ASSERT_TRUE(database->read("x, y, z", "a", write_down).has_value());
    EXPECT_EQ(read, "1/one/1 2//0 3//0 ");
    int taken = 0;
    auto const refused = database->read("x", "a", [&](Row const&) -> Result<void> {
        if (++taken == 2) return tl::unexpected(StoreError{SQLITE_CORRUPT, "the second"});
        return {};
    });
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().what, "the second");
    EXPECT_EQ(taken, 2);
    EXPECT_FALSE(database->read("x", "b", write_down).has_value()) << "there is no such table";
    EXPECT_TRUE(database->read("x", "a WHERE x > 3", write_down).has_value()) << "no row is no error";
}

TEST_F(Stores, SetAFileAsideWithACompletionOfNobody)
{
    BrokerRig rig;
    rig.configure(rig.declaration());
    {
        auto store = must_open();
        mirror(store, rig);
        rig.must_register(kZone);
        mirror(store, rig);
    }
    {
        auto database = Database::open(path);
        ASSERT_TRUE(
            database->execute("INSERT INTO completion VALUES (x'00112233445566778899aabbccddeeff', 1, 0, 0, '')")
                .has_value());
    }
    EXPECT_NE(must_open().notice().find("of a task that is not registered"), std::string::npos);
}

TEST_F(Stores, TellTheHistoryOfATaskThatIsGone)
{
    BrokerRig rig;
    auto store = must_open();
    rig.configure(rig.declaration());
    mirror(store, rig);
    auto const task = rig.must_register(kZone);
    mirror(store, rig);
    auto const other = rig.must_register(kZone);
    mirror(store, rig);
    rig.fire(SystemTriggerType::TimeZoneChange);
    mirror(store, rig);
    rig.complete(rig.running(task), hresult(0x80004005), "no server");
    mirror(store, rig);
    rig.send(event::Unregister{{}, task, {}});
    mirror(store, rig);
    auto const rows = store.history(task, 10);
    ASSERT_TRUE(rows.has_value());
    ASSERT_EQ(rows->size(), 4U); // registered, created, returned, unregistered; newest first
    EXPECT_EQ((*rows)[0].event.number, EventNumber::Unregistered);
    EXPECT_EQ((*rows)[1].event.number, EventNumber::InstanceReturned);
    EXPECT_EQ((*rows)[1].event.text.view(), "no server");
    EXPECT_EQ((*rows)[1].task_name, "mail-sync");
    EXPECT_EQ((*rows)[1].entry_point, "Tasks.Mail");
    auto const page = store.history(task, 10, (*rows)[1].id);
    EXPECT_EQ(page->size(), 2U);
    EXPECT_EQ(store.history({}, 3)->size(), 3U);
    EXPECT_GT(store.history(other, 10)->size(), 0U);
    EXPECT_EQ(store.history({}, 3, 0, (*rows)[0].event.package.view())->size(), 3U);
    EXPECT_TRUE(store.history({}, 3, 0, "Nobody_8wekyb3d8bbwe")->empty());
}

TEST_F(Stores, KeepOnlySoMuchHistory)
{
    auto store = must_open({.new_installation = {1, 2}, .max_history = 50});
    for (int batch = 0; batch < 30; ++batch) {
        Effects events;
        for (int i = 0; i < 100; ++i) {
            HistoryEvent event;
            event.number = EventNumber::ConditionChanged;
            event.first = batch * 100 + i;
            event.at = kNow + event.first * 1s;
            events.emplace_back(effect::AppendHistory{event});
        }
        ASSERT_TRUE(store.commit(events).has_value());
    }
    auto const rows = store.history({}, 5'000);
    EXPECT_LT(rows->size(), 1'100U);
    EXPECT_EQ(rows->front().event.first, 2'999);
}

TEST_F(Stores, KeepOnlySoMuchHistoryAlsoWhenNoBrokerLivesLong)
{
    for (int life = 0; life < 12; ++life) {
        auto store = must_open({.new_installation = {1, 2}, .max_history = 50});
        Effects events;
        for (int i = 0; i < 20; ++i) {
            HistoryEvent event;
            event.number = EventNumber::ConditionChanged;
            event.at = kNow + life * 1h;
            events.emplace_back(effect::AppendHistory{event});
        }
        ASSERT_TRUE(store.commit(events).has_value());
        EXPECT_LE(store.history({}, 5'000)->size(), 80U) << "life " << life;
    }
}

// A writer is killed at a random moment: what it had been told to be committed is there, and nothing is half there.
TEST_F(Stores, LoseNothingThatWasAcknowledgedWhenKilledAtAnyMoment)
{
    std::mt19937 random(std::random_device{}());
    constexpr int kRounds = 40;
    std::uint64_t acknowledged = 0;
    for (int round = 0; round < kRounds; ++round) {
        int channel[2];
        ASSERT_EQ(::pipe(channel), 0);
        pid_t const writer = ::fork();
        if (writer == 0) {
            ::close(channel[0]);
            auto opened = Store::open(path, {.new_installation = {1, 2}}, kNow);
            if (!opened) ::_exit(3);
            for (std::uint64_t number = acknowledged + 1;; ++number) {
                InstanceRecord record;
                record.instance.number = number;
                record.task = TaskId{{1, number}};
                HistoryEvent event;
                event.first = static_cast<std::int64_t>(number);
                if (!opened->commit(Effects{effect::SaveInstance{record}, effect::AppendHistory{event}})) ::_exit(4);
                if (::write(channel[1], &number, sizeof number) != sizeof number) ::_exit(5);
                if (number % 7 == 0) (void)opened->tidy_up();
            }
        }
        ::close(channel[1]);
        std::uint64_t const enough = 1 + random() % 30;
        std::uint64_t number = 0;
        for (std::uint64_t read = 0; read < enough && ::read(channel[0], &number, sizeof number) == sizeof number;
             ++read) {
            acknowledged = number;
        }
        ::kill(writer, SIGKILL);
        while (::read(channel[0], &number, sizeof number) == sizeof number)
            acknowledged = number;
        ::close(channel[0]);
        int status = 0;
        ::waitpid(writer, &status, 0);
        ASSERT_TRUE(WIFSIGNALED(status)) << "the writer failed by itself: " << status;

        auto store = must_open();
        EXPECT_TRUE(store.notice().empty());
        auto const snapshot = store.take_snapshot();
        ASSERT_GE(snapshot.instances.size(), acknowledged);
        ASSERT_LE(snapshot.instances.size(), acknowledged + 1) << "at most the one that was being committed";
        EXPECT_EQ(snapshot.last_instance.number, snapshot.instances.size());
        EXPECT_EQ(store.history({}, 100'000)->size(), snapshot.instances.size());
        acknowledged = snapshot.instances.size();
    }
    EXPECT_GT(acknowledged, static_cast<std::uint64_t>(kRounds));
}

} // namespace
} // namespace latchkey::store
