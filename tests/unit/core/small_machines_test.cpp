// SPDX-License-Identifier: MIT
#include "core/completion.h"
#include "core/deadline_queue.h"
#include "core/details_queue.h"
#include "core/instance_life.h"
#include "core/name_table.h"
#include "core/quota.h"
#include "core/time_grid.h"
#include "support/sequences.h"

#include <deque>
#include <map>
#include <random>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace latchkey::core {
namespace {

using namespace std::chrono_literals;
using test::for_every_sequence;

TEST(InstanceLife, InEveryLifeOfSevenEventsIsToldOnceAndKilledOnlyAfterThat)
{
    for_every_sequence(4, 7, [&](std::vector<int> const& sequence) {
        InstanceLife life;
        int told = 0, killed = 0;
        auto first = CancellationReason::Abort;
        for (int const step : sequence) {
            if (step == 0) life.started();
            for (auto const reason : {CancellationReason::ConditionLoss, CancellationReason::LoggingOff}) {
                if (step == (reason == CancellationReason::LoggingOff ? 2 : 1) && life.cancel(reason)) {
                    ++told;
                    first = reason;
                }
            }
            if (step == 3 && life.grace_over()) {
                ++killed;
                ASSERT_EQ(told, 1);
            }
            ASSERT_LE(told, 1);
            ASSERT_LE(killed, 1);
            ASSERT_EQ(life.is_cancelled(), told == 1);
            if (told == 1) {
                ASSERT_EQ(life.reason(), first);
            }
            ASSERT_EQ(life.phase() == InstancePhase::Killed, killed == 1);
        }
    });
}

// Events: an instance completes, the app acknowledges the newest, attaches, is suspended, is resumed, ends.
TEST(CompletionBox, InEveryLifeOfSevenEventsSendsOnlyToARunningAppThatListensAndForgetsNothing)
{
    for_every_sequence(6, 7, [&](std::vector<int> const& sequence) {
        CompletionBox box;
        auto app = AppState::Terminated;
        std::uint64_t newest = 0, kept = 0;
        bool listens = false;
        for (int const step : sequence) {
            bool sent = false;
            switch (step) {
            case 0:
                kept = ++newest;
                sent = box.completed(InstanceId{newest}, app);
                break;
            case 1:
                ASSERT_EQ(box.delivered(InstanceId{newest}), kept != 0);
                kept = 0;
                ASSERT_FALSE(box.delivered(InstanceId{newest + 1}));
                break;
            case 2:
                listens = app != AppState::Terminated;
                sent = box.handler_attached(app);
                break;
            default:
                app = static_cast<AppState>(step - 3);
                if (app == AppState::Terminated) listens = false;
                sent = box.app_changed(app);
            }
            bool const could = app == AppState::Running && listens && kept != 0;
            ASSERT_TRUE(!sent || could);
            if (step != 1) {
                ASSERT_EQ(sent, could);
            }
            ASSERT_EQ(box.undelivered().number, kept);
            box = CompletionBox(box.undelivered(), box.attached());
        }
    });
}

TEST(DetailsQueue, InEveryLifeOfTenEventsKeepsOrderAndItsLimit)
{
    constexpr std::uint32_t kLimit = 3;
    for_every_sequence(2, 10, [&](std::vector<int> const& sequence) {
        DetailsQueue queue;
        std::deque<std::uint32_t> expected;
        for (int const step : sequence) {
            if (step == 0) {
                auto const number = queue.push(kLimit);
                ASSERT_EQ(number.has_value(), expected.size() < kLimit);
                if (number) expected.push_back(*number);
            } else if (!queue.empty()) {
                queue.pop();
                expected.pop_front();
            }
            ASSERT_EQ(queue.count(), expected.size());
            ASSERT_EQ(queue.front(), expected.empty() ? std::nullopt : std::optional(expected.front()));
            for (std::size_t i = 1; i < expected.size(); ++i)
                ASSERT_EQ(expected[i], expected[i - 1] + 1);
        }
    });
}

BootTime boot(Duration time)
{
    return BootTime(time);
}

TEST(CpuQuota, IsUsedUpByTwoSecondsAndComesBackAtTheNextGeneration)
{
    CpuQuota quota({2s, 15min}, boot(1h + 7min));
    EXPECT_FALSE(quota.charge(1500ms, boot(1h + 8min)));
    EXPECT_EQ(quota.left(), Duration(500ms));
    EXPECT_EQ(quota.replenishes_at(), std::nullopt);
    EXPECT_TRUE(quota.charge(600ms, boot(1h + 9min)));
    EXPECT_FALSE(quota.charge(600ms, boot(1h + 10min))) << "it is exhausted once";
    EXPECT_EQ(quota.replenishes_at(), boot(1h + 15min));
    EXPECT_FALSE(quota.renew(boot(1h + 15min - 1us)));
    EXPECT_TRUE(quota.renew(boot(1h + 15min)));
    EXPECT_FALSE(quota.exhausted());
    EXPECT_EQ(quota.left(), Duration(2s)) << "unused and overused time are lost";
}

TEST(CpuQuota, GivesNoGenerationTwiceItsBudgetInAnySequence)
{
    constexpr QuotaLimits kLimits{2s, 15min};
    for_every_sequence(4, 8, [&](std::vector<int> const& sequence) {
        BootTime time = boot(1min);
        CpuQuota quota(kLimits, time);
        std::map<std::int64_t, Duration> used;
        for (int const step : sequence) {
            if (step == 0) time += 4min;
            if (step == 1 && quota.exhausted() && *quota.replenishes_at() <= time) quota.renew(time);
            if (step == 2) {
                quota.renew(time);
                if (!quota.exhausted()) {
                    quota.charge(1s, time);
                    used[time.time_since_epoch() / kLimits.generation] += 1s;
                }
            }
            if (step == 3) { // the broker restarts
                Now const now{time, WallTime(time.time_since_epoch()), {}};
                quota = CpuQuota(kLimits, quota.record(now), now);
            }
            ASSERT_LE(used[time.time_since_epoch() / kLimits.generation], Duration(2s));
        }
    });
}

TEST(CpuQuota, SurvivesAReboot)
{
    Now before{boot(10h + 2min), WallTime(1'000'000s), BootId{{1, 1}}};
    CpuQuota quota({2s, 15min}, before.boot_time);
    quota.charge(2s, before.boot_time);
    auto const record = quota.record(before);
    Now after{boot(30s), before.wall_time + 3min, BootId{{2, 2}}};
    CpuQuota again({2s, 15min}, record, after);
    EXPECT_TRUE(again.exhausted());
    EXPECT_EQ(again.replenishes_at(), after.boot_time + 10min);
    after.wall_time = before.wall_time - 24h; // a clock that went back does not stretch it
    EXPECT_EQ(CpuQuota({2s, 15min}, record, after).replenishes_at(), after.boot_time + 15min);
    after.wall_time = before.wall_time + 1h;
    EXPECT_FALSE(CpuQuota({2s, 15min}, record, after).exhausted());
}

TEST(CpuQuota, WithoutALimitIsNeverUsedUp)
{
    CpuQuota quota({}, boot(1h));
    EXPECT_FALSE(quota.charge(10h, boot(1h)));
    EXPECT_FALSE(quota.exhausted());
}

TEST(CpuQuota, KeepsWhatWasUsedWhenTheAppIsPutOnTheLockScreen)
{
    CpuQuota quota({1s, 2h}, boot(1h));
    EXPECT_TRUE(quota.charge(1s, boot(1h)));
    quota.limit({2s, 15min}, boot(1h + 1min));
    EXPECT_FALSE(quota.exhausted());
    EXPECT_EQ(quota.left(), Duration(1s));
    EXPECT_EQ(quota.generation_ends(), boot(1h + 15min));
}

constexpr TimeGrid kQuarter(15min);
WallTime at(Duration time)
{
    return WallTime(std::chrono::sys_days(std::chrono::year(2026) / 11 / 21)) + time;
}

TEST(TimeSchedule, RunsBetweenNAndNPlusFifteenMinutesAfterRegistration)
{
    for (int minute = 0; minute < 60; ++minute) {
        auto const registered = at(9h + minute * 1min);
        auto const tick = TimeSchedule::starting(registered, 25min).tick(kQuarter);
        EXPECT_GE(tick, registered + 25min);
        EXPECT_LT(tick, registered + 40min);
        EXPECT_EQ(tick.time_since_epoch() % 15min, 0us);
    }
}

TEST(TimeSchedule, KeepsItsPhase)
{
    auto schedule = TimeSchedule::starting(at(9h + 7min), 25min); // due 9:32, 9:57, 10:22, 10:47
    EXPECT_EQ(schedule.tick(kQuarter), at(9h + 45min));
    schedule.serve(at(9h + 45min), kQuarter);
    EXPECT_EQ(schedule.due(), at(9h + 57min));
    EXPECT_EQ(schedule.tick(kQuarter), at(10h));
    schedule.serve(at(10h), kQuarter);
    EXPECT_EQ(schedule.tick(kQuarter), at(10h + 30min));
}

TEST(TimeSchedule, MissedTicksGiveOneRunAndKeepThePhase)
{
    auto schedule = TimeSchedule::starting(at(9h + 7min), 20min);
    schedule.serve(at(20h + 3min), kQuarter); // off for half a day
    EXPECT_GT(schedule.tick(kQuarter), at(20h + 3min));
    EXPECT_EQ((schedule.due() - at(9h + 7min)) % 20min, 0us);
    EXPECT_LE(schedule.due(), at(20h + 3min) + 20min);
}

TEST(TimeSchedule, NeverRepeatsATickThatWasServedThoughTheClockGoesBack)
{
    auto schedule = TimeSchedule::starting(at(9h), 15min);
    schedule.serve(at(13h), kQuarter);
    EXPECT_FALSE(schedule.correct(at(12h), 24h));
    EXPECT_FALSE(schedule.is_due(at(13h), kQuarter));
    EXPECT_TRUE(schedule.is_due(at(13h + 15min), kQuarter));
}

TEST(TimeSchedule, IsNotLostWhenTheClockHadBeenDecadesAhead)
{
    auto schedule = TimeSchedule::starting(at(9h), 15min);
    schedule.serve(at(std::chrono::days(365 * 70)), kQuarter);
    EXPECT_TRUE(schedule.correct(at(10h + 1min), 24h));
    EXPECT_GT(schedule.due(), at(10h + 1min));
    EXPECT_LE(schedule.due(), at(10h + 16min));
    EXPECT_EQ((schedule.due() - at(9h)) % 15min, 0us);
}

// Every walk of six clock changes, against a reference that steps from due time to due time.
TEST(TimeSchedule, InEveryWalkOfTheClockServesEachTickAtMostOnceAndAlwaysHasANext)
{
    constexpr Duration kSteps[] = {7min, 15min, 61min, 9h, -7min, -61min};
    for_every_sequence(6, 6, [&](std::vector<int> const& walk) {
        auto schedule = TimeSchedule::starting(at(9h + 7min), 20min);
        WallTime reference = at(9h + 27min);
        WallTime now = at(9h + 7min);
        WallTime served_last{};
        for (int const step : walk) {
            now += kSteps[step];
            bool const due = kQuarter.at_or_after(reference) <= now;
            ASSERT_EQ(schedule.is_due(now, kQuarter), due);
            if (due) {
                ASSERT_GT(schedule.tick(kQuarter), served_last);
                served_last = kQuarter.at_or_before(now);
                schedule.serve(now, kQuarter);
                while (kQuarter.at_or_after(reference) <= now)
                    reference += 20min;
            }
            ASSERT_EQ(schedule.due(), reference);
        }
    });
}

TEST(TimeGrid, WorksBefore1970)
{
    EXPECT_EQ(kQuarter.at_or_before(WallTime(-1min)), WallTime(-15min));
    EXPECT_EQ(kQuarter.at_or_after(WallTime(-1min)), WallTime(0min));
    EXPECT_EQ(kQuarter.at_or_after(WallTime(-15min)), WallTime(-15min));
}

TEST(DeadlineQueue, AgreesWithAnOrderedMapOverAHundredThousandRandomCalls)
{
    std::mt19937 random(20261121);
    DeadlineQueue<std::int64_t> queue;
    std::map<std::uint32_t, std::int64_t> reference;
    for (int call = 0; call < 100'000; ++call) {
        auto const id = static_cast<std::uint32_t>(random() % 300);
        switch (random() % 4) {
        case 0:
        case 1: {
            auto const time = static_cast<std::int64_t>(random() % 1000);
            queue.set(id, time);
            reference[id] = time;
            break;
        }
        case 2:
            queue.remove(id);
            reference.erase(id);
            break;
        default:
            if (auto const popped = queue.pop_due(static_cast<std::int64_t>(random() % 1000))) {
                auto const time = reference.at(*popped);
                for (auto const& [other, later] : reference)
                    ASSERT_LE(time, later);
                reference.erase(*popped);
            }
        }
        ASSERT_EQ(queue.size(), reference.size());
        ASSERT_EQ(queue.contains(id), reference.contains(id));
        std::optional<std::int64_t> earliest;
        for (auto const& [other, time] : reference)
            earliest = std::min(earliest.value_or(time), time);
        ASSERT_EQ(queue.earliest(), earliest);
    }
}

TEST(DeadlineQueue, IsAHeapAgainAfterLoadingInBulk)
{
    DeadlineQueue<int> queue;
    for (int id = 0; id < 1000; ++id)
        queue.append(static_cast<std::uint32_t>(id), (id * 7919) % 1000);
    queue.restore();
    int last = -1;
    while (auto const id = queue.pop_due(1000)) {
        int const time = static_cast<int>(*id) * 7919 % 1000;
        ASSERT_GE(time, last);
        last = time;
    }
    EXPECT_TRUE(queue.empty());
}

TEST(NameTable, KeepsEachTextOnceAndGivesItsSpaceBack)
{
    NameTable names;
    auto const mail = names.acquire("mail");
    EXPECT_EQ(names.acquire("mail"), mail);
    EXPECT_EQ(names.view(mail), "mail");
    EXPECT_EQ(names.size(), 1U);
    EXPECT_EQ(names.acquire(""), 0U);
    EXPECT_EQ(names.view(0), "");
    names.release(mail);
    EXPECT_EQ(names.view(mail), "mail");
    names.release(mail);
    EXPECT_EQ(names.size(), 0U);
}

TEST(NameTable, AgreesWithASetOverRandomLivesOfTexts)
{
    std::mt19937 random(7);
    NameTable names;
    std::map<std::string, std::vector<NameTable::Number>> held;
    for (int call = 0; call < 50'000; ++call) {
        std::string text(random() % 400, static_cast<char>('a' + random() % 26));
        text += std::to_string(random() % 50);
        auto& holders = held[text];
        if (random() % 2 == 0) {
            holders.push_back(names.acquire(text));
        } else if (!holders.empty()) {
            names.release(holders.back());
            holders.pop_back();
        }
        for (auto const number : holders)
            ASSERT_EQ(names.view(number), text);
        if (holders.empty()) held.erase(text);
    }
    EXPECT_EQ(names.size(), held.size());
    for (auto const& [text, holders] : held)
        EXPECT_EQ(names.view(holders.front()), text);
}

} // namespace
} // namespace latchkey::core
