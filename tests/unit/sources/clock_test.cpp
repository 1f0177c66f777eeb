// SPDX-License-Identifier: MIT
#include "sources/clock.h"
#include "sources/timer.h"

#include <gtest/gtest.h>
#include <sys/timex.h>

namespace latchkey::sources {
namespace {

using namespace std::chrono_literals;

struct Rig {
    ipc::EventLoop loop = ipc::EventLoop::create().value();
    int due = 0;
    Clock clock{loop, [this] { ++due; }};

    // Turns the loop until something was due, or until it had nothing to do for so long.
    void wait(std::chrono::microseconds quiet = 2s)
    {
        int const before = due;
        while (due == before && loop.turn(quiet).value()) {
        }
    }
};

TEST(ClockTest, TellsADeadlineOfEitherClockOnce)
{
    Rig rig;
    auto const now = rig.clock.now();
    rig.clock.arm({.boot_time = now.boot_time + 2ms, .wall_time = {}});
    rig.wait();
    EXPECT_EQ(rig.due, 1);
    EXPECT_GE(rig.clock.now().boot_time, now.boot_time + 2ms);

    rig.clock.arm({.boot_time = {}, .wall_time = rig.clock.now().wall_time + 2ms});
    rig.wait();
    EXPECT_EQ(rig.due, 2);
    EXPECT_FALSE(rig.loop.turn(20ms).value()) << "a deadline that was told is told again";
}

TEST(ClockTest, TellsADeadlineThatHasPassedAtOnceHoweverLongAgo)
{
    Rig rig;
    rig.clock.arm({.boot_time = {}, .wall_time = core::wall_from_us(-5)});
    rig.wait();
    EXPECT_EQ(rig.due, 1);
    rig.clock.arm({.boot_time = core::BootTime(0us), .wall_time = {}});
    rig.wait();
    EXPECT_EQ(rig.due, 2);
}

TEST(ClockTest, DoesNotWakeWhileNothingPends)
{
    Rig rig;
    auto const now = rig.clock.now();
    rig.clock.arm({.boot_time = now.boot_time + 5ms, .wall_time = now.wall_time + 5ms});
    rig.clock.arm({});
    EXPECT_FALSE(rig.loop.turn(30ms).value());
    EXPECT_EQ(rig.due, 0);
}

TEST(ClockTest, TellsTwoClocksThatDoNotConvertAndTheBootThatTheyBelongTo)
{
    Rig rig;
    auto const first = rig.clock.now();
    auto const second = rig.clock.now();
    EXPECT_GE(second.boot_time, first.boot_time);
    EXPECT_EQ(second.boot_id, first.boot_id);
    EXPECT_FALSE(first.boot_id.value.is_nil());
    EXPECT_GT(first.wall_time, core::WallTime(std::chrono::sys_days(std::chrono::year(2020) / 1 / 1)));
}

// A step of one nanosecond: the kernel announces it as any other, and nobody on the machine is disturbed.
TEST(ClockTest, TellsThatTheWallClockWasSetLongBeforeTheDeadline)
{
    Rig rig;
    rig.clock.arm({.boot_time = {}, .wall_time = rig.clock.now().wall_time + 24h});
    timex step{};
    step.modes = ADJ_SETOFFSET | ADJ_NANO;
    step.time.tv_usec = 1;
    if (::adjtimex(&step) < 0) GTEST_SKIP() << "may not set the clock here (needs CAP_SYS_TIME)";
    rig.wait();
    EXPECT_EQ(rig.due, 1);

    rig.clock.arm({.boot_time = {}, .wall_time = rig.clock.now().wall_time + 2ms});
    rig.wait();
    EXPECT_EQ(rig.due, 2) << "after the clock was set, deadlines are told as before";
}

} // namespace
} // namespace latchkey::sources
