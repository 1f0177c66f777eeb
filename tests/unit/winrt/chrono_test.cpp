// SPDX-License-Identifier: MIT
#include "winrt/base.h"

#include <gtest/gtest.h>

using namespace winrt;
using namespace winrt::Windows::Foundation;
using namespace std::chrono_literals;

TEST(Clock, CountsHundredNanosecondsSince1601)
{
    // 2012-02-29 00:00:00 UTC, as a file time and as seconds of 1970.
    constexpr int64_t ticks = 129749472000000000;
    DateTime const leap_day{TimeSpan(ticks)};
    EXPECT_EQ(clock::to_time_t(leap_day), 1330473600);
    EXPECT_EQ(clock::from_time_t(1330473600), leap_day);
    EXPECT_EQ(clock::to_file_time(leap_day).value, static_cast<uint64_t>(ticks));
    EXPECT_EQ(clock::from_file_time(file_time(ticks)), leap_day);
    EXPECT_EQ(clock::from_time_t(0).time_since_epoch().count(), 116444736000000000);
}

TEST(Clock, IsTheSystemsClock)
{
    auto const before = std::chrono::system_clock::now();
    DateTime const now = clock::now();
    auto const after = std::chrono::system_clock::now();
    EXPECT_GE(clock::to_sys(now) + 1us, before);
    EXPECT_LE(clock::to_sys(now), after);
    EXPECT_EQ(clock::from_sys(clock::to_sys(now)), now);
}

TEST(TimeSpan, ComesFromAnyDuration)
{
    TimeSpan const span = 15min;
    EXPECT_EQ(span.count(), 9'000'000'000);
    EXPECT_EQ(impl::bind_in(span), 9'000'000'000);
}
