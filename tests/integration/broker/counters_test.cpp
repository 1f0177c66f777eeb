// SPDX-License-Identifier: MIT
// What the broker costs in numbers that a busy machine does not change. Each ceiling is what was measured, with a
// little room for other kernels and libraries where it is not a promise; raising one needs a reason.
// docs/performance.md has the times.
#include "rig.h"
#include "support/syscall_count.h"

#include <fstream>

#include <dirent.h>
#include <poll.h>
#include <sys/syscall.h>

namespace latchkey::test {
namespace {

constexpr std::uint64_t kSyncsOfARegistration = 1; // a promise: durable, and nothing twice
constexpr std::uint64_t kSyscallsOfARegistration = 26;
// Fired, its host is known, ended, its host is gone: on a machine with time some of them share a commit.
constexpr std::uint64_t kSyncsOfARun = 4;
constexpr std::uint64_t kSyscallsOfARun = 200;
constexpr std::uint64_t kSyncsOfALatchedFiring = 1;
constexpr std::uint64_t kSyscallsOfAWordWithoutChange = 10;

constexpr std::uint64_t kTimes = 16; // too few for the store to tidy up

std::uint64_t syncs(SyscallCount const& count)
{
    return count.of(SYS_fdatasync) + count.of(SYS_fsync);
}

std::uint64_t voluntary_switches(pid_t process)
{
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    std::string word;
    std::uint64_t number = 0;
    while (status >> word) {
        if (word == "voluntary_ctxt_switches:") status >> number;
    }
    return number;
}

// In how many seconds the first timer of the process elapses; none when none is armed.
std::optional<std::uint64_t> next_timer(pid_t process)
{
    std::filesystem::path const folder = "/proc/" + std::to_string(process) + "/fdinfo";
    std::optional<std::uint64_t> next;
    for (auto const& entry : std::filesystem::directory_iterator(folder)) {
        std::ifstream info(entry.path());
        std::string line;
        while (std::getline(info, line)) {
            if (!line.starts_with("it_value: (")) continue;
            auto const seconds = std::strtoull(line.c_str() + 11, nullptr, 10);
            bool const armed = line != "it_value: (0, 0)";
            if (armed && (!next || seconds < *next)) next = seconds;
        }
    }
    return next;
}

class Counters : public BrokerTest {
protected:
    void SetUp() override
    {
        start();
        user.emplace(connect());
        install(*user, "Contoso.Mail", Tasks::Real);
    }
    std::string add(Dictionary options)
    {
        options.set("package", kFamily);
        return user->must_register(options);
    }
    std::optional<Connection> user;
};

#define COUNT_OR_SKIP(count)                                                                                           \
    SyscallCount count(broker());                                                                                      \
    if (!count.ok()) GTEST_SKIP() << "system calls cannot be counted here: ptrace is not allowed"

TEST_F(Counters, ARegistrationIsOneSyncOfTheDisk)
{
    add(task("first"));
    COUNT_OR_SKIP(count);
    for (std::uint64_t i = 0; i < kTimes; ++i)
        add(task("sync"));
    EXPECT_EQ(syncs(count), kTimes * kSyncsOfARegistration);
    count.stop();
    std::printf("%.1f system calls a registration\n", static_cast<double>(count.all()) / kTimes);
    EXPECT_LE(count.all(), kTimes * kSyscallsOfARegistration);
}

TEST_F(Counters, AFiringThatIsLatchedIsOneSyncOfTheDisk)
{
    std::vector<std::string> ids;
    for (std::uint64_t i = 0; i < kTimes; ++i)
        ids.push_back(add(task("sync")));
    COUNT_OR_SKIP(count);
    for (std::string const& id : ids)
        ASSERT_TRUE(user->call("Fire", id, Dictionary()));
    EXPECT_EQ(syncs(count), kTimes * kSyncsOfALatchedFiring);
    EXPECT_EQ(user->explain(ids.back()).get<std::string>("state"), "latched");
}

TEST_F(Counters, ARunOfATaskIsAFewSyncsOfTheDiskAndSystemCalls)
{
    std::string const id = add(act("nothing"));
    Connection watcher = connect();
    std::uint64_t ended = 0;
    ASSERT_TRUE(watcher.bus.on_signal("org.latchkey.Broker1", "Completed", [&](Message&) { ++ended; }));
    ASSERT_TRUE(watcher.call("Watch"));
    auto const run = [&] {
        std::uint64_t const before = ended;
        return user->call("Fire", id, Dictionary()) && watcher.wait_for([&] { return ended > before; });
    };
    ASSERT_TRUE(run()); // makes the folders of the package
    COUNT_OR_SKIP(count);
    for (std::uint64_t i = 0; i < kTimes; ++i)
        ASSERT_TRUE(run());
    ASSERT_TRUE(user->call("WhoAmI"));
    count.stop();
    std::printf("%.2f syncs, %.1f system calls a run\n", static_cast<double>(syncs(count)) / kTimes,
                static_cast<double>(count.all()) / kTimes);
    EXPECT_LE(syncs(count), kTimes * kSyncsOfARun);
    EXPECT_LE(count.all(), kTimes * kSyscallsOfARun);
}

TEST_F(Counters, AQuestionSyncsNothing)
{
    COUNT_OR_SKIP(count);
    for (std::uint64_t i = 0; i < kTimes; ++i)
        ASSERT_TRUE(user->call("WhoAmI"));
    EXPECT_EQ(syncs(count), 0U);
    count.stop();
    std::printf("%.1f system calls a question\n", static_cast<double>(count.all()) / kTimes);
    EXPECT_LE(count.all(), kTimes * kSyscallsOfAWordWithoutChange);
}

TEST_F(Counters, NothingWakesABrokerThatHasNothingToDo)
{
    Dictionary timed = task("timed");
    timed.set("trigger", "TimeTrigger:60");
    for (std::uint64_t i = 0; i < kTimes; ++i)
        add(timed);
    // The sources that the registrations need were begun in the turn of the last one: two answers later they are.
    ASSERT_TRUE(user->call("WhoAmI"));
    ASSERT_TRUE(user->call("WhoAmI"));
    auto const next = next_timer(broker());
    ASSERT_TRUE(next) << "a timer waits for the tasks that are due in an hour";
    constexpr std::uint64_t kSoonest = 40 * 60;
    EXPECT_GE(*next, kSoonest) << "seconds: nothing is due before";
    // The ends of its children and connections are in the past once it has slept a moment.
    std::uint64_t before = 0;
    ASSERT_TRUE(user->eventually([&] { return std::exchange(before, voluntary_switches(broker())) > 0; }));
    pollfd nothing{-1, 0, 0};
    constexpr int kSettledMs = 100, kWindowMs = 1'000;
    ::poll(&nothing, 1, kSettledMs);
    before = voluntary_switches(broker());
    ::poll(&nothing, 1, kWindowMs);
    EXPECT_EQ(voluntary_switches(broker()), before) << "it was woken in a second without any event";
}

} // namespace
} // namespace latchkey::test
