// SPDX-License-Identifier: MIT
#include "sources/zone_file.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

namespace latchkey::sources {
namespace {

using namespace std::chrono;
using core::WallTime;

std::string read(std::filesystem::path const& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::filesystem::path const kZones = "/usr/share/zoneinfo";

WallTime at(int year, unsigned month, unsigned day, hours hour = {}, minutes minute = {})
{
    return WallTime(sys_days(std::chrono::year(year) / month / day)) + hour + minute;
}

TEST(ZoneRuleTest, KnowsWhenSummerBeginsAndEnds)
{
    auto const warsaw = ZoneRule::parse("CET-1CEST,M3.5.0,M10.5.0/3").value();
    EXPECT_EQ(warsaw.offset_at(at(2050, 1, 1)), hours(1));
    EXPECT_EQ(warsaw.offset_at(at(2050, 7, 1)), hours(2));
    EXPECT_EQ(warsaw.next_change_after(at(2050, 1, 1)), at(2050, 3, 27, hours(1)));
    EXPECT_EQ(warsaw.next_change_after(at(2050, 3, 27, hours(1))), at(2050, 10, 30, hours(1)));
    EXPECT_EQ(warsaw.next_change_after(at(2050, 12, 31)), at(2051, 3, 26, hours(1)));
}

TEST(ZoneRuleTest, KnowsTheSouthernSummerOverTheTurnOfTheYear)
{
    auto const sydney = ZoneRule::parse("AEST-10AEDT,M10.1.0,M4.1.0/3").value();
    EXPECT_EQ(sydney.offset_at(at(2050, 1, 1)), hours(11));
    EXPECT_EQ(sydney.offset_at(at(2050, 7, 1)), hours(10));
    EXPECT_EQ(sydney.next_change_after(at(2050, 11, 1)), at(2051, 4, 1, hours(16)));
}

TEST(ZoneRuleTest, ReadsEveryFormOfADate)
{
    auto const julian = ZoneRule::parse("<-03>3<-02>,J60/-1,365/25:30").value();
    EXPECT_EQ(julian.next_change_after(at(2051, 1, 1)), at(2051, 1, 2, hours(3), minutes(30)))
        << "day 365 counted from 0 is the first of the next year; its hour 25:30 is the day after";
    EXPECT_EQ(julian.next_change_after(at(2051, 2, 1)), at(2051, 3, 1, hours(2)));
    EXPECT_EQ(julian.next_change_after(at(2052, 2, 1)), at(2052, 3, 1, hours(2))) << "J60 is never 29 February";
    EXPECT_EQ(ZoneRule::parse("IST-5:30").value().offset_at(at(2050, 1, 1)), hours(5) + minutes(30));
    EXPECT_EQ(ZoneRule::parse("UTC0").value().next_change_after(at(2050, 1, 1)), std::nullopt);
}

TEST(ZoneRuleTest, RefusesWhatIsNoRule)
{
    for (auto const* text : {"", "CET", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0", "CET-25",
                             "CET-1CEST,M3.6.0,M10.5.0", "<CET-1", "CET-1CEST,M3.5.0,M10.5.0/3x", "-1CEST", "<>1"}) {
        EXPECT_FALSE(ZoneRule::parse(text)) << text;
    }
}

// The C library is the other reader of the same files: every zone of the machine, at many moments.
TEST(ZoneFileTest, AgreesWithTheCLibraryAboutEveryZoneOfThisMachine)
{
    if (!exists(kZones)) GTEST_SKIP() << "no time zones on this machine (tzdata)";
    int zones = 0;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(kZones)) {
        if (!entry.is_regular_file() || entry.path().string().find("/right/") != std::string::npos) continue;
        auto const bytes = read(entry.path());
        if (bytes.substr(0, 4) != "TZif") continue;
        auto const zone = ZoneFile::parse(bytes);
        ASSERT_TRUE(zone) << entry.path() << ": " << zone.error();
        ++zones;
        ::setenv("TZ", (":" + entry.path().string()).c_str(), 1);
        ::tzset();
        for (auto time = at(1971, 1, 1); time < at(2090, 1, 1); time += days(97) + hours(5)) {
            std::time_t const seconds_since = system_clock::to_time_t(time);
            std::tm local{};
            ::localtime_r(&seconds_since, &local);
            ASSERT_EQ(zone->offset_at(time).count(), local.tm_gmtoff) << entry.path() << " at " << seconds_since;
        }
    }
    ::unsetenv("TZ");
    EXPECT_GT(zones, 100);
}

TEST(ZoneFileTest, TellsTheNextChangeFromTheListAndFromTheRuleBehindIt)
{
    if (!exists(kZones / "Europe/Warsaw")) GTEST_SKIP() << "no time zones on this machine (tzdata)";
    auto const warsaw = ZoneFile::parse(read(kZones / "Europe/Warsaw")).value();
    EXPECT_EQ(warsaw.next_change_after(at(2026, 1, 1)), at(2026, 3, 29, hours(1)));
    EXPECT_EQ(warsaw.next_change_after(at(2080, 5, 1)), at(2080, 10, 27, hours(1)));
    EXPECT_EQ(ZoneFile::parse(read(kZones / "Etc/UTC")).value().next_change_after(at(2026, 1, 1)), std::nullopt);
}

TEST(ZoneFileTest, RefusesAFileThatEndsAnywhere)
{
    if (!exists(kZones / "Europe/Warsaw")) GTEST_SKIP() << "no time zones on this machine (tzdata)";
    auto const bytes = read(kZones / "Europe/Warsaw");
    auto const footer = bytes.rfind('\n', bytes.size() - 2);
    for (std::size_t length = 0; length < footer; ++length) {
        EXPECT_FALSE(ZoneFile::parse(std::string_view(bytes).substr(0, length))) << length;
    }
    EXPECT_TRUE(ZoneFile::parse(std::string_view(bytes).substr(0, footer))) << "the rule may be absent";
}

} // namespace
} // namespace latchkey::sources
