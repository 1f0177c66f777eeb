// SPDX-License-Identifier: MIT
// A disk that is full when the broker commits: it ends and says why, nothing that was answered is lost, and the next
// one works as soon as there is room.
#include "machine.h"
#include "world.h"

#include <array>

#include <fcntl.h>
#include <gtest/gtest.h>

namespace latchkey::test {
namespace {

constexpr int kMoreThanFit = 20'000;

// Until not one byte more fits.
void fill(std::filesystem::path const& file)
{
    ipc::Fd const full(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    std::array<char, 4096> const block{};
    for (std::size_t size = block.size(); size > 0;) {
        if (::write(full.get(), block.data(), size) <= 0) size /= 2;
    }
}

TEST(FullDisk, EndsTheBrokerWithAMessageAndLosesNothingThatWasAnswered)
{
    Machine const& machine = Machine::of_this_process();
    if (!machine.is_own()) GTEST_SKIP() << machine.why();
    World world(machine.small_disk());
    world.install();
    auto user = world.connect();
    ASSERT_TRUE(user);
    ipc::Dictionary const options{{"name", std::string(2'000, 'n')},
                                  {"entry-point", "ChaosTasks.Clerk"},
                                  {"trigger", "TimeZoneChange"},
                                  {"package", "Contoso.Chaos"}};
    std::set<std::string> answered;
    auto answer = user->call("Register", options);
    ASSERT_TRUE(answer) << user->error;
    answered.insert(answer->read_string());

    std::filesystem::path const filler = world.root / "filler";
    fill(filler);
    for (int i = 0; i < kMoreThanFit; ++i) {
        answer = user->call("Register", options);
        if (!answer) break;
        answered.insert(answer->read_string());
    }
    EXPECT_FALSE(user->error.empty()) << "the disk is not full";
    auto const end = std::chrono::steady_clock::now() + kPatience;
    while (world.broker() != 0) {
        ASSERT_LT(std::chrono::steady_clock::now(), end) << "the broker goes on without its store: " << user->error;
    }
    EXPECT_NE(world.broker_log().find("the store failed, so the broker ends"), std::string::npos) << world.broker_log();
    EXPECT_NE(world.broker_log().find("full"), std::string::npos) << world.broker_log();
    std::filesystem::remove(filler);
    ASSERT_GT(world.ensure_broker(), 0);
    user = world.connect();
    ASSERT_TRUE(user);
    auto list = user->call("List", ipc::Dictionary());
    ASSERT_TRUE(list) << user->error;
    std::set<std::string> listed;
    for (ipc::Dictionary const& task : list->read_dictionaries()) {
        listed.insert(task.get<std::string>("id"));
    }
    for (std::string const& id : answered) {
        EXPECT_TRUE(listed.contains(id)) << id << " was answered and is lost";
    }
    EXPECT_LE(listed.size(), answered.size() + 1) << "one had no answer";
    ASSERT_TRUE(user->call("Unregister", *answered.begin(), false)) << user->error;
    EXPECT_TRUE(user->call("Register", options)) << user->error;
}

} // namespace
} // namespace latchkey::test
