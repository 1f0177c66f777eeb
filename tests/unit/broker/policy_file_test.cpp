// SPDX-License-Identifier: MIT
#include "broker/policy_file.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace latchkey::broker {
namespace {

using namespace std::chrono_literals;
using core::Policy;

std::string shipped()
{
    std::ifstream file(LATCHKEY_SOURCE_DIR "/data/policy.toml");
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

// Everything a policy says, in one line: policies have no ==.
std::string said(Policy const& p)
{
    std::stringstream out;
    for (auto const duration :
         {p.freshness_unit, p.freshness_floor, p.timer_grid, p.maintenance_freshness_max, p.clock_back_tolerance,
          p.lock_screen_quota.cpu, p.lock_screen_quota.generation, p.other_quota.cpu, p.other_quota.generation,
          p.cancel_grace, p.run_limit, p.request_run_limit, p.idle_limit, p.host_linger, p.spent_retention}) {
        out << duration.count() << ' ';
    }
    for (auto const count : {p.max_running, p.max_running_per_package, p.max_registrations,
                             p.max_registrations_per_package, p.max_conditions, p.max_text_bytes, p.max_details,
                             p.max_details_bytes, p.max_restarts, p.max_lock_screen_apps}) {
        out << count << ' ';
    }
    out << static_cast<int>(p.profile);
    return out.str();
}

std::string refused(std::string_view text)
{
    auto const policy = parse_policy(text, "policy.toml");
    return policy ? "accepted" : policy.error();
}

TEST(PolicyFile, ThatIsShippedSaysWhatHoldsWithoutIt)
{
    auto const policy = parse_policy(shipped(), "policy.toml");
    ASSERT_TRUE(policy) << policy.error();
    EXPECT_EQ(said(*policy), said(core::policy_of(core::Profile::DeveloperPreview)));
    EXPECT_EQ(said(parse_policy("", "policy.toml").value()), said(*policy));
}

TEST(PolicyFile, ThatIsShippedNamesEveryNumber)
{
    // Each line changed alone changes the policy, and there are as many lines as numbers.
    std::stringstream lines(shipped());
    std::string line, before;
    int numbers = 0;
    for (std::string table; std::getline(lines, line);) {
        if (line.starts_with('[')) table = line.substr(0, line.find(']') + 1);
        auto const equals = line.find(" = ");
        if (equals == std::string::npos || line.front() == '#' || line.starts_with("profile") ||
            line.starts_with("unasked"))
            continue;
        bool const is_text = line[equals + 3] == '"';
        std::string const changed = table + "\n" + line.substr(0, equals) + (is_text ? " = \"47 s\"" : " = 47");
        auto const policy = parse_policy(changed, "policy.toml");
        ASSERT_TRUE(policy) << policy.error();
        EXPECT_NE(said(*policy), said(Policy())) << line;
        ++numbers;
    }
    std::string const all = said(Policy());
    EXPECT_EQ(numbers, std::count(all.begin(), all.end(), ' '));
}

TEST(PolicyFile, ChangesTheProfileItNamesWhereverThatStands)
{
    auto const policy =
        parse_policy("# a kiosk\nprofile = \"windows-10\"   # as sold\n[time]\ntimer-grid=\"250ms\"\n", "policy.toml");
    ASSERT_TRUE(policy) << policy.error();
    EXPECT_EQ(policy->profile, core::Profile::Windows10);
    EXPECT_EQ(policy->run_limit, core::Duration(25s));
    EXPECT_EQ(policy->timer_grid, core::Duration(250ms));
}

TEST(PolicyFile, IsRefusedWithTheLineAndWhatWouldBeRight)
{
    EXPECT_EQ(refused("\n\n[limits]\nmax-runing = 3\n"),
              "policy.toml:4: there is no setting limits.max-runing (data/policy.toml has them all)");
    EXPECT_EQ(refused("unasked = \"maybe\""), "policy.toml:1: unasked is \"undecided\", \"allow\" or \"deny\"");
    EXPECT_EQ(refused("profile = \"windows-11\""),
              "policy.toml:1: profile is \"developer-preview\", \"windows-8\" or \"windows-10\"");
    EXPECT_EQ(refused("[time]\ntimer-grid = 15\n"),
              "policy.toml:2: time.timer-grid is a duration in double quotes with a unit: us, ms, s, min, h or d (\"15 "
              "min\")");
    EXPECT_EQ(refused("[time]\ntimer-grid = \"0\"\n"),
              "policy.toml:2: time.timer-grid is out of range: timer_grid must be more than 0 and at most 366 days");
    EXPECT_EQ(refused("[limits]\nmax-running = -1\n"),
              "policy.toml:2: limits.max-running is a whole number, 0 or more");
    EXPECT_EQ(refused("[limits]\nmax-running = 1\nmax-running = 2\n"),
              "policy.toml:3: limits.max-running was set before");
    EXPECT_EQ(refused("[limits\n"), "policy.toml:1: a table is named like this: [limits]");
    EXPECT_EQ(refused("max-running\n"), "policy.toml:1: a line is: key = value");
    EXPECT_EQ(refused("[time]\ntimer-grid = \"15 min\n"), "policy.toml:2: a string ends with a double quote");
    EXPECT_EQ(refused("[time]\ntimer-grid = \"15 min\" x\n"), "policy.toml:2: only a comment may stand behind a value");
    EXPECT_EQ(refused("[time]\ntimer-grid = \"99999999999999999999 d\"\n").substr(0, 33),
              "policy.toml:2: time.timer-grid is");
    EXPECT_EQ(refused("[time]\ntimer-grid = \"200000000 d\"\n").substr(0, 33), "policy.toml:2: time.timer-grid is");
    EXPECT_EQ(refused(std::string(kMaxPolicyBytes + 1, '\n')), "policy.toml:1: a policy has at most 65536 bytes");
    EXPECT_EQ(refused(std::string_view("a\0b = 1", 7)), "policy.toml:1: there is a control character in this line");
}

TEST(PolicyFile, ThatIsNotThereIsTheDefaultAndAFolderIsNot)
{
    std::string const folder = std::filesystem::temp_directory_path();
    EXPECT_EQ(said(read_policy(folder + "/latchkey-no-such-policy.toml").value()), said(Policy()));
    auto const policy = read_policy(folder);
    ASSERT_FALSE(policy);
    EXPECT_EQ(policy.error(), folder + ":1: cannot be read");
}

} // namespace
} // namespace latchkey::broker
