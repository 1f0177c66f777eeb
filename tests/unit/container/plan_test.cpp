// SPDX-License-Identifier: MIT
#include "container/plan.h"

#include <gtest/gtest.h>

namespace latchkey::container {
namespace {

TEST(Plan, IsTheSameOnTheOtherSide)
{
    Plan const plan{Network::Outbound, "/packages/a", "/data/a", {"/opt/lib"}};
    EXPECT_EQ(plan_of(to_bytes(plan)), plan);
    EXPECT_EQ(plan_of(to_bytes(Plan())), Plan());
}

TEST(Plan, OfOtherBytesIsRefused)
{
    std::string const good = to_bytes({Network::None, "/a", "/b", {}});
    EXPECT_FALSE(plan_of(""));
    EXPECT_FALSE(plan_of("0"));
    EXPECT_FALSE(plan_of(good.substr(0, good.size() - 1))) << "the last path does not end";
    EXPECT_FALSE(plan_of("7" + good.substr(1))) << "no such network";
    EXPECT_FALSE(plan_of(std::string("0/a\0", 4))) << "no data folder";
    EXPECT_FALSE(plan_of(std::string("0a\0/b\0", 6))) << "a path that is not absolute";
    EXPECT_FALSE(plan_of(to_bytes({Network::None, "/" + std::string(kMaxPlanBytes, 'x'), "/b", {}})));
}

} // namespace
} // namespace latchkey::container
