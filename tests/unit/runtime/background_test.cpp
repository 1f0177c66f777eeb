// SPDX-License-Identifier: MIT
#include "runtime/classes/factories.h"

#include <string>

#include <gtest/gtest.h>
#include <winrt/Latchkey.ApplicationModel.Background.h>
#include <winrt/Windows.ApplicationModel.Background.h>
#include <winrt/Windows.Foundation.Collections.h>

namespace {

using namespace winrt;
using namespace winrt::Windows::ApplicationModel::Background;
using namespace std::chrono_literals;

template <typename F>
hresult_error failure_of(F&& call)
{
    try {
        call();
    } catch (hresult_error const& error) {
        return error;
    }
    return hresult_error(0);
}

hresult code(uint32_t value)
{
    return static_cast<int32_t>(value);
}

TEST(OwnClasses, EachRowMakesAFactoryThatKnowsItsName)
{
    char const* const names[] = {
#define LATCHKEY_ROW(NAME, FUNCTION) NAME,
        LATCHKEY_OWN_CLASSES(LATCHKEY_ROW)
#undef LATCHKEY_ROW
    };
    for (char const* name : names) {
        auto const factory = get_activation_factory(to_hstring(std::string_view{name}));
        EXPECT_EQ(to_string(get_class_name(factory)), name);
    }
}

TEST(Triggers, KeepWhatTheyWereMadeOf)
{
    SystemTrigger const system{SystemTriggerType::TimeZoneChange, true};
    EXPECT_EQ(system.TriggerType(), SystemTriggerType::TimeZoneChange);
    EXPECT_TRUE(system.OneShot());
    TimeTrigger const time{15, false};
    EXPECT_EQ(time.FreshnessTime(), 15u);
    EXPECT_FALSE(time.OneShot());
    MaintenanceTrigger const maintenance{120, true};
    EXPECT_EQ(maintenance.FreshnessTime(), 120u);
    EXPECT_EQ(SystemCondition{SystemConditionType::UserPresent}.ConditionType(), SystemConditionType::UserPresent);
    EXPECT_EQ(LocationTrigger{LocationTriggerType::Geofence}.TriggerType(), LocationTriggerType::Geofence);
    CustomSystemEventTrigger const custom{L"id", CustomSystemEventTriggerRecurrence::Always};
    EXPECT_EQ(custom.TriggerId(), L"id");
    EXPECT_EQ(ContentPrefetchTrigger{5s}.WaitInterval(), Windows::Foundation::TimeSpan{5s});
    using namespace winrt::Latchkey::ApplicationModel::Background;
    PreviewTrigger const preview{PreviewTriggerType::SessionStart, false};
    EXPECT_EQ(preview.TriggerType(), PreviewTriggerType::SessionStart);
    EXPECT_NE(preview.try_as<IBackgroundTrigger>(), nullptr);
}

TEST(Triggers, ThatNeedNothingAreMadeOfNothing)
{
    EXPECT_NE(PushNotificationTrigger{}.as<IBackgroundTrigger>(), nullptr);
    EXPECT_NE(PushNotificationTrigger{L"App"}.as<IBackgroundTrigger>(), nullptr);
    EXPECT_EQ(get_class_name(TetheringEntitlementCheckTrigger{}),
              L"Windows.ApplicationModel.Background.TetheringEntitlementCheckTrigger");
}

TEST(Builder, KeepsItsProperties)
{
    BackgroundTaskBuilder builder;
    builder.Name(L"sync");
    builder.TaskEntryPoint(L"Tasks.Sync");
    builder.CancelOnConditionLoss(true);
    builder.IsNetworkRequested(true);
    builder.SetTrigger(SystemTrigger{SystemTriggerType::TimeZoneChange, false});
    builder.AddCondition(SystemCondition{SystemConditionType::UserPresent});
    EXPECT_EQ(builder.Name(), L"sync");
    EXPECT_EQ(builder.TaskEntryPoint(), L"Tasks.Sync");
    EXPECT_TRUE(builder.CancelOnConditionLoss());
    EXPECT_TRUE(builder.IsNetworkRequested());
    BackgroundTaskRegistrationGroup const group{L"id", L"name"};
    builder.TaskGroup(group);
    EXPECT_EQ(builder.TaskGroup(), group);
}

TEST(Builder, RefusesNullsAndASeventeenthCondition)
{
    BackgroundTaskBuilder builder;
    EXPECT_EQ(failure_of([&] { builder.SetTrigger(nullptr); }).code(), code(0x80070057));
    EXPECT_EQ(failure_of([&] { builder.AddCondition(nullptr); }).code(), code(0x80070057));
    for (int i = 0; i < 16; ++i)
        builder.AddCondition(SystemCondition{SystemConditionType::UserPresent});
    EXPECT_EQ(failure_of([&] { builder.AddCondition(SystemCondition{SystemConditionType::UserPresent}); }).code(),
              code(0x80070718));
}

TEST(Group, NeedsAnId)
{
    EXPECT_EQ(failure_of([] { BackgroundTaskRegistrationGroup{L""}; }).code(), code(0x80070057));
}

} // namespace
