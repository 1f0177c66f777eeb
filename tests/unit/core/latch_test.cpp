// SPDX-License-Identifier: MIT
#include "core/latch.h"
#include "support/sequences.h"

#include <gtest/gtest.h>

namespace latchkey::core {
namespace {

using test::for_every_sequence;

constexpr ConditionSet kBoth{Condition::InternetAvailable, Condition::UserPresent};

TEST(ConditionLatch, RunsAtOnceWhenEveryConditionHolds)
{
    ConditionLatch latch{kBoth};
    EXPECT_EQ(latch.trigger_fired(kBoth.with(Condition::SessionConnected)), LatchVerdict::Run);
    EXPECT_FALSE(latch.is_latched());
}

TEST(ConditionLatch, WaitsForTheLastMissingConditionThenRunsOnce)
{
    ConditionLatch latch{kBoth};
    EXPECT_EQ(latch.trigger_fired({}), LatchVerdict::Wait);
    EXPECT_EQ(latch.first_missing({}), Condition::UserPresent);
    EXPECT_EQ(latch.conditions_changed(ConditionSet(Condition::UserPresent)), LatchVerdict::Wait);
    EXPECT_EQ(latch.first_missing(ConditionSet(Condition::UserPresent)), Condition::InternetAvailable);
    EXPECT_EQ(latch.conditions_changed(kBoth), LatchVerdict::Run);
    EXPECT_EQ(latch.conditions_changed(kBoth), LatchVerdict::Wait);
}

// Seven steps out of: trigger, each of two conditions comes and goes, restart. 280,000 lives.
TEST(ConditionLatch, InEveryLifeOfSevenEventsRunsOnlyOnAFiringAndWhileEveryConditionHolds)
{
    for_every_sequence(6, 7, [&](std::vector<int> const& sequence) {
        ConditionLatch latch{kBoth};
        ConditionSet holding;
        bool owed = false; // the reference: a firing that has not been run
        for (int const step : sequence) {
            auto verdict = LatchVerdict::Wait;
            switch (step) {
            case 0:
                owed = true;
                verdict = latch.trigger_fired(holding);
                break;
            case 1:
                verdict = latch.conditions_changed(holding = holding.with(Condition::InternetAvailable));
                break;
            case 2:
                verdict =
                    latch.conditions_changed(holding = holding.without(ConditionSet(Condition::InternetAvailable)));
                break;
            case 3:
                verdict = latch.conditions_changed(holding = holding.with(Condition::UserPresent));
                break;
            case 4:
                verdict = latch.conditions_changed(holding = holding.without(ConditionSet(Condition::UserPresent)));
                break;
            default:
                latch = ConditionLatch{kBoth, latch.is_latched()};
            }
            bool const should_run = owed && holding == kBoth;
            ASSERT_EQ(verdict == LatchVerdict::Run, should_run);
            if (should_run) owed = false;
            ASSERT_EQ(latch.is_latched(), owed);
        }
    });
}

TEST(ConditionSnapshot, UnknownMeansThatNeitherSideHolds)
{
    ConditionSnapshot snapshot;
    EXPECT_TRUE(snapshot.holding().empty());
    EXPECT_TRUE(snapshot.set(Fact::UserPresence, FactValue::False, "logind", WallTime{}));
    EXPECT_TRUE(snapshot.holding().has(Condition::UserNotPresent));
    EXPECT_FALSE(snapshot.holding().has(Condition::UserPresent));
    EXPECT_FALSE(snapshot.set(Fact::UserPresence, FactValue::False, "logind", WallTime{}));
    EXPECT_TRUE(snapshot.set(Fact::UserPresence, FactValue::Unknown, "logind", WallTime{}));
    EXPECT_TRUE(snapshot.holding().empty());
}

TEST(ConditionSnapshot, EveryConditionHoldsForExactlyOneValueOfItsFact)
{
    for (auto const& row : kConditions) {
        int holds = 0;
        for (auto const value : {FactValue::False, FactValue::True, FactValue::Unknown}) {
            ConditionSnapshot snapshot;
            snapshot.set(row.fact, value, "test", WallTime{});
            holds += snapshot.holding().has(row.condition) ? 1 : 0;
        }
        EXPECT_EQ(holds, 1) << row.name;
    }
}

} // namespace
} // namespace latchkey::core
