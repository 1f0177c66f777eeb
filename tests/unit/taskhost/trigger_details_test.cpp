// SPDX-License-Identifier: MIT
#include "taskhost/task_registration.h"
#include "taskhost/trigger_details.h"

#include <gtest/gtest.h>
#include <winrt/Latchkey.ApplicationModel.Background.h>
#include <winrt/Windows.ApplicationModel.Background.h>
#include <winrt/Windows.Foundation.Collections.h>

namespace latchkey::taskhost {
namespace {

using namespace winrt::Windows::Foundation;
using namespace winrt::Windows::ApplicationModel::Background;

std::string number(std::uint32_t value)
{
    return {reinterpret_cast<char const*>(&value), sizeof value};
}
std::string block(std::string_view bytes)
{
    return number(static_cast<std::uint32_t>(bytes.size())) + std::string(bytes);
}

TEST(TriggerDetails, AreNothingATextOrTheArgumentsOfTheApp)
{
    EXPECT_EQ(details_from("", ""), nullptr);
    EXPECT_EQ(winrt::unbox_value<winrt::hstring>(details_from("PushNotification", "raw")), L"raw");
    auto const empty = details_from("ApplicationTrigger", "").as<ApplicationTriggerDetails>();
    EXPECT_EQ(empty.Arguments().Size(), 0U);
}

TEST(TriggerDetails, HaveTheValuesOfTheArguments)
{
    winrt::guid const id(L"{0f8fad5b-d9cb-469f-a165-70867728950e}");
    std::string tagged(1, '\x10'); // PropertyType.Guid
    tagged.append(reinterpret_cast<char const*>(&id), sizeof id);
    std::string array(1, '\x84'); // Int32, array
    array += number(1) + number(2);
    std::string const detail = number(4) + block("yes") + "b\x01" + block("id") + "a" + block(tagged) + block("all") +
                               "a" + block(array) + block("in") + "D" + number(1) + block("deep") + "u" + number(9);
    auto const arguments = details_from("ApplicationTrigger", detail).as<ApplicationTriggerDetails>().Arguments();
    EXPECT_TRUE(winrt::unbox_value<bool>(arguments.Lookup(L"yes")));
    EXPECT_EQ(winrt::unbox_value<winrt::guid>(arguments.Lookup(L"id")), id);
    winrt::com_array<std::int32_t> numbers;
    arguments.Lookup(L"all").as<IPropertyValue>().GetInt32Array(numbers);
    ASSERT_EQ(numbers.size(), 2U);
    EXPECT_EQ(numbers[1], 2);
    auto const inner = arguments.Lookup(L"in").as<Collections::ValueSet>();
    EXPECT_EQ(winrt::unbox_value<std::uint32_t>(inner.Lookup(L"deep")), 9U);
}

TEST(TriggerDetails, ThatAreCutAnywhereAreRefused)
{
    std::string const whole = number(1) + block("key") + "s" + block("value");
    for (std::size_t size = 1; size < whole.size(); ++size) {
        EXPECT_THROW(details_from("ApplicationTrigger", whole.substr(0, size)), winrt::hresult_invalid_argument);
    }
    EXPECT_THROW(details_from("ApplicationTrigger", whole + "x"), winrt::hresult_invalid_argument);
    std::string deep;
    for (int i = 0; i < 20; ++i)
        deep += number(1) + block("k") + "D";
    EXPECT_THROW(details_from("ApplicationTrigger", deep + number(0)), winrt::hresult_invalid_argument);
}

TEST(Trigger, IsMadeOfItsWord)
{
    auto const system = trigger_from("TimeZoneChange", true).as<SystemTrigger>();
    EXPECT_EQ(system.TriggerType(), SystemTriggerType::TimeZoneChange);
    EXPECT_TRUE(system.OneShot());
    EXPECT_EQ(trigger_from("TimeTrigger:45", false).as<TimeTrigger>().FreshnessTime(), 45U);
    EXPECT_EQ(trigger_from("MaintenanceTrigger:60", false).as<MaintenanceTrigger>().FreshnessTime(), 60U);
    using winrt::Latchkey::ApplicationModel::Background::PreviewTrigger;
    EXPECT_NE(trigger_from("SessionStart", false).try_as<PreviewTrigger>(), nullptr);
    EXPECT_NE(trigger_from("ApplicationTrigger", false).try_as<ApplicationTrigger>(), nullptr);
    EXPECT_EQ(trigger_from("DeviceUseTrigger", false), nullptr);
}

} // namespace
} // namespace latchkey::taskhost
