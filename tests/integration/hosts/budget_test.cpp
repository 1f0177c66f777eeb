// SPDX-License-Identifier: MIT
#include "hosts/process_tree.h"
#include "integration/hosts/host_rig.h"

#include <chrono>

#include <sys/resource.h>

namespace latchkey::hosts::test {
namespace {

using namespace std::chrono_literals;
using core::event::CpuUsed;

// The budget's end is told once it is there, not long after, and without looking all the time.
TEST(CpuBudget, IsToldWhenItIsUsedUp)
{
    Rig rig;
    auto const host = rig.start_host();
    rig.hosts->set_budget({core::SharedText(kFamily), 200ms});
    rig.run_in(host, rig.words("spins"));
    rig.start_of(host);
    rig.turns = 0;
    core::Duration used{};
    ASSERT_TRUE(rig.wait_for<CpuUsed>([&](CpuUsed const& event) {
        used += event.cpu;
        return used >= 200ms;
    }));
    EXPECT_LT(used, 300ms);
    EXPECT_LE(rig.turns, 60U);
}

TEST(CpuBudget, CountsWhatTheTaskStarted)
{
    Rig rig;
    auto const host = rig.start_host();
    rig.hosts->set_budget({core::SharedText(kFamily), 600ms});
    rig.run_in(host, rig.words("spins in a child"));
    core::Duration used{};
    EXPECT_TRUE(rig.wait_for<CpuUsed>([&](CpuUsed const& event) {
        used += event.cpu;
        return used >= 600ms;
    }));
}

TEST(CpuBudget, IsNotToldWhileThereIsNone)
{
    Rig rig;
    rig.completion_of(rig.run("counts"));
    rig.hosts->stop({rig.last_host});
    rig.exit_of(rig.last_host);
    for (auto const& event : rig.told)
        EXPECT_FALSE(std::holds_alternative<CpuUsed>(event));
}

TEST(CpuBudget, ChargesWhatAHostUsedUntilItsEnd)
{
    Rig rig;
    auto const host = rig.start_host();
    rig.hosts->set_budget({core::SharedText(kFamily), 10s});
    rig.completion_of(rig.run_in(host, rig.words("counts")));
    rig.hosts->stop({host});
    rig.exit_of(host);
    core::Duration used{};
    for (auto const& event : rig.told) {
        if (auto const* const cpu = std::get_if<CpuUsed>(&event)) used += cpu->cpu;
    }
    EXPECT_GT(used, 0us);
    EXPECT_LT(used, 5s);
}

TEST(Host, IsReportedActiveWhileItsTaskWorksAndNotWhileItWaits)
{
    using core::event::InstanceActive;
    Rig rig;
    auto const waiting = rig.run("waits");
    rig.wait_for_progress(waiting, 1); // which counts as activity once
    auto const working = rig.run("spins");
    EXPECT_TRUE(rig.wait_for<InstanceActive>([&](auto const& e) { return e.instance == working; }));
    rig.told.clear();
    EXPECT_TRUE(rig.wait_for<InstanceActive>([&](auto const& e) { return e.instance == working; }));
    for (auto const& event : rig.told) {
        auto const* const active = std::get_if<InstanceActive>(&event);
        EXPECT_FALSE(active != nullptr && active->instance == waiting);
    }
}

// An idle machine stays asleep: what is prepared waits without waking anybody.
TEST(Hosts, WakeNobodyWhileNothingRuns)
{
    Rig rig;
    rig.completion_of(rig.run("nothing"));
    rig.hosts->stop({rig.last_host});
    rig.exit_of(rig.last_host);
    EXPECT_TRUE(rig.turn_until([&] { return !*rig.loop.turn(300ms); }));
    EXPECT_FALSE(*rig.loop.turn(1s));
}

// Time says little on a busy machine, and how many pages a start touches says what it costs.
TEST(Host, StartsInFewPageFaults)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "sanitizers have memory of their own";
#endif
    constexpr int kHosts = 20;
    constexpr long kMostFaults = 160; // 90 in an optimised build
    auto const faults = [] {
        rusage usage{};
        ::getrusage(RUSAGE_CHILDREN, &usage);
        return usage.ru_minflt;
    };
    Rig rig;
    rig.completion_of(rig.run("nothing"));
    rig.hosts->stop({rig.last_host});
    rig.exit_of(rig.last_host);
    long const before = faults();
    for (int i = 0; i < kHosts; ++i) {
        rig.completion_of(rig.run("nothing"));
        rig.hosts->stop({rig.last_host});
        rig.exit_of(rig.last_host);
    }
    long const each = (faults() - before) / kHosts;
    RecordProperty("faults", static_cast<int>(each));
    EXPECT_LE(each, kMostFaults);
}

TEST(Host, StandsStillWhileItIsFrozenAndGoesOnWhenItIsThawed)
{
    Rig rig;
    auto const host = rig.start_host();
    auto const instance = rig.run_in(host, rig.words("waits"));
    rig.wait_for_progress(instance, 1);
    auto const pid = static_cast<pid_t>(rig.start_of(host).pid);
    rig.hosts->freeze({host});
    EXPECT_TRUE(rig.turn_until([&] { return process_info(pid)->state == 'T'; }));
    rig.hosts->thaw({host});
    rig.hosts->cancel({host, instance, core::CancellationReason::Abort, {}});
    EXPECT_EQ(rig.completion_of(instance).result, 0);
}

TEST(Host, IsFrozenThoughItWasStillBeingMade)
{
    Rig rig;
    auto const host = rig.start_host();
    rig.hosts->freeze({host});
    auto const pid = static_cast<pid_t>(rig.start_of(host).pid);
    EXPECT_TRUE(rig.turn_until([&] { return process_info(pid)->state == 'T'; }));
}

TEST(Host, CanBeKilledWhileItIsFrozen)
{
    Rig rig;
    auto const host = rig.start_host();
    rig.wait_for_progress(rig.run_in(host, rig.words("waits")), 1);
    rig.hosts->freeze({host});
    rig.hosts->terminate({host});
    rig.exit_of(host);
}

} // namespace
} // namespace latchkey::hosts::test
