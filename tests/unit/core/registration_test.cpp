// SPDX-License-Identifier: MIT
#include "core/registration.h"
#include "support/broker_rig.h"

#include <gtest/gtest.h>

namespace latchkey::core {
namespace {

using namespace std::chrono_literals;
using test::BrokerRig;

class Register : public ::testing::Test {
protected:
    void SetUp() override { rig.install(); }
    void expect_refused(RegisterRequest request, Refusal refusal)
    {
        auto const answer = rig.ask(std::move(request));
        ASSERT_TRUE(std::holds_alternative<Refusal>(answer)) << "registered instead of " << info_of(refusal).name;
        EXPECT_EQ(info_of(std::get<Refusal>(answer)).name, info_of(refusal).name);
        EXPECT_FALSE(rig.has<effect::SaveRegistration>());
    }
    RegisterRequest good() { return rig.request(system_trigger(SystemTriggerType::TimeZoneChange, false)); }

    BrokerRig rig;
};

TEST_F(Register, StoresBeforeItAnswers)
{
    auto const task = rig.must_register(good());
    EXPECT_TRUE(rig.store.has_task(task));
    EXPECT_TRUE(rig.logged(EventNumber::Registered));
    EXPECT_EQ(rig.broker->registration(task)->entry_point, "Tasks.Mail");
    EXPECT_EQ(rig.broker->tasks("Contoso"), std::vector{task});
}

TEST_F(Register, OfAnUndeclaredEntryPointIsClassNotRegistered)
{
    auto request = good();
    request.entry_point = "Tasks.mail"; // case matters
    expect_refused(request, Refusal::EntryPointNotDeclared);
}

TEST_F(Register, OfATriggerTypeThatTheManifestDoesNotDeclareIsClassNotRegistered)
{
    auto declared = rig.declaration();
    declared.entry_points[0].types = ManifestTaskTypes(ManifestTaskType::Timer);
    rig.configure(declared);
    expect_refused(good(), Refusal::TriggerNotDeclared);
    rig.must_register(time_trigger(15, false));
    declared.entry_points[0].types = ManifestTaskTypes(ManifestTaskType::SystemEvent);
    rig.configure(declared);
    rig.must_register(good());
    expect_refused(rig.request(time_trigger(15, false)), Refusal::TriggerNotDeclared);
}

TEST_F(Register, WithoutAPackageIsNotFound)
{
    auto request = good();
    request.package = {};
    expect_refused(request, Refusal::NoPackageIdentity);
    request.package = SharedText("Nobody");
    expect_refused(request, Refusal::UnknownPackage);
}

TEST_F(Register, OfAFreshnessBelowFifteenMinutesIsAnInvalidArgument)
{
    expect_refused(rig.request(time_trigger(0, false)), Refusal::FreshnessTooShort);
    expect_refused(rig.request(time_trigger(14, false)), Refusal::FreshnessTooShort);
    expect_refused(rig.request(maintenance_trigger(14, false)), Refusal::FreshnessTooShort);
    rig.must_register(time_trigger(15, false));
    rig.must_register(time_trigger(0xffffffff, false));
}

TEST_F(Register, OfMaintenanceAboveThirtyDaysIsAnInvalidArgument)
{
    rig.must_register(maintenance_trigger(30 * 24 * 60, false));
    expect_refused(rig.request(maintenance_trigger(30 * 24 * 60 + 1, false)), Refusal::FreshnessTooLong);
}

TEST_F(Register, OfATriggerThatNothingOnLinuxCouldFireIsNotSupported)
{
    expect_refused(rig.request(trigger_of(TriggerKind::ActivitySensor)), Refusal::TriggerUnsupported);
    expect_refused(rig.request(system_trigger(SystemTriggerType::OnlineIdConnectedStateChange, false)),
                   Refusal::TriggerUnsupported);
}

TEST_F(Register, OfNumbersThatAreNoTriggerIsAnInvalidArgument)
{
    expect_refused(rig.request(trigger_of(TriggerKind::Invalid)), Refusal::TriggerMissing);
    expect_refused(rig.request(trigger_of(static_cast<TriggerKind>(250))), Refusal::TriggerUnknown);
    expect_refused(rig.request(system_trigger(SystemTriggerType::Invalid, false)), Refusal::TriggerUnknown);
    expect_refused(rig.request(system_trigger(static_cast<SystemTriggerType>(16), false)), Refusal::TriggerUnknown);
    expect_refused(rig.request(preview_trigger(static_cast<PreviewTriggerType>(4), false)), Refusal::TriggerUnknown);
}

TEST_F(Register, OfAOneShotControlChannelResetIsAnInvalidArgument)
{
    expect_refused(rig.request(system_trigger(SystemTriggerType::ControlChannelReset, true)),
                   Refusal::TriggerMustRepeat);
}

TEST_F(Register, OfNumbersThatAreNoConditionIsAnInvalidArgument)
{
    for (int const number : {0, 9, 10, 200}) {
        auto request = good();
        request.conditions = {static_cast<Condition>(number)};
        expect_refused(request, Refusal::ConditionUnknown);
    }
}

TEST_F(Register, TakesSixteenConditionsAndNoMore)
{
    auto request = good();
    request.conditions.assign(16, Condition::UserPresent);
    rig.must_register(request);
    request = good();
    request.conditions.assign(17, Condition::UserPresent);
    expect_refused(request, Refusal::TooManyConditions);
}

TEST_F(Register, TakesNamesOfFourKibibytesAndNoMore)
{
    auto request = good();
    request.name.assign(4096, 'n');
    rig.must_register(request);
    request = good();
    request.name.assign(4097, 'n');
    expect_refused(request, Refusal::TextTooLong);
    request = good();
    request.group_id.assign(4097, 'g');
    expect_refused(request, Refusal::TextTooLong);
}

TEST_F(Register, OfASecondApplicationTriggerIsOverTheQuota)
{
    auto const first = rig.must_register(trigger_of(TriggerKind::Application));
    expect_refused(rig.request(trigger_of(TriggerKind::Application)), Refusal::OneRegistrationOnly);
    rig.send(event::Unregister{{1}, first, {}});
    rig.must_register(trigger_of(TriggerKind::Application));
}

TEST_F(Register, OfTheSameNameTwiceMakesTwoRegistrationsThatBothRun)
{
    auto const one = rig.must_register(good());
    auto const two = rig.must_register(good());
    rig.fire(SystemTriggerType::TimeZoneChange);
    EXPECT_TRUE(rig.runs(one));
    EXPECT_TRUE(rig.runs(two));
}

TEST_F(Register, StopsAtAThousandOfAPackageAndAtTheLimitOfAll)
{
    rig.policy.max_registrations_per_package = 3;
    rig.policy.max_registrations = 4;
    rig.send(event::PolicyChanged{rig.policy});
    for (int i = 0; i < 3; ++i)
        rig.must_register(good());
    expect_refused(good(), Refusal::TooManyRegistrationsOfPackage);
    rig.install("Fabrikam");
    auto other = good();
    other.package = SharedText("Fabrikam");
    rig.must_register(other);
    other = good();
    other.package = SharedText("Fabrikam");
    expect_refused(other, Refusal::TooManyRegistrations);
    EXPECT_EQ(Policy().max_registrations_per_package, 1'000U);
    EXPECT_EQ(Policy().max_registrations, 200'000U);
}

TEST_F(Register, OfAKnownIdIsRefused)
{
    auto request = good();
    rig.must_register(request);
    expect_refused(request, Refusal::DuplicateTaskId);
    request.task = {};
    expect_refused(request, Refusal::DuplicateTaskId);
}

TEST_F(Register, WithoutEntryPointNeedsAPackageWithInProcessTasks)
{
    auto request = good();
    request.entry_point.clear();
    expect_refused(request, Refusal::EntryPointMissing);
    auto declared = rig.declaration();
    declared.in_process_tasks = true;
    rig.configure(declared);
    auto const task = rig.must_register(request);
    rig.fire(SystemTriggerType::TimeZoneChange);
    EXPECT_EQ(rig.all<effect::StartHost>().at(0).kind, HostKind::InProcess);
    EXPECT_TRUE(rig.runs(task));
}

TEST_F(Register, IsAllowedForAnAppThatMayNotRun)
{
    rig.send(event::SetAccess{{}, SharedText("Contoso"), Access::DeniedByUser});
    rig.must_register(time_trigger(15, false));
}

TEST_F(Register, IntoAGroupKeepsItOutOfAllTasks)
{
    auto request = good();
    request.group_id = "9a5f";
    request.group_name = "Sync";
    auto const grouped = rig.must_register(request);
    auto const free = rig.must_register(good());
    EXPECT_EQ(rig.broker->tasks("Contoso"), std::vector{free});
    EXPECT_EQ(rig.broker->tasks("Contoso", "9a5f"), std::vector{grouped});
    ASSERT_EQ(rig.broker->groups("Contoso").size(), 1U);
    EXPECT_EQ(rig.broker->groups("Contoso")[0].name, "Sync");
    rig.crash();
    EXPECT_EQ(rig.broker->tasks("Contoso", "9a5f"), std::vector{grouped});
    rig.send(event::Unregister{{1}, grouped, {}});
    EXPECT_TRUE(rig.broker->groups("Contoso").empty());
}

TEST_F(Register, SurvivesRestartAndReboot)
{
    auto const task = rig.must_register(good());
    auto const before = rig.broker->registration(task);
    rig.crash();
    EXPECT_EQ(rig.broker->registration(task), before);
    rig.reboot(3h);
    EXPECT_EQ(rig.broker->registration(task), before);
    rig.fire(SystemTriggerType::TimeZoneChange);
    EXPECT_TRUE(rig.runs(task));
}

TEST_F(Register, OfUnknownTasksIsNotUndone)
{
    rig.send(event::Unregister{{1}, TaskId{{1, 1}}, {}});
    EXPECT_EQ(std::get<Refusal>(*rig.last_answer()), Refusal::UnknownTask);
}

TEST(Policies, OfEveryProfileCanBeUsedAndBadNumbersAreNamed)
{
    for (auto const& row : kProfiles)
        EXPECT_EQ(check(policy_of(row.profile)), std::nullopt) << row.name;
    Policy policy;
    policy.timer_grid = 0us;
    EXPECT_NE(check(policy)->find("timer_grid"), std::string::npos);
    policy = {};
    policy.max_details = 256;
    EXPECT_NE(check(policy)->find("max_details"), std::string::npos);
    policy = {};
    policy.lock_screen_quota.generation = 0us;
    EXPECT_NE(check(policy)->find("lock_screen_quota.generation"), std::string::npos);
    policy = {};
    policy.freshness_unit = 1h;
    EXPECT_NE(check(policy)->find("freshness_unit"), std::string::npos)
        << "an app's 2^32 units would be no number of microseconds";
    policy = {};
    policy.max_details_bytes = kMaxDetailsBytesEver + 1;
    EXPECT_NE(check(policy)->find("max_details_bytes"), std::string::npos);
}

TEST(Policies, HaveTheNumbersOfTheSeed)
{
    Policy const preview = policy_of(Profile::DeveloperPreview);
    EXPECT_EQ(preview.lock_screen_quota, (QuotaLimits{2s, 15min}));
    EXPECT_EQ(preview.other_quota, (QuotaLimits{1s, 2h}));
    EXPECT_EQ(preview.cancel_grace, Duration(5s));
    EXPECT_EQ(preview.timer_grid, Duration(15min));
    EXPECT_EQ(preview.host_linger, Duration(0s));
    EXPECT_EQ(policy_of(Profile::Windows8).max_lock_screen_apps, 7U);
    EXPECT_EQ(policy_of(Profile::Windows10).run_limit, Duration(25s));
}

TEST_F(Register, TellsWhatIsWaitedForSoThatNothingElseIsWatched)
{
    EXPECT_FALSE(rig.broker->awaits(SystemTriggerType::TimeZoneChange));
    EXPECT_FALSE(rig.broker->awaits(Fact::Internet));

    // Both conditions are sides of one fact: it is waited for until neither is.
    auto const both = rig.must_register(system_trigger(SystemTriggerType::TimeZoneChange, false),
                                        {Condition::InternetAvailable, Condition::InternetNotAvailable});
    auto const one = rig.must_register(time_trigger(15, false), {Condition::InternetAvailable});
    EXPECT_TRUE(rig.broker->awaits(SystemTriggerType::TimeZoneChange));
    EXPECT_FALSE(rig.broker->awaits(SystemTriggerType::UserPresent));
    EXPECT_TRUE(rig.broker->awaits(Fact::Internet));
    rig.crash();
    EXPECT_TRUE(rig.broker->awaits(Fact::Internet));

    rig.send(event::Unregister{{}, both});
    EXPECT_FALSE(rig.broker->awaits(SystemTriggerType::TimeZoneChange));
    EXPECT_TRUE(rig.broker->awaits(Fact::Internet));
    EXPECT_EQ(rig.broker->all_tasks("Contoso"), std::vector{one});
    rig.send(event::Unregister{{}, one});
    EXPECT_FALSE(rig.broker->awaits(Fact::Internet));
}

} // namespace
} // namespace latchkey::core
