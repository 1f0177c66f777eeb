// SPDX-License-Identifier: MIT
// kill -9 of broker, zygote and hosts at random points, many times, with the real processes: what was answered is kept,
// and no firing is served twice. LATCHKEY_KILLS and LATCHKEY_SEED choose how often and which points.
#include "rig.h"
#include "support/processes.h"

#include <csignal>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <thread>

namespace latchkey::test {
namespace {

constexpr unsigned kKills = 60;
constexpr std::uint32_t kReturned = 2, kRestarted = 1003, kQuarantined = 1004;
constexpr std::int32_t kSiblingCrashed = static_cast<std::int32_t>(0x80010108);

unsigned number(char const* variable, unsigned fallback)
{
    char const* const text = std::getenv(variable);
    return text == nullptr ? fallback : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

class KillTest : public BrokerTest {
protected:
    // What was answered, and what was asked without an answer.
    std::set<std::string> registered;
    std::map<std::string, bool> fired; // the answer came

    // Works until the broker is gone.
    void work()
    {
        auto bus = ipc::connect_to_broker(ipc::WhenAbsent::Fail);
        if (!bus) return;
        Connection user(std::move(*bus));
        Dictionary options = act("nothing");
        options.set("package", kFamily);
        for (int i = 0; i < 3; ++i) {
            auto outcome = user.call("Register", options);
            if (!outcome) return;
            std::string const id = outcome.message->read_string();
            registered.insert(id);
            fired[id] = false;
            if (!user.call("Fire", id, Dictionary())) return;
            fired[id] = true;
        }
        EXPECT_TRUE(ends_within(broker(), std::chrono::seconds(20))) << "nobody killed it";
    }
};

TEST_F(KillTest, AtAnyMomentLosesNothingAndServesNothingTwice)
{
    unsigned const kills = number("LATCHKEY_KILLS", kKills);
    unsigned const seed = number("LATCHKEY_SEED", std::random_device()());
    std::printf("LATCHKEY_SEED=%u LATCHKEY_KILLS=%u\n", seed, kills);
    std::mt19937 random(seed);
    start();
    {
        Connection user = connect();
        install(user, "Contoso.Mail", Tasks::Real);
    }
    for (unsigned round = 0; round < kills; ++round) {
        if (broker() < 0) start();
        int const delay_us = static_cast<int>(random() % 40'000);
        bool const child_first = random() % 4 == 0;
        unsigned const which = static_cast<unsigned>(random());
        std::thread killer([&, victim = broker()] {
            (void)ends_within(victim, std::chrono::microseconds(delay_us));
            if (child_first) {
                auto const children = children_of(victim);
                if (!children.empty()) ::kill(children[which % children.size()], SIGKILL);
                (void)ends_within(victim, std::chrono::milliseconds(5));
            }
            ::kill(victim, SIGKILL);
        });
        work();
        killer.join();
        ASSERT_EQ(wait_for_end(), -SIGKILL) << "it ended by itself in round " << round;
    }

    start();
    Connection user = connect();
    std::map<std::string, Dictionary> known;
    ASSERT_TRUE(user.eventually([&] {
        known.clear();
        bool quiet = true;
        for (Dictionary const& task : user.list()) {
            std::string const state = task.get<std::string>("state");
            quiet = quiet && (state == "idle" || state == "quarantined");
            known.emplace(task.get<std::string>("id"), task);
        }
        return quiet;
    }));
    for (std::string const& id : registered) {
        ASSERT_TRUE(known.contains(id)) << id << " was answered and is lost";
    }
    std::size_t served = 0;
    for (auto const& [id, acknowledged] : fired) {
        auto log = user.call("Log", Dictionary{{"task", id}, {"limit", std::uint32_t{10'000}}});
        ASSERT_TRUE(log);
        int ends = 0;
        std::stringstream story;
        for (Dictionary const& event : log.message->read_dictionaries()) {
            auto const what = event.get<std::uint32_t>("event");
            bool const of_a_sibling = event.get<std::int32_t>("result") == kSiblingCrashed;
            if ((what == kReturned && !of_a_sibling) || what == kQuarantined) ++ends;
            story << what << ' ' << event.get<std::string>("text") << '\n';
        }
        EXPECT_LE(ends, 1) << id << " was served twice:\n" << story.str();
        if (acknowledged) {
            EXPECT_EQ(ends, 1) << id << " was accepted and never served:\n" << story.str();
        }
        served += static_cast<std::size_t>(ends);
    }
    std::printf("%zu registrations, %zu firings, %zu served\n", registered.size(), fired.size(), served);
    EXPECT_GT(served, 0U);
}

} // namespace
} // namespace latchkey::test
