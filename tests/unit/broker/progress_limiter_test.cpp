// SPDX-License-Identifier: MIT
#include "broker/progress_limiter.h"

#include <gtest/gtest.h>

namespace latchkey::broker {
namespace {

using core::BootTime;
using core::Duration;
using core::InstanceId;
using Report = ProgressLimiter::Report;

constexpr InstanceId kOne{1}, kTwo{2};

BootTime at(int us)
{
    return BootTime(std::chrono::seconds(100)) + Duration(us);
}

TEST(ProgressLimiter, SendsAtMostSixtyASecondAndTheLastValueAlways)
{
    ProgressLimiter limiter;
    int sent = 0;
    std::uint32_t last = 0;
    for (int us = 0; us < 1'000'000; us += 100) {
        Report const report{{}, kOne, static_cast<std::uint32_t>(us), true};
        if (limiter.reported(report, at(us))) {
            ++sent;
            last = report.value;
        }
        for (Report const& due : limiter.due(at(us))) {
            ++sent;
            last = due.value;
        }
    }
    EXPECT_LE(sent, 61);
    EXPECT_GE(sent, 58);
    EXPECT_LT(last, 999'900U);
    auto const rest = limiter.ended(kOne);
    ASSERT_TRUE(rest);
    EXPECT_EQ(rest->value, 999'900U);
    EXPECT_FALSE(limiter.next());
}

TEST(ProgressLimiter, SendsASingleReportAtOnceAndThenWakesNobody)
{
    ProgressLimiter limiter;
    EXPECT_TRUE(limiter.reported({{}, kOne, 5, true}, at(0)));
    EXPECT_FALSE(limiter.next());
    EXPECT_FALSE(limiter.ended(kOne)) << "nothing is left to say";
}

TEST(ProgressLimiter, CountsInstancesApart)
{
    ProgressLimiter limiter;
    EXPECT_TRUE(limiter.reported({{}, kOne, 1, true}, at(0)));
    EXPECT_TRUE(limiter.reported({{}, kTwo, 1, true}, at(10)));
    EXPECT_FALSE(limiter.reported({{}, kTwo, 2, true}, at(20)));
    EXPECT_EQ(limiter.next(), at(10) + kProgressInterval);
    EXPECT_TRUE(limiter.due(at(10)).empty());
    EXPECT_EQ(limiter.due(*limiter.next()), (std::vector<Report>{{{}, kTwo, 2, true}}));
}

TEST(ProgressLimiter, KeepsThatAnAppListensWhenAWatcherIsToldOfTheSame)
{
    ProgressLimiter limiter;
    EXPECT_TRUE(limiter.reported({{}, kOne, 1, false}, at(0)));
    EXPECT_FALSE(limiter.reported({{}, kOne, 2, true}, at(1)));
    EXPECT_FALSE(limiter.reported({{}, kOne, 3, false}, at(2)));
    EXPECT_EQ(limiter.due(at(20'000)), (std::vector<Report>{{{}, kOne, 3, true}}));
}

} // namespace
} // namespace latchkey::broker
