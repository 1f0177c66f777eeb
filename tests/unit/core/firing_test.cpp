// SPDX-License-Identifier: MIT
#include "support/broker_rig.h"

#include <gtest/gtest.h>

namespace latchkey::core {
namespace {

using namespace std::chrono_literals;
using test::BrokerRig;

Trigger const kZone = system_trigger(SystemTriggerType::TimeZoneChange, false);

class Firing : public ::testing::Test {
protected:
    void SetUp() override { rig.install(); }
    void zone() { rig.fire(SystemTriggerType::TimeZoneChange); }
    void internet(bool there) { rig.set(Fact::Internet, there ? FactValue::True : FactValue::False); }
    BrokerRig rig;
};

TEST_F(Firing, RunsAtOnceWhenNothingIsMissing)
{
    auto const task = rig.must_register(kZone);
    zone();
    EXPECT_TRUE(rig.runs(task));
    EXPECT_TRUE(rig.logged(EventNumber::InstanceCreated));
    ASSERT_EQ(rig.all<effect::StartHost>().size(), 1U);
    EXPECT_EQ(rig.all<effect::StartInstance>().at(0).host, rig.all<effect::StartHost>().at(0).host);
}

TEST_F(Firing, ReachesOnlyTheRegistrationsOfItsTrigger)
{
    auto const other = rig.must_register(system_trigger(SystemTriggerType::UserAway, false));
    zone();
    EXPECT_FALSE(rig.runs(other));
}

TEST_F(Firing, IsLatchedOnDiskUntilItsConditionsHold)
{
    auto const task = rig.must_register(kZone, {Condition::InternetAvailable});
    zone();
    EXPECT_FALSE(rig.runs(task));
    EXPECT_TRUE(rig.logged(EventNumber::Latched));
    EXPECT_TRUE(rig.store.state(task).pending);
    EXPECT_EQ(rig.store.state(task).first_missing, Condition::InternetAvailable);
    EXPECT_EQ(rig.why(task).verdict, Verdict::WaitsForConditions);
    internet(true);
    EXPECT_TRUE(rig.runs(task));
    EXPECT_TRUE(rig.logged(EventNumber::Unlatched));
    EXPECT_FALSE(rig.store.state(task).pending);
}

TEST_F(Firing, WaitsForTheLastOfSeveralConditions)
{
    auto const task = rig.must_register(kZone, {Condition::InternetAvailable, Condition::UserNotPresent});
    zone();
    internet(true);
    EXPECT_FALSE(rig.runs(task));
    internet(false);
    rig.set(Fact::UserPresence, FactValue::False);
    EXPECT_FALSE(rig.runs(task));
    internet(true);
    EXPECT_TRUE(rig.runs(task));
}

TEST_F(Firing, LatchedSurvivesKillAndReboot)
{
    auto const task = rig.must_register(kZone, {Condition::InternetAvailable});
    zone();
    rig.crash();
    EXPECT_FALSE(rig.runs(task));
    rig.reboot(8h);
    internet(true);
    EXPECT_TRUE(rig.runs(task));
}

TEST_F(Firing, AbsorbsFurtherFiringsWhileLatched)
{
    auto const task = rig.must_register(kZone, {Condition::InternetAvailable});
    for (int i = 0; i < 5; ++i)
        zone();
    internet(true);
    rig.complete(rig.running(task));
    EXPECT_FALSE(rig.runs(task));
    EXPECT_EQ(rig.started.size(), 1U);
}

TEST_F(Firing, IsKeptOnceWhileAnInstanceRuns)
{
    auto const task = rig.must_register(kZone);
    zone();
    zone();
    EXPECT_TRUE(rig.logged(EventNumber::BufferedBehindInstance));
    EXPECT_TRUE(rig.store.state(task).pending);
    zone();
    EXPECT_TRUE(rig.why(task).buffered);
    auto const first = rig.running(task);
    rig.complete(first);
    EXPECT_TRUE(rig.logged(EventNumber::Unbuffered));
    auto const second = rig.running(task);
    EXPECT_NE(first, second);
    rig.complete(second);
    EXPECT_FALSE(rig.runs(task));
}

TEST_F(Firing, OfTasksWithContradictoryConditionsNeverRuns)
{
    auto const task = rig.must_register(kZone, {Condition::InternetAvailable, Condition::InternetNotAvailable});
    zone();
    for (bool const there : {true, false, true})
        internet(there);
    EXPECT_FALSE(rig.runs(task));
}

TEST_F(Firing, WithAnUnknownConditionWaits)
{
    auto const task = rig.must_register(kZone, {Condition::InternetNotAvailable});
    zone();
    EXPECT_FALSE(rig.runs(task));
    EXPECT_EQ(rig.why(task).conditions.at(0).value, FactValue::Unknown);
    internet(false);
    EXPECT_TRUE(rig.runs(task));
}

TEST_F(Firing, OfPreviewTriggersWorksLikeSystemTriggers)
{
    auto const task = rig.must_register(preview_trigger(PreviewTriggerType::SessionDisconnected, false));
    rig.send(event::PreviewTriggerFired{PreviewTriggerType::SessionStart});
    EXPECT_FALSE(rig.runs(task));
    rig.send(event::PreviewTriggerFired{PreviewTriggerType::SessionDisconnected});
    EXPECT_TRUE(rig.runs(task));
}

TEST_F(Firing, OfAOneShotHappensOnceAndTheTaskStaysListedUntilItsCompletionIsDelivered)
{
    auto const task = rig.must_register(system_trigger(SystemTriggerType::TimeZoneChange, true));
    zone();
    zone();
    rig.complete(rig.running(task));
    zone();
    EXPECT_EQ(rig.started.size(), 1U);
    EXPECT_EQ(rig.broker->tasks("Contoso"), std::vector{task});
    EXPECT_EQ(rig.why(task).verdict, Verdict::Spent);
    rig.crash();
    zone();
    EXPECT_EQ(rig.started.size(), 1U);
    rig.app(AppState::Running);
    rig.send(event::HandlerAttached{task});
    ASSERT_EQ(rig.delivered.size(), 1U);
    rig.send(event::CompletionDelivered{task, rig.delivered[0].instance});
    EXPECT_TRUE(rig.logged(EventNumber::Unregistered));
    EXPECT_TRUE(rig.broker->tasks("Contoso").empty());
    EXPECT_FALSE(rig.store.has_task(task));
}

TEST_F(Firing, OfAOneShotWhoseAppNeverListensIsForgottenAfterThirtyDays)
{
    auto const task = rig.must_register(system_trigger(SystemTriggerType::TimeZoneChange, true));
    zone();
    rig.complete(rig.running(task));
    rig.pass(std::chrono::days(30) - 1h);
    EXPECT_TRUE(rig.broker->knows(task));
    rig.pass(1h);
    EXPECT_FALSE(rig.broker->knows(task));
    EXPECT_FALSE(rig.store.has_task(task));
}

TEST_F(Firing, OfALatchedOneShotKeepsItRegistered)
{
    auto const task =
        rig.must_register(system_trigger(SystemTriggerType::TimeZoneChange, true), {Condition::UserPresent});
    zone();
    EXPECT_TRUE(rig.broker->knows(task));
    EXPECT_FALSE(rig.store.state(task).spent);
    rig.set(Fact::UserPresence, FactValue::True);
    EXPECT_TRUE(rig.store.state(task).spent);
}

TEST_F(Firing, WithDetailsIsServedInOrderOneByOne)
{
    auto const task = rig.must_register(trigger_of(TriggerKind::PushNotification));
    for (auto const* text : {"one", "two", "three"})
        EXPECT_TRUE(std::holds_alternative<effect::Done>(rig.fire(task, text)));
    for (auto const* text : {"one", "two", "three"}) {
        auto const instance = rig.running(task);
        ASSERT_TRUE(rig.started.back().details.has_value());
        EXPECT_EQ(rig.store.details(task, *rig.started.back().details), text);
        rig.complete(instance);
    }
    EXPECT_FALSE(rig.runs(task));
    EXPECT_EQ(rig.store.details_count(task), 0U);
    EXPECT_EQ(rig.started.size(), 3U);
}

// `latchkey why` tells since when it waits.
TEST_F(Firing, WithDetailsThatWaitsAgainAfterTheOneBeforeItWaitsSinceThen)
{
    auto const task = rig.must_register(trigger_of(TriggerKind::PushNotification), {Condition::InternetAvailable});
    rig.fire(task, "one");
    rig.fire(task, "two");
    internet(true);
    internet(false);
    rig.pass(1min);
    rig.complete(rig.running(task));
    EXPECT_EQ(rig.why(task).verdict, Verdict::WaitsForConditions);
    EXPECT_EQ(rig.store.state(task).pending_since, rig.now.wall_time);
}

TEST_F(Firing, WithDetailsBeyondSixtyFourIsRefusedToTheSenderAndLogged)
{
    auto const task = rig.must_register(trigger_of(TriggerKind::PushNotification), {Condition::InternetAvailable});
    for (int i = 0; i < 64; ++i)
        EXPECT_TRUE(std::holds_alternative<effect::Done>(rig.fire(task, std::to_string(i))));
    EXPECT_EQ(std::get<Refusal>(rig.fire(task, "65th")), Refusal::DetailsQueueFull);
    EXPECT_TRUE(rig.logged(EventNumber::Dropped));
    EXPECT_EQ(rig.store.details_count(task), 64U);
    internet(true);
    rig.complete(rig.running(task));
    EXPECT_TRUE(std::holds_alternative<effect::Done>(rig.fire(task, "fits again")));
}

TEST_F(Firing, WithDetailsInterruptedByACrashGetsTheSameDetailsAgain)
{
    auto const task = rig.must_register(trigger_of(TriggerKind::PushNotification));
    rig.fire(task, "one");
    rig.fire(task, "two");
    rig.crash();
    EXPECT_EQ(rig.started.back().restarts, 1);
    EXPECT_EQ(rig.store.details(task, *rig.started.back().details), "one");
    rig.complete(rig.running(task));
    EXPECT_EQ(rig.store.details(task, *rig.started.back().details), "two");
    rig.complete(rig.running(task));
    rig.crash();
    EXPECT_FALSE(rig.runs(task));
}

TEST_F(Firing, WithTooManyBytesIsRefused)
{
    auto const task = rig.must_register(trigger_of(TriggerKind::PushNotification));
    EXPECT_EQ(std::get<Refusal>(rig.fire(task, std::string(64 * 1024 + 1, 'x'))), Refusal::TextTooLong);
    EXPECT_EQ(std::get<Refusal>(rig.fire(TaskId{{3, 3}}, "x")), Refusal::UnknownTask);
}

class ApplicationTriggers : public Firing {
protected:
    effect::ApplicationTriggerResult request(std::string arguments = {})
    {
        rig.send(event::ApplicationTriggerRequested{
            {5}, SharedText("Contoso"), TriggerKind::Application, SharedText(std::move(arguments))});
        return std::get<effect::ApplicationTriggerResult>(*rig.last_answer());
    }
    using Result = effect::ApplicationTriggerResult;
};

TEST_F(ApplicationTriggers, RunWithTheirArgumentsAndAnswerCurrentlyRunningMeanwhile)
{
    auto const task = rig.must_register(trigger_of(TriggerKind::Application));
    EXPECT_EQ(request("a=1"), Result::Allowed);
    EXPECT_EQ(rig.store.details(task, *rig.started.back().details), "a=1");
    EXPECT_EQ(request("a=2"), Result::CurrentlyRunning);
    rig.complete(rig.running(task));
    EXPECT_FALSE(rig.runs(task)) << "the refused request is not queued";
    EXPECT_EQ(request(), Result::Allowed);
}

TEST_F(ApplicationTriggers, AnswerCurrentlyRunningWhileOneWaitsForItsConditionsOrToBeStartedAgain)
{
    auto const task = rig.must_register(trigger_of(TriggerKind::Application), {Condition::InternetAvailable});
    EXPECT_EQ(request(), Result::Allowed);
    EXPECT_EQ(request(), Result::CurrentlyRunning);
    internet(true);
    EXPECT_TRUE(rig.runs(task));
    rig.crash(false);
    EXPECT_EQ(request(), Result::CurrentlyRunning);
}

TEST_F(ApplicationTriggers, WithoutRegistrationOrAccessSayWhy)
{
    EXPECT_EQ(request(), Result::UnknownError);
    rig.must_register(trigger_of(TriggerKind::Application));
    rig.send(event::SetAccess{{}, SharedText("Contoso"), Access::DeniedByUser});
    EXPECT_EQ(request(), Result::DisabledByPolicy);
}

TEST_F(Firing, ByTheUserIgnoresConditionsOnlyWhenAskedTo)
{
    auto const task = rig.must_register(kZone, {Condition::InternetAvailable});
    rig.send(event::FireByUser{{1}, task, event::Conditions::MustHold});
    EXPECT_FALSE(rig.runs(task));
    rig.send(event::FireByUser{{1}, task, event::Conditions::AreIgnored});
    EXPECT_TRUE(rig.runs(task));
    EXPECT_FALSE(rig.store.state(task).pending) << "it was the same firing";
}

TEST_F(Firing, ByTheUserOfASpentOrUnknownTaskIsRefused)
{
    auto const task = rig.must_register(system_trigger(SystemTriggerType::TimeZoneChange, true));
    zone();
    rig.send(event::FireByUser{{1}, task, {}});
    EXPECT_EQ(std::get<Refusal>(*rig.last_answer()), Refusal::AlreadyRun);
    rig.send(event::FireByUser{{1}, TaskId{{4, 4}}, {}});
    EXPECT_EQ(std::get<Refusal>(*rig.last_answer()), Refusal::UnknownTask);
}

// --- time ---

TEST_F(Firing, OfATimeTriggerHappensAtTheTickAfterItIsDueAndThenEveryPeriod)
{
    auto const task = rig.must_register(time_trigger(25, false)); // registered 9:07: due 9:32, 9:57, …
    EXPECT_EQ(*rig.broker->next_deadline().wall_time, rig.now.wall_time + 38min);
    rig.pass(37min);
    EXPECT_FALSE(rig.runs(task));
    rig.pass(1min);
    rig.complete(rig.running(task));
    rig.pass(14min + 59s);
    EXPECT_FALSE(rig.runs(task));
    rig.pass(1s);
    EXPECT_TRUE(rig.runs(task));
}

TEST_F(Firing, OfATimeTriggerMissedWhileTheMachineWasOffHappensOnce)
{
    auto const task = rig.must_register(time_trigger(15, false));
    rig.reboot(26h);
    rig.send(event::TimeReached{});
    rig.complete(rig.running(task));
    EXPECT_FALSE(rig.runs(task));
    EXPECT_EQ(rig.started.size(), 1U);
    EXPECT_GT(*rig.broker->next_deadline().wall_time, rig.now.wall_time);
}

TEST_F(Firing, OfATimeTriggerFollowsTheClockForwardAndDoesNotRepeatItselfBackward)
{
    auto const task = rig.must_register(time_trigger(15, false));
    rig.step_wall_clock(5h);
    rig.send(event::TimeReached{});
    rig.complete(rig.running(task));
    rig.step_wall_clock(-2h);
    rig.pass(2h);
    EXPECT_FALSE(rig.runs(task));
    rig.pass(31min);
    EXPECT_TRUE(rig.runs(task));
}

TEST_F(Firing, OfATimeTriggerIsNotLostInAFutureThatTheClockOnlyBelievedIn)
{
    auto const task = rig.must_register(time_trigger(15, false));
    rig.step_wall_clock(std::chrono::days(365 * 72));
    rig.send(event::TimeReached{});
    rig.complete(rig.running(task));
    rig.step_wall_clock(-std::chrono::days(365 * 72));
    rig.send(event::TimeReached{});
    EXPECT_TRUE(rig.logged(EventNumber::ClockWentBack));
    rig.pass(31min);
    EXPECT_TRUE(rig.runs(task));
}

TEST_F(Firing, OfATimeTriggerIsMovedBackAlsoWhenTheClockWasCorrectedWhileTheBrokerWasDown)
{
    auto const task = rig.must_register(time_trigger(15, false));
    rig.step_wall_clock(std::chrono::days(365 * 72));
    rig.send(event::TimeReached{});
    rig.complete(rig.running(task));
    rig.reboot(-std::chrono::days(365 * 72));
    rig.pass(31min);
    EXPECT_TRUE(rig.runs(task));
}

TEST_F(Firing, OfAOneShotTimeTriggerHappensOnce)
{
    auto const task = rig.must_register(time_trigger(15, true));
    rig.pass(1h);
    rig.complete(rig.running(task));
    rig.pass(10h);
    EXPECT_EQ(rig.started.size(), 1U);
    EXPECT_EQ(rig.why(task).next_run, std::nullopt);
}

TEST_F(Firing, OfManyTimeTriggersNeedsOneWakeUpATick)
{
    for (std::uint32_t minutes = 15; minutes < 30; ++minutes)
        rig.must_register(time_trigger(minutes, false));
    auto const before = rig.store.commits();
    rig.pass(23min); // 9:30
    EXPECT_EQ(rig.store.commits() - before, 1U);
}

TEST_F(Firing, OfATimeTriggerWithALowerFloorAndGridByPolicy)
{
    rig.policy.freshness_floor = 1s;
    rig.policy.freshness_unit = 1s;
    rig.policy.timer_grid = 1s;
    rig.send(event::PolicyChanged{rig.policy});
    auto const task = rig.must_register(time_trigger(3, false));
    rig.pass(2s);
    EXPECT_FALSE(rig.runs(task));
    rig.pass(1s);
    EXPECT_TRUE(rig.runs(task));
}

TEST_F(Firing, OfMaintenanceWaitsForExternalPowerAndIsAbortedOnBattery)
{
    auto const task = rig.must_register(maintenance_trigger(15, false));
    rig.pass(30min);
    EXPECT_FALSE(rig.runs(task));
    EXPECT_EQ(rig.why(task).conditions.at(0).condition, Condition::ExternalPower);
    rig.set(Fact::ExternalPower, FactValue::True);
    EXPECT_TRUE(rig.runs(task));
    rig.set(Fact::ExternalPower, FactValue::False);
    ASSERT_EQ(rig.all<effect::RequestCancel>().size(), 1U);
    EXPECT_EQ(rig.all<effect::RequestCancel>()[0].reason, CancellationReason::Abort);
    EXPECT_TRUE(rig.broker->registration(task)->conditions.empty());
}

// --- access ---

TEST(Access, DecidesByProfileWhatAnAppThatWasNeverAskedAboutMayUse)
{
    using enum Profile;
    auto const unasked = [](Profile profile, Trigger const& trigger) {
        return may_fire(profile, Access::Unspecified, trigger);
    };
    Trigger const away = system_trigger(SystemTriggerType::UserAway, false);
    Trigger const reset = system_trigger(SystemTriggerType::ControlChannelReset, false);
    Trigger const push = trigger_of(TriggerKind::PushNotification);
    Trigger const time = time_trigger(15, false);
    EXPECT_FALSE(unasked(DeveloperPreview, time));
    EXPECT_FALSE(unasked(DeveloperPreview, push));
    EXPECT_FALSE(unasked(DeveloperPreview, reset));
    EXPECT_TRUE(unasked(DeveloperPreview, away));
    EXPECT_TRUE(unasked(DeveloperPreview, maintenance_trigger(15, false)));
    EXPECT_FALSE(unasked(Windows8, time));
    EXPECT_FALSE(unasked(Windows8, away));
    EXPECT_FALSE(unasked(Windows8, push));
    EXPECT_TRUE(unasked(Windows8, kZone));
    EXPECT_TRUE(unasked(Windows8, maintenance_trigger(15, false)));
    EXPECT_FALSE(unasked(Windows10, time));
    EXPECT_FALSE(unasked(Windows10, trigger_of(TriggerKind::Application)));
    EXPECT_TRUE(unasked(Windows10, push));
    for (auto const& profile : kProfiles) {
        for (auto const& row : kSystemTriggers) {
            Trigger const trigger = system_trigger(row.type, false);
            EXPECT_TRUE(may_fire(profile.profile, Access::Allowed, trigger));
            EXPECT_TRUE(may_fire(profile.profile, Access::AlwaysAllowed, trigger));
            bool const removed = row.type == SystemTriggerType::LockScreenApplicationRemoved;
            EXPECT_EQ(may_fire(profile.profile, Access::DeniedByUser, trigger), removed) << row.name;
            EXPECT_EQ(may_fire(profile.profile, Access::DeniedByPolicy, trigger), removed) << row.name;
        }
    }
}

TEST_F(Firing, ThatTheAppMayNotUseIsLoggedAndNotLatched)
{
    rig.send(event::SetAccess{{}, SharedText("Contoso"), Access::Unspecified});
    auto const task = rig.must_register(time_trigger(15, false), {Condition::InternetAvailable});
    rig.pass(23min);
    EXPECT_EQ(rig.store.history_count(EventNumber::NotAllowed), 1U);
    EXPECT_FALSE(rig.store.state(task).pending);
    EXPECT_EQ(rig.why(task).sentence, "Not allowed: latchkey allow Contoso");
    rig.send(event::SetAccess{{}, SharedText("Contoso"), Access::Allowed});
    internet(true);
    EXPECT_FALSE(rig.runs(task));
    rig.pass(15min);
    EXPECT_TRUE(rig.runs(task));
}

TEST_F(Firing, OfLockScreenTriggersFollowsTheList)
{
    auto const added = rig.must_register(system_trigger(SystemTriggerType::LockScreenApplicationAdded, false));
    auto const removed = rig.must_register(system_trigger(SystemTriggerType::LockScreenApplicationRemoved, false));
    rig.send(event::SetAccess{{9}, SharedText("Contoso"), Access::DeniedByUser});
    EXPECT_EQ(std::get<BackgroundAccessStatus>(*rig.last_answer()), BackgroundAccessStatus::Denied);
    EXPECT_TRUE(rig.runs(removed));
    EXPECT_FALSE(rig.runs(added));
    rig.complete(rig.running(removed));
    rig.send(event::SetAccess{{9}, SharedText("Contoso"), Access::Allowed});
    EXPECT_TRUE(rig.runs(added));
    EXPECT_FALSE(rig.runs(removed));
    rig.complete(rig.running(added));
    rig.send(event::SetAccess{{9}, SharedText("Contoso"), Access::AlwaysAllowed});
    EXPECT_FALSE(rig.runs(added)) << "it was on the list already";
}

TEST_F(Firing, StaysDeniedWhenTheAppGivesUpItsAccess)
{
    using event::Decider;
    rig.send(event::SetAccess{{}, SharedText("Contoso"), Access::DeniedByUser});
    rig.send(event::SetAccess{{9}, SharedText("Contoso"), Access::Unspecified, Decider::App});
    EXPECT_EQ(std::get<BackgroundAccessStatus>(*rig.last_answer()), BackgroundAccessStatus::Denied);
    EXPECT_EQ(rig.broker->package("Contoso")->access, Access::DeniedByUser);
    rig.send(event::SetAccess{{}, SharedText("Contoso"), Access::Allowed});
    rig.send(event::SetAccess{{9}, SharedText("Contoso"), Access::Unspecified, Decider::App});
    EXPECT_EQ(rig.broker->package("Contoso")->access, Access::Unspecified);
}

TEST_F(Firing, IsStoppedAndItsLatchDroppedWhenTheUserDenies)
{
    auto const runs = rig.must_register(kZone);
    auto const waits = rig.must_register(kZone, {Condition::InternetAvailable});
    zone();
    rig.send(event::SetAccess{{}, SharedText("Contoso"), Access::DeniedByUser});
    ASSERT_EQ(rig.all<effect::RequestCancel>().size(), 1U);
    EXPECT_EQ(rig.all<effect::RequestCancel>()[0].reason, CancellationReason::SystemPolicy);
    EXPECT_FALSE(rig.store.state(waits).pending);
    EXPECT_TRUE(rig.logged(EventNumber::Dropped));
    rig.complete(rig.running(runs));
    zone();
    internet(true);
    EXPECT_FALSE(rig.runs(runs));
    EXPECT_FALSE(rig.runs(waits));
}

TEST_F(Firing, OfRequestAccessAsksOnceAndThenAnswers)
{
    rig.send(event::SetAccess{{}, SharedText("Contoso"), Access::Unspecified});
    rig.send(event::AccessRequested{{3}, SharedText("Contoso")});
    ASSERT_EQ(rig.all<effect::AskUser>().size(), 1U);
    EXPECT_FALSE(rig.last_answer().has_value());
    rig.send(event::SetAccess{{3}, SharedText("Contoso"), Access::Allowed});
    EXPECT_EQ(std::get<BackgroundAccessStatus>(*rig.last_answer()),
              BackgroundAccessStatus::AllowedMayUseActiveRealTimeConnectivity);
    rig.send(event::AccessRequested{{4}, SharedText("Contoso")});
    EXPECT_FALSE(rig.has<effect::AskUser>());
    EXPECT_TRUE(rig.last_answer().has_value());
    rig.crash();
    EXPECT_EQ(rig.broker->package("Contoso")->access, Access::Allowed);
}

TEST(LockScreen, HoldsSevenAppsOnWindows8)
{
    BrokerRig rig(policy_of(Profile::Windows8));
    for (int i = 0; i < 8; ++i) {
        std::string const family = "App" + std::to_string(i);
        rig.install(family, Access::Unspecified);
        rig.send(event::SetAccess{{1}, SharedText(family), Access::Allowed});
        EXPECT_EQ(std::holds_alternative<Refusal>(*rig.last_answer()), i == 7);
    }
}

TEST(RequestAccess, OnWindows10DoesNotAsk)
{
    BrokerRig rig(policy_of(Profile::Windows10));
    rig.install("Contoso", Access::Unspecified);
    rig.send(event::AccessRequested{{1}, SharedText("Contoso")});
    EXPECT_FALSE(rig.has<effect::AskUser>());
    EXPECT_EQ(std::get<BackgroundAccessStatus>(*rig.last_answer()),
              BackgroundAccessStatus::AllowedSubjectToSystemPolicy);
}

} // namespace
} // namespace latchkey::core
