// SPDX-License-Identifier: MIT
// Names and numbers that applications, files and logs rely on: against the metadata of Windows, not against our tables.
#include "core/access.h"
#include "core/cancellation.h"
#include "core/condition.h"
#include "core/effect.h"
#include "core/history.h"
#include "core/refusal.h"
#include "core/trigger.h"

#include <set>

#include <gtest/gtest.h>

namespace latchkey::core {
namespace {

TEST(SystemTriggerTypes, HaveTheNumbersAndNamesOfWindows)
{
    std::pair<int, char const*> const expected[] = {{1, "SmsReceived"},
                                                    {2, "UserPresent"},
                                                    {3, "UserAway"},
                                                    {4, "NetworkStateChange"},
                                                    {5, "ControlChannelReset"},
                                                    {6, "InternetAvailable"},
                                                    {7, "SessionConnected"},
                                                    {8, "ServicingComplete"},
                                                    {9, "LockScreenApplicationAdded"},
                                                    {10, "LockScreenApplicationRemoved"},
                                                    {11, "TimeZoneChange"},
                                                    {12, "OnlineIdConnectedStateChange"},
                                                    {13, "BackgroundWorkCostChange"},
                                                    {14, "PowerStateChange"},
                                                    {15, "DefaultSignInAccountChange"}};
    ASSERT_EQ(std::size(expected), kSystemTriggers.size());
    for (auto const& [number, name] : expected) {
        EXPECT_EQ(name_of(static_cast<SystemTriggerType>(number)), name);
        EXPECT_EQ(parse_system_trigger(name), static_cast<SystemTriggerType>(number));
    }
    EXPECT_EQ(find_system_trigger(static_cast<SystemTriggerType>(0)), nullptr);
    EXPECT_EQ(find_system_trigger(static_cast<SystemTriggerType>(16)), nullptr);
}

TEST(ConditionTypes, HaveTheNumbersAndNamesOfWindows)
{
    char const* const expected[] = {"UserPresent",          "UserNotPresent",           "InternetAvailable",
                                    "InternetNotAvailable", "SessionConnected",         "SessionDisconnected",
                                    "FreeNetworkAvailable", "BackgroundWorkCostNotHigh"};
    for (std::size_t index = 0; index < std::size(expected); ++index) {
        EXPECT_EQ(name_of(static_cast<Condition>(index + 1)), expected[index]);
        EXPECT_EQ(parse_condition(expected[index]), static_cast<Condition>(index + 1));
    }
    EXPECT_EQ(parse_condition("ExternalPower"), std::nullopt);
    EXPECT_EQ(parse_condition("Invalid"), std::nullopt);
}

TEST(CancellationReasons, HaveTheNumbersAndNamesOfWindows)
{
    char const* const expected[] = {"Abort",
                                    "Terminating",
                                    "LoggingOff",
                                    "ServicingUpdate",
                                    "IdleTask",
                                    "Uninstall",
                                    "ConditionLoss",
                                    "SystemPolicy",
                                    "QuietHoursEntered",
                                    "ExecutionTimeExceeded",
                                    "ResourceRevocation",
                                    "EnergySaver"};
    ASSERT_EQ(std::size(expected), kCancellationReasons.size());
    for (std::size_t number = 0; number < std::size(expected); ++number) {
        EXPECT_EQ(name_of(static_cast<CancellationReason>(number)), expected[number]);
        EXPECT_EQ(parse_cancellation_reason(expected[number]), static_cast<CancellationReason>(number));
    }
}

TEST(TriggerKinds, AreInTheTableAtTheirPlaceUnderTheirClassName)
{
    std::set<std::string_view> names;
    for (std::size_t index = 0; index < kTriggerKinds.size(); ++index) {
        auto const& row = kTriggerKinds[index];
        EXPECT_EQ(static_cast<std::size_t>(row.kind), index + 1) << row.name;
        EXPECT_TRUE(row.name.ends_with("Trigger")) << row.name;
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
        EXPECT_EQ(parse_trigger_kind(row.name), row.kind);
        EXPECT_FALSE(row.declared_as.empty()) << row.name;
    }
    EXPECT_EQ(find_trigger_kind(TriggerKind::Invalid), nullptr);
    EXPECT_EQ(find_trigger_kind(static_cast<TriggerKind>(200)), nullptr);
}

TEST(TriggerWords, ReadTheSeedsNamesAndWriteThemAgain)
{
    for (auto const* words :
         {"TimeZoneChange", "InternetAvailable!", "TimeTrigger:15", "TimeTrigger:360!", "MaintenanceTrigger:30",
          "ApplicationTrigger", "InternetNotAvailable", "SessionStart!", "SessionDisconnected",
          "CustomSystemEventTrigger:door-opened", "PushNotificationTrigger"}) {
        auto const trigger = parse_trigger(words);
        ASSERT_TRUE(trigger.has_value()) << words;
        EXPECT_EQ(to_words(*trigger), words);
    }
    EXPECT_EQ(to_words(*parse_trigger("NetworkNotificationChannelReset")), "ControlChannelReset");
}

TEST(TriggerWords, RefuseWhatIsNoTrigger)
{
    for (auto const* words : {"", "!", ":", "TimeTrigger", "TimeTrigger:", "TimeTrigger:x", "TimeTrigger:15m",
                              "TimeTrigger:99999999999", "TimeTrigger:-5", "SystemTrigger", "PreviewTrigger",
                              "timezonechange", "Invalid", "TimeZoneChange:1", "TimeTrigger:15!!"}) {
        EXPECT_EQ(parse_trigger(words), std::nullopt) << words;
    }
}

TEST(TriggerEventTypes, AreThoseOfTheEventLog)
{
    EXPECT_EQ(event_log_type(system_trigger(SystemTriggerType::TimeZoneChange, false)), 11U);
    EXPECT_EQ(event_log_type(time_trigger(15, false)), 200U);
    EXPECT_EQ(event_log_type(maintenance_trigger(15, false)), 201U);
    EXPECT_EQ(event_log_type(trigger_of(TriggerKind::PushNotification)), 300U);
    EXPECT_EQ(event_log_type(trigger_of(TriggerKind::ControlChannel)), 400U);
}

TEST(BackgroundAccessStatuses, FollowTheProfile)
{
    using S = BackgroundAccessStatus;
    EXPECT_EQ(status_of(Profile::Windows10, Access::Allowed), S::AllowedSubjectToSystemPolicy);
    EXPECT_EQ(status_of(Profile::Windows10, Access::AlwaysAllowed), S::AlwaysAllowed);
    EXPECT_EQ(status_of(Profile::Windows10, Access::DeniedByUser), S::DeniedByUser);
    EXPECT_EQ(status_of(Profile::Windows10, Access::DeniedByPolicy), S::DeniedBySystemPolicy);
    EXPECT_EQ(status_of(Profile::Windows8, Access::Allowed), S::AllowedMayUseActiveRealTimeConnectivity);
    EXPECT_EQ(status_of(Profile::DeveloperPreview, Access::DeniedByUser), S::Denied);
    EXPECT_EQ(static_cast<int>(S::DeniedByUser), 7);
    EXPECT_EQ(static_cast<int>(S::AlwaysAllowed), 4);
}

TEST(Refusals, HaveTheHresultsThatTheContractNames)
{
    EXPECT_EQ(to_hex(info_of(Refusal::EntryPointNotDeclared).result), "0x80040154");
    EXPECT_EQ(to_hex(info_of(Refusal::TriggerNotDeclared).result), "0x80040154");
    EXPECT_EQ(to_hex(info_of(Refusal::FreshnessTooShort).result), "0x80070057");
    EXPECT_EQ(to_hex(info_of(Refusal::NoPackageIdentity).result), "0x80070490");
    EXPECT_EQ(to_hex(info_of(Refusal::OneRegistrationOnly).result), "0x80070718");
    EXPECT_EQ(to_hex(info_of(Refusal::TooManyRegistrations).result), "0x80070718");
    EXPECT_EQ(to_hex(info_of(Refusal::TriggerUnsupported).result), "0x80070032");
    EXPECT_EQ(to_hex(info_of(Refusal::AccessDenied).result), "0x80070005");
    std::set<std::string_view> names;
    for (auto const& row : kRefusals) {
        EXPECT_TRUE(failed(row.result)) << row.name;
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
    }
}

TEST(EventNumbers, AreThoseOfTheWindowsEventLog)
{
    EXPECT_EQ(static_cast<int>(EventNumber::Latched), 13);
    EXPECT_EQ(static_cast<int>(EventNumber::Unregistered), 20);
    EXPECT_EQ(static_cast<int>(EventNumber::ActivationFailed), 21);
    EXPECT_EQ(static_cast<int>(DeletionReason::OneShotActivated), 1);
    EXPECT_EQ(static_cast<int>(BufferingReason::PackageBeingServiced), 1);
    EXPECT_NE(find_event(EventNumber::SuspendedByCpuPolicy)->text.find("was throttled by sandboxing policy"),
              std::string_view::npos);
    std::set<EventNumber> numbers;
    for (auto const& row : kEvents)
        EXPECT_TRUE(numbers.insert(row.number).second) << row.name;
}

TEST(Guids, AreReadAndWrittenInTheirUsualForm)
{
    auto const guid = parse_guid("{0F8FAD5B-D9CB-469F-A165-70867728950E}");
    ASSERT_TRUE(guid.has_value());
    EXPECT_EQ(to_string(*guid), "0f8fad5b-d9cb-469f-a165-70867728950e");
    EXPECT_EQ(parse_guid("0f8fad5b-d9cb-469f-a165-70867728950"), std::nullopt);
    EXPECT_EQ(parse_guid("0f8fad5b-d9cb-469f-a165_70867728950e"), std::nullopt);
    EXPECT_EQ(parse_guid("0g8fad5b-d9cb-469f-a165-70867728950e"), std::nullopt);
}

TEST(Guids, OfInstancesAreRandomLookingAndNeverTwiceTheSame)
{
    std::set<Guid> seen;
    for (std::uint64_t number = 1; number <= 10'000; ++number) {
        Guid const guid = instance_guid({1, 2}, InstanceId{number});
        EXPECT_TRUE(seen.insert(guid).second);
        EXPECT_EQ(to_string(guid)[14], '4');
    }
    EXPECT_EQ(instance_guid({1, 2}, InstanceId{7}), instance_guid({1, 2}, InstanceId{7}));
    EXPECT_NE(instance_guid({1, 2}, InstanceId{7}), instance_guid({1, 3}, InstanceId{7}));
}

TEST(Effects, AreDurableExactlyWhenTheyNameSomethingToStore)
{
    EXPECT_TRUE(is_durable(effect::SaveTask{}));
    EXPECT_TRUE(is_durable(effect::AppendHistory{}));
    EXPECT_FALSE(is_durable(effect::Reply{}));
    EXPECT_FALSE(is_durable(effect::StartInstance{}));
    EXPECT_EQ(name_of(Effect(effect::AskUser{})), "AskUser");
    EXPECT_EQ(name_of(Effect(effect::SaveRegistration{})), "SaveRegistration");
    EXPECT_EQ(name_of(Effect(effect::Reply{})), "Reply");
}

} // namespace
} // namespace latchkey::core
