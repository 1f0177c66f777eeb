// SPDX-License-Identifier: MIT
#include "support/broker_rig.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace latchkey::core {
namespace {

using namespace std::chrono_literals;
using test::BrokerRig;

Trigger const kZone = system_trigger(SystemTriggerType::TimeZoneChange, false);

class Instances : public ::testing::Test {
protected:
    void SetUp() override { rig.install(); }
    void zone() { rig.fire(SystemTriggerType::TimeZoneChange); }
    TaskId feed()
    {
        auto request = rig.request(kZone);
        request.entry_point = "Tasks.Feed";
        return rig.must_register(request);
    }
    void policy(Policy changed)
    {
        rig.policy = changed;
        rig.send(event::PolicyChanged{changed});
    }
    BrokerRig rig;
};

TEST_F(Instances, OfOneAppShareAHostThatStopsAfterTheLast)
{
    auto const mail = rig.must_register(kZone);
    auto const news = feed();
    zone();
    EXPECT_EQ(rig.all<effect::StartHost>().size(), 1U);
    EXPECT_EQ(rig.host_of(rig.running(mail)), rig.host_of(rig.running(news)));
    rig.complete(rig.running(mail));
    EXPECT_FALSE(rig.has<effect::StopHost>());
    rig.complete(rig.running(news));
    EXPECT_EQ(rig.all<effect::StopHost>().size(), 1U);
}

TEST_F(Instances, OfDifferentAppsOrResourceGroupsGetTheirOwnHosts)
{
    auto declared = rig.declaration();
    declared.entry_points[1].resource_group = "feeds";
    rig.configure(declared);
    rig.install("Fabrikam");
    rig.must_register(kZone);
    feed();
    auto other = rig.request(kZone);
    other.package = SharedText("Fabrikam");
    rig.must_register(other);
    zone();
    EXPECT_EQ(rig.all<effect::StartHost>().size(), 3U);
}

TEST_F(Instances, LingeringHostsAreUsedAgainAndStoppedInTime)
{
    Policy changed;
    changed.host_linger = 30s;
    policy(changed);
    auto const task = rig.must_register(kZone);
    zone();
    rig.complete(rig.running(task));
    EXPECT_FALSE(rig.has<effect::StopHost>());
    rig.pass(20s);
    zone();
    EXPECT_FALSE(rig.has<effect::StartHost>());
    rig.complete(rig.running(task));
    rig.pass(30s);
    EXPECT_TRUE(rig.has<effect::StopHost>());
}

TEST_F(Instances, ReportTheirResultToARunningAppAtOnce)
{
    auto const task = rig.must_register(kZone);
    rig.app(AppState::Running);
    rig.send(event::HandlerAttached{task});
    zone();
    auto const instance = rig.running(task);
    rig.complete(instance, hresult(0x80004005), "no server");
    ASSERT_EQ(rig.delivered.size(), 1U);
    EXPECT_EQ(rig.store.completion(task)->result, hresult(0x80004005));
    EXPECT_EQ(rig.store.completion(task)->message.view(), "no server");
    EXPECT_EQ(rig.why(task).state.last_result, hresult(0x80004005));
    rig.send(event::CompletionDelivered{task, instance});
    EXPECT_FALSE(rig.store.completion(task).has_value());
}

TEST_F(Instances, ReportTheirResultToASuspendedAppWhenItIsResumed)
{
    auto const task = rig.must_register(kZone);
    rig.app(AppState::Running);
    rig.send(event::HandlerAttached{task});
    rig.app(AppState::Suspended);
    zone();
    rig.complete(rig.running(task));
    EXPECT_TRUE(rig.delivered.empty());
    rig.app(AppState::Running);
    EXPECT_EQ(rig.delivered.size(), 1U);
}

TEST_F(Instances, ReportOnlyTheLatestResultToALaunchedAppThatAttachesAgain)
{
    auto const task = rig.must_register(kZone);
    zone();
    rig.complete(rig.running(task));
    zone();
    auto const second = rig.running(task);
    rig.complete(second);
    rig.crash();
    rig.app(AppState::Running);
    EXPECT_TRUE(rig.delivered.empty()) << "nobody listens yet";
    rig.send(event::HandlerAttached{task});
    ASSERT_EQ(rig.delivered.size(), 1U);
    EXPECT_EQ(rig.delivered[0].instance, second);
    rig.app(AppState::Terminated);
    rig.app(AppState::Running);
    EXPECT_EQ(rig.delivered.size(), 1U) << "the handler went with the process";
}

TEST_F(Instances, ShowProgressOnlyWhileTheAppRuns)
{
    auto const task = rig.must_register(kZone);
    zone();
    auto const instance = rig.running(task);
    rig.send(event::InstanceProgress{instance, 10});
    EXPECT_FALSE(rig.has<effect::DeliverProgress>());
    rig.app(AppState::Running);
    rig.send(event::HandlerAttached{task});
    rig.send(event::InstanceProgress{instance, 42});
    ASSERT_EQ(rig.all<effect::DeliverProgress>().size(), 1U);
    EXPECT_EQ(rig.all<effect::DeliverProgress>()[0].progress, 42U);
    EXPECT_EQ(rig.why(task).progress, 42U);
    rig.app(AppState::Suspended);
    rig.send(event::InstanceProgress{instance, 43});
    EXPECT_FALSE(rig.has<effect::DeliverProgress>());
}

TEST_F(Instances, AreCancelledWithAReasonAndKilledFiveSecondsLater)
{
    auto const task = rig.must_register(kZone);
    zone();
    auto const instance = rig.running(task);
    rig.send(event::CancelByUser{{1}, task, CancellationReason::Abort});
    EXPECT_EQ(rig.all<effect::RequestCancel>().at(0).grace_ends, rig.now.boot_time + 5s);
    EXPECT_EQ(rig.why(task).verdict, Verdict::BeingCancelled);
    rig.pass(4999ms);
    EXPECT_FALSE(rig.has<effect::TerminateHost>());
    rig.pass(1ms);
    ASSERT_TRUE(rig.has<effect::TerminateHost>());
    EXPECT_TRUE(rig.logged(EventNumber::DidNotCompleteAfterCancel));
    rig.send(event::HostExited{rig.host_of(instance), std::nullopt, 9, {}});
    EXPECT_EQ(rig.store.completion(task)->result, kIgnoredCancel);
    EXPECT_FALSE(rig.runs(task));
}

TEST_F(Instances, ThatEndWithinTheGraceReportTheirOwnResult)
{
    auto const task = rig.must_register(kZone);
    zone();
    rig.send(event::CancelByUser{{1}, task, CancellationReason::Abort});
    rig.complete(rig.running(task), kOk);
    EXPECT_EQ(rig.store.completion(task)->result, kOk);
    EXPECT_TRUE(rig.has<effect::StopHost>());
    rig.pass(1min);
    EXPECT_FALSE(rig.has<effect::TerminateHost>());
}

TEST_F(Instances, OfTasksThatAskedForItAreCancelledWhenAConditionIsLost)
{
    auto request = rig.request(kZone, {Condition::InternetAvailable});
    request.cancel_on_condition_loss = true;
    auto const asked = rig.must_register(request);
    auto const not_asked = rig.must_register(kZone, {Condition::InternetAvailable});
    rig.set(Fact::Internet, FactValue::True);
    zone();
    rig.set(Fact::Internet, FactValue::Unknown);
    ASSERT_EQ(rig.all<effect::RequestCancel>().size(), 1U);
    EXPECT_EQ(rig.all<effect::RequestCancel>()[0].instance, rig.running(asked));
    EXPECT_EQ(rig.all<effect::RequestCancel>()[0].reason, CancellationReason::ConditionLoss);
    EXPECT_TRUE(rig.runs(not_asked));
    rig.complete(rig.running(asked));
    EXPECT_FALSE(rig.store.state(asked).pending) << "a cancelled firing was served";
}

TEST_F(Instances, OfUnregisteredTasksMayFinishOrAreAborted)
{
    auto const stays = rig.must_register(kZone);
    auto const goes = rig.must_register(kZone);
    zone();
    auto const finishing = rig.running(stays);
    auto const aborted = rig.running(goes);
    rig.send(event::Unregister{{1}, stays, event::RunningInstance::MayFinish});
    EXPECT_FALSE(rig.has<effect::RequestCancel>());
    EXPECT_FALSE(rig.store.has_task(stays));
    rig.send(event::Unregister{{2}, goes, event::RunningInstance::IsCancelled});
    EXPECT_EQ(rig.all<effect::RequestCancel>().at(0).reason, CancellationReason::Abort);
    rig.complete(finishing);
    rig.complete(aborted);
    EXPECT_TRUE(rig.has<effect::StopHost>());
    EXPECT_TRUE(rig.store.instances().empty());
}

TEST_F(Instances, OfACrashedHostEndWithAnErrorAndAreNotRetried)
{
    auto const task = rig.must_register(kZone);
    zone();
    rig.send(event::HostExited{rig.host_of(rig.running(task)), std::nullopt, 11, SharedText("signal SIGSEGV")});
    EXPECT_EQ(rig.store.completion(task)->result, kHostCrashed);
    EXPECT_EQ(rig.store.completion(task)->message.view(), "signal SIGSEGV");
    EXPECT_FALSE(rig.runs(task));
}

TEST_F(Instances, WhoseSiblingCrashedAreStartedAgainOnce)
{
    auto const culprit = rig.must_register(kZone);
    auto const sibling = feed();
    zone();
    auto const first = rig.running(sibling);
    rig.send(event::HostExited{rig.host_of(first), rig.running(culprit), 11, {}});
    EXPECT_EQ(rig.store.completion(culprit)->result, kHostCrashed);
    EXPECT_FALSE(rig.store.completion(sibling).has_value());
    auto const second = rig.running(sibling);
    EXPECT_NE(rig.host_of(second), rig.host_of(first));
    zone();
    rig.send(event::HostExited{rig.host_of(second), rig.running(culprit), 11, {}});
    EXPECT_EQ(rig.store.completion(sibling)->result, kSiblingCrashed);
}

TEST_F(Instances, InterruptedByTheBrokersEndAreStartedThreeTimesMoreThenTheTaskIsInQuarantine)
{
    auto const task = rig.must_register(kZone);
    zone();
    for (int restarts = 1; restarts <= 3; ++restarts) {
        rig.crash();
        EXPECT_EQ(rig.started.back().restarts, restarts);
        EXPECT_TRUE(rig.runs(task));
    }
    rig.crash();
    EXPECT_FALSE(rig.runs(task));
    EXPECT_EQ(rig.started.size(), 4U);
    EXPECT_EQ(rig.store.completion(task)->result, kInterrupted);
    EXPECT_EQ(rig.why(task).verdict, Verdict::Quarantined);
    zone();
    EXPECT_FALSE(rig.runs(task));
    EXPECT_TRUE(rig.store.state(task).pending) << "the firing waits for the quarantine's end";
    rig.crash();
    EXPECT_FALSE(rig.runs(task));
    rig.configure(rig.declaration("Contoso", "2.0.0.0"));
    EXPECT_TRUE(rig.runs(task));
}

// The machine was off for longer than a one-shot that has run is kept.
TEST_F(Instances, OfAOneShotInterruptedLongAgoAreStartedAgainAndForgottenLater)
{
    auto const task = rig.must_register(system_trigger(SystemTriggerType::TimeZoneChange, true));
    zone();
    ASSERT_TRUE(rig.runs(task));
    rig.now.wall_time += std::chrono::days(31);
    rig.crash(false);
    rig.send(event::TimeReached());
    rig.send(event::ProcessesGone());
    ASSERT_TRUE(rig.runs(task));
    for (int restarts = 0; restarts < 3; ++restarts)
        rig.crash();
    EXPECT_FALSE(rig.runs(task));
    rig.send(event::TimeReached());
    EXPECT_FALSE(rig.broker->knows(task)) << "nobody asked for its completion in time";
}

TEST_F(Instances, AreNotPutBesideOneThatIsBeingCancelled)
{
    auto const cancelled = rig.must_register(kZone);
    zone();
    rig.send(event::CancelByUser{{1}, cancelled, CancellationReason::Abort});
    auto const other = feed();
    zone();
    EXPECT_NE(rig.host_of(rig.running(other)), rig.host_of(rig.running(cancelled)));
}

TEST_F(Instances, AreGivenTheirRestartsAnewForEachFiring)
{
    auto const task = rig.must_register(kZone);
    auto const culprit = feed();
    for (int firing = 0; firing < 3; ++firing) {
        zone();
        rig.crash();
        rig.crash();
        EXPECT_EQ(rig.started.back().restarts, 2);
        auto const first = rig.running(task);
        rig.send(event::HostExited{rig.host_of(first), rig.running(culprit), 11, {}});
        ASSERT_TRUE(rig.runs(task)) << "once for each firing";
        rig.complete(rig.running(task));
        EXPECT_EQ(rig.store.state(task).restarts, 0);
        EXPECT_FALSE(rig.store.state(task).sibling_restarted);
    }
}

TEST_F(Instances, OfAQuarantinedTaskRunOnceWhenTheUserFiresIt)
{
    rig.policy.max_restarts = 0;
    rig.send(event::PolicyChanged{rig.policy});
    auto const task = rig.must_register(kZone);
    zone();
    rig.crash();
    zone();
    ASSERT_EQ(rig.why(task).verdict, Verdict::Quarantined);
    rig.send(event::FireByUser{{1}, task, {}});
    rig.complete(rig.running(task));
    EXPECT_FALSE(rig.runs(task));
}

TEST_F(Instances, ThatCompletedAreNotStartedAgainAfterACrash)
{
    auto const task = rig.must_register(kZone);
    zone();
    rig.complete(rig.running(task));
    rig.crash();
    EXPECT_FALSE(rig.runs(task));
    EXPECT_EQ(rig.started.size(), 1U);
}

// A host that dies with its broker is told by nobody.
TEST_F(Instances, LeaveNoHostBehindInTheStoreWhenItIsProvedGone)
{
    rig.must_register(kZone);
    zone();
    rig.send(event::HostStarted{rig.started[0].host, 4711, 99});
    rig.crash(false);
    EXPECT_EQ(rig.store.snapshot().hosts.size(), 1U) << "the next broker may be killed before it has looked";
    rig.send(event::ProcessesGone{});
    EXPECT_TRUE(rig.store.snapshot().hosts.empty());
}

TEST_F(Instances, AreNotStartedBeforeTheOldProcessesAreGone)
{
    auto const task = rig.must_register(kZone);
    zone();
    rig.crash(false);
    EXPECT_EQ(rig.why(task).verdict, Verdict::BrokerStarting) << "it was interrupted and is not idle";
    zone();
    EXPECT_FALSE(rig.runs(task));
    EXPECT_EQ(rig.why(task).verdict, Verdict::BrokerStarting);
    rig.send(event::ProcessesGone{});
    EXPECT_TRUE(rig.runs(task));
}

TEST_F(Instances, RestartedAreHeldBackByConditionsToo)
{
    auto const task = rig.must_register(kZone, {Condition::InternetAvailable});
    rig.set(Fact::Internet, FactValue::True);
    zone();
    rig.crash();
    EXPECT_FALSE(rig.runs(task));
    rig.set(Fact::Internet, FactValue::True);
    EXPECT_TRUE(rig.runs(task));
}

TEST_F(Instances, ThatDoNothingAreCancelledAsIdle)
{
    auto const task = rig.must_register(kZone);
    zone();
    rig.pass(9min);
    rig.send(event::InstanceActive{rig.running(task)});
    rig.pass(9min);
    EXPECT_EQ(rig.why(task).verdict, Verdict::Runs);
    rig.pass(1min);
    EXPECT_EQ(rig.why(task).cancelled, CancellationReason::IdleTask);
    EXPECT_EQ(rig.store.history_count(EventNumber::InactiveInstance), 1U);
}

TEST_F(Instances, OnWindows10AreCancelledAfterTwentyFiveSecondsButApplicationTriggersAfterTenMinutes)
{
    policy(policy_of(Profile::Windows10));
    auto const task = rig.must_register(kZone);
    auto const application = rig.must_register(trigger_of(TriggerKind::Application));
    zone();
    rig.send(event::ApplicationTriggerRequested{{1}, SharedText("Contoso"), TriggerKind::Application, {}});
    rig.pass(25s);
    EXPECT_EQ(rig.why(task).cancelled, CancellationReason::ExecutionTimeExceeded);
    EXPECT_EQ(rig.why(application).verdict, Verdict::Runs);
    rig.send(event::InstanceActive{rig.running(application)});
    rig.pass(10min);
    EXPECT_TRUE(rig.why(application).cancelled.has_value());
}

TEST_F(Instances, AreLimitedInNumberAndTheRestTakesItsTurn)
{
    Policy changed;
    changed.max_running = 3;
    changed.max_running_per_package = 2;
    policy(changed);
    rig.install("Fabrikam");
    std::vector<TaskId> tasks;
    for (int i = 0; i < 8; ++i) {
        auto request = rig.request(kZone);
        if (i >= 4) request.package = SharedText("Fabrikam");
        tasks.push_back(rig.must_register(request));
    }
    zone();
    EXPECT_EQ(rig.broker->running(), 3U);
    EXPECT_EQ(rig.why(tasks[3]).verdict, Verdict::TooManyOfPackage);
    EXPECT_EQ(rig.why(tasks[7]).verdict, Verdict::WaitsForItsTurn);
    for (int turn = 0; turn < 8; ++turn) {
        auto const waiting = rig.store.instances();
        ASSERT_FALSE(waiting.empty());
        EXPECT_LE(waiting.size(), 3U);
        rig.complete(waiting.begin()->first);
    }
    EXPECT_EQ(rig.started.size(), 8U) << "each ran once";
}

// --- budget ---

TEST_F(Instances, ThatUsedTheBudgetAreFrozenUntilTheNextGenerationAndNeverKilled)
{
    auto const task = rig.must_register(kZone);
    zone();
    EXPECT_EQ(rig.all<effect::SetCpuBudget>().at(0).left, std::optional<Duration>(2s));
    rig.send(event::CpuUsed{SharedText("Contoso"), 1900ms});
    EXPECT_FALSE(rig.has<effect::FreezeHost>());
    rig.send(event::CpuUsed{SharedText("Contoso"), 100ms});
    ASSERT_TRUE(rig.has<effect::FreezeHost>());
    EXPECT_TRUE(rig.logged(EventNumber::SuspendedByCpuPolicy));
    EXPECT_EQ(rig.why(task).verdict, Verdict::Throttled);
    auto const waiting = feed();
    zone();
    EXPECT_EQ(rig.why(waiting).verdict, Verdict::QuotaUsedUp);
    EXPECT_TRUE(rig.logged(EventNumber::Buffered));
    rig.pass(15min);
    EXPECT_EQ(rig.why(task).verdict, Verdict::Runs);
    EXPECT_EQ(rig.why(task).suspended_count, 1U);
    EXPECT_TRUE(rig.runs(waiting));
    EXPECT_EQ(rig.store.history_count(EventNumber::ContinuedByCpuPolicy), 1U);
    EXPECT_EQ(rig.why(task).quota_used, Duration(0));
}

TEST_F(Instances, UsedUpBudgetsSurviveACrash)
{
    rig.must_register(kZone);
    zone();
    rig.send(event::CpuUsed{SharedText("Contoso"), 3s});
    rig.crash();
    EXPECT_TRUE(rig.broker->package("Contoso")->quota.exhausted());
    EXPECT_EQ(rig.broker->running(), 0U);
    rig.pass(15min);
    EXPECT_EQ(rig.broker->running(), 1U);
}

TEST_F(Instances, OfAForegroundAppAreNotCharged)
{
    auto const task = rig.must_register(kZone);
    zone();
    rig.send(event::GroundChanged{SharedText("Contoso"), event::Ground::Front});
    EXPECT_EQ(rig.all<effect::SetCpuBudget>().at(0).left, std::nullopt);
    rig.send(event::CpuUsed{SharedText("Contoso"), 30s});
    EXPECT_EQ(rig.why(task).verdict, Verdict::Runs);
    EXPECT_EQ(rig.why(task).quota_used, Duration(0));
}

TEST_F(Instances, FrozenContinueWhenTheirAppComesToTheForeground)
{
    auto const task = rig.must_register(kZone);
    zone();
    rig.send(event::CpuUsed{SharedText("Contoso"), 2s});
    rig.send(event::GroundChanged{SharedText("Contoso"), event::Ground::Front});
    EXPECT_TRUE(rig.has<effect::ThawHost>());
    rig.send(event::GroundChanged{SharedText("Contoso"), event::Ground::Back});
    EXPECT_TRUE(rig.has<effect::FreezeHost>());
    EXPECT_EQ(rig.why(task).suspended_count, 2U);
}

TEST_F(Instances, FrozenAreThawedSoThatTheyCanHearACancellation)
{
    auto const task = rig.must_register(kZone);
    zone();
    rig.send(event::CpuUsed{SharedText("Contoso"), 2s});
    rig.send(event::CancelByUser{{1}, task, CancellationReason::Abort});
    auto const position = [&](auto matches) {
        return std::find_if(rig.effects.begin(), rig.effects.end(), matches) - rig.effects.begin();
    };
    auto const thaw = position([](auto const& e) { return std::holds_alternative<effect::ThawHost>(e); });
    auto const cancel = position([](auto const& e) { return std::holds_alternative<effect::RequestCancel>(e); });
    EXPECT_LT(thaw, cancel);
    EXPECT_LT(cancel, static_cast<std::ptrdiff_t>(rig.effects.size()));
}

TEST_F(Instances, FrozenAgainWhenTheCancelledOneBesideThemHasEnded)
{
    auto const task = rig.must_register(kZone);
    auto const other = feed();
    zone();
    rig.send(event::CpuUsed{SharedText("Contoso"), 2s});
    rig.send(event::CancelByUser{{1}, task, CancellationReason::Abort});
    EXPECT_EQ(rig.why(other).verdict, Verdict::Runs);
    rig.complete(rig.running(task));
    EXPECT_TRUE(rig.has<effect::FreezeHost>());
    EXPECT_EQ(rig.why(other).verdict, Verdict::Throttled);
    rig.pass(6s); // nothing of the ended one is due any more
    EXPECT_FALSE(rig.has<effect::TerminateHost>());
    EXPECT_EQ(rig.why(other).suspended_count, 2U);
}

TEST_F(Instances, OfAppsThatAreNotOnTheLockScreenHaveASmallerBudget)
{
    rig.send(event::SetAccess{{}, SharedText("Contoso"), Access::Unspecified});
    rig.must_register(kZone);
    zone();
    EXPECT_EQ(rig.all<effect::SetCpuBudget>().at(0).left, std::optional<Duration>(1s));
}

TEST_F(Instances, FrozenDoNotCountAsIdle)
{
    auto const task = rig.must_register(kZone);
    zone();
    rig.pass(8min);
    rig.send(event::InstanceActive{rig.running(task)});
    rig.send(event::CpuUsed{SharedText("Contoso"), 2s});
    rig.pass(15min);
    EXPECT_EQ(rig.why(task).verdict, Verdict::Runs);
}

// --- app-hosted ---

class AppHosted : public Instances {
protected:
    void SetUp() override
    {
        rig.install();
        auto declared = rig.declaration();
        for (auto& point : declared.entry_points)
            point.host = HostKind::AppProcess;
        rig.configure(declared);
        task = rig.must_register(kZone);
    }
    TaskId task;
};

TEST_F(AppHosted, TasksPrepareTheAppAsItsStateDemands)
{
    using P = effect::AppPreparation;
    std::pair<AppState, P> const rows[] = {{AppState::Running, P::None},
                                           {AppState::Suspended, P::ThawAllButUi},
                                           {AppState::Terminated, P::LaunchWithoutUi}};
    for (auto const& [state, preparation] : rows) {
        rig.app(state);
        zone();
        EXPECT_EQ(rig.all<effect::StartHost>().at(0).app, preparation) << name_of(state);
        rig.complete(rig.running(task));
        EXPECT_TRUE(rig.has<effect::StopHost>());
    }
}

TEST_F(AppHosted, TasksWaitWhileTheAppIsBeingKilled)
{
    zone();
    auto const host = rig.host_of(rig.running(task));
    rig.send(event::CancelByUser{{1}, task, CancellationReason::Abort});
    rig.pass(5s);
    auto const other = feed();
    zone();
    EXPECT_EQ(rig.why(other).verdict, Verdict::HostGoing);
    rig.send(event::HostExited{host, std::nullopt, 9, {}});
    EXPECT_TRUE(rig.runs(other));
}

// --- log-off ---

TEST_F(Instances, AreToldThatTheUserLogsOffWithWhatIsLeftOfTheTime)
{
    auto const task = rig.must_register(kZone);
    zone();
    rig.send(event::SessionEnding{2s});
    EXPECT_EQ(rig.all<effect::RequestCancel>().at(0).reason, CancellationReason::LoggingOff);
    EXPECT_EQ(rig.all<effect::RequestCancel>().at(0).grace_ends, rig.now.boot_time + 2s);
    rig.complete(rig.running(task));
    zone();
    EXPECT_EQ(rig.why(task).verdict, Verdict::SessionEnding);
    rig.send(event::SessionContinues{});
    EXPECT_TRUE(rig.runs(task));
}

TEST_F(Instances, ThatAreCancelledAlreadyHaveTheirGraceCutByALogOff)
{
    auto const task = rig.must_register(kZone);
    zone();
    rig.send(event::CancelByUser{{1}, task, CancellationReason::Abort});
    rig.send(event::SessionEnding{1s});
    rig.pass(1s);
    EXPECT_TRUE(rig.has<effect::TerminateHost>());
}

// --- packages ---

TEST_F(Instances, OfAPackageThatIsUpdatedAreCancelledAndFiringsWaitForTheNewVersion)
{
    auto const task = rig.must_register(kZone);
    zone();
    rig.send(event::ServicingStarted{SharedText("Contoso")});
    EXPECT_EQ(rig.all<effect::RequestCancel>().at(0).reason, CancellationReason::ServicingUpdate);
    rig.complete(rig.running(task));
    zone();
    EXPECT_EQ(rig.why(task).verdict, Verdict::PackageBeingServiced);
    EXPECT_TRUE(rig.logged(EventNumber::Buffered));
    rig.crash();
    rig.configure(rig.declaration("Contoso", "2.0.0.0"));
    EXPECT_TRUE(rig.runs(task));
}

TEST_F(Instances, OfServicingCompleteRunOncePerNewVersionAndNotAfterInstallation)
{
    auto const task = rig.must_register(system_trigger(SystemTriggerType::ServicingComplete, false));
    rig.configure(rig.declaration());
    EXPECT_FALSE(rig.runs(task));
    rig.configure(rig.declaration("Contoso", "2.0.0.0"));
    rig.complete(rig.running(task));
    rig.crash();
    EXPECT_FALSE(rig.runs(task));
    rig.fire(SystemTriggerType::ServicingComplete); // no source may raise it
    EXPECT_FALSE(rig.runs(task));
}

TEST_F(Instances, OfAnEntryPointThatIsGoneFailVisiblyAndTheRegistrationIsDeleted)
{
    auto const task = rig.must_register(kZone);
    auto declared = rig.declaration("Contoso", "2.0.0.0");
    declared.entry_points.erase(declared.entry_points.begin());
    rig.configure(declared);
    EXPECT_TRUE(rig.broker->knows(task)) << "registrations persist over updates";
    zone();
    EXPECT_TRUE(rig.logged(EventNumber::ActivationFailed));
    EXPECT_TRUE(rig.logged(EventNumber::Unregistered));
    EXPECT_EQ(rig.all<effect::DeleteRegistration>().at(0).reason, DeletionReason::EntryPointGone);
    EXPECT_FALSE(rig.broker->knows(task));
    EXPECT_TRUE(rig.started.empty());
}

TEST_F(Instances, WhoseClassTheHostDoesNotFindAreTreatedTheSame)
{
    auto const task = rig.must_register(kZone);
    zone();
    rig.send(event::ActivationFailed{rig.running(task), kTypeLoad, event::ActivationFailure::EntryPointGone, {}});
    EXPECT_FALSE(rig.broker->knows(task));
    EXPECT_TRUE(rig.store.instances().empty());
}

TEST_F(Instances, ThatFailToActivateForAnotherReasonCompleteWithThatError)
{
    auto const task = rig.must_register(kZone);
    zone();
    rig.send(event::ActivationFailed{rig.running(task), hresult(0x8007007e), event::ActivationFailure::Other,
                                     SharedText("libfoo.so is missing")});
    EXPECT_EQ(rig.store.completion(task)->result, hresult(0x8007007e));
    EXPECT_TRUE(rig.broker->knows(task));
}

TEST_F(Instances, OfARemovedPackageAreCancelledAndEverythingOfItGoes)
{
    auto const task = rig.must_register(kZone);
    zone();
    auto const instance = rig.running(task);
    rig.send(event::PackageRemoved{SharedText("Contoso")});
    EXPECT_EQ(rig.all<effect::RequestCancel>().at(0).reason, CancellationReason::Uninstall);
    EXPECT_EQ(rig.store.task_count(), 0U);
    EXPECT_FALSE(rig.broker->package("Contoso").has_value());
    rig.complete(instance);
    EXPECT_TRUE(rig.store.instances().empty());
    rig.install();
    zone();
    EXPECT_EQ(rig.started.size(), 1U);
}

TEST_F(Instances, OfAPackageWhoseManifestIsNotKnownYetWait)
{
    auto const task = rig.must_register(kZone);
    rig.broker.emplace(rig.policy, rig.store.snapshot(), rig.now);
    rig.send(event::ProcessesGone{});
    zone();
    EXPECT_EQ(rig.why(task).verdict, Verdict::PackageNotReadable);
    rig.configure(rig.declaration());
    EXPECT_TRUE(rig.runs(task));
}

TEST_F(Instances, KnowTheirHostsProcessForTheNextBroker)
{
    rig.send(event::HostStarted{HostId{7}, 4711, 99});
    ASSERT_EQ(rig.store.snapshot().hosts.size(), 1U);
    EXPECT_EQ(rig.store.snapshot().hosts[0], (HostProcess{HostId{7}, 4711, 99}));
    rig.send(event::HostExited{HostId{7}, std::nullopt, 0, {}});
    EXPECT_TRUE(rig.store.snapshot().hosts.empty());
}

// --- why ---

TEST_F(Instances, ExplainWhyTheyDoNotRunInOneSentence)
{
    auto const task = rig.must_register(kZone, {Condition::InternetAvailable});
    EXPECT_EQ(rig.why(task).sentence, "Waits for its trigger: TimeZoneChange has not fired.");
    auto const timed = rig.must_register(time_trigger(15, false));
    EXPECT_EQ(rig.why(timed).sentence, "Is due at 2026-11-21 09:30:00 UTC.");
    rig.set(Fact::Internet, FactValue::False);
    zone();
    auto const why = rig.why(task);
    EXPECT_EQ(why.sentence,
              "Fired at 2026-11-21 09:07:00 UTC and waits for: InternetAvailable (until the Internet is available).");
    ASSERT_EQ(why.conditions.size(), 1U);
    EXPECT_EQ(why.conditions[0].source, "test");
    EXPECT_FALSE(why.conditions[0].holds);
    EXPECT_FALSE(rig.broker->explain(TaskId{{8, 8}}, rig.now).has_value());
}

} // namespace
} // namespace latchkey::core
