// SPDX-License-Identifier: MIT
#include "runtime/classes/trigger_words.h"

#include "runtime/broker.h"

#include <array>
#include <charconv>
#include <optional>

#include <winrt/Latchkey.ApplicationModel.Background.h>

namespace latchkey::runtime {

namespace {

using namespace winrt;
using namespace winrt::Windows::ApplicationModel::Background;
using winrt::Latchkey::ApplicationModel::Background::PreviewTrigger;
using winrt::Latchkey::ApplicationModel::Background::PreviewTriggerType;

// By the numbers of the enums; an empty word is Invalid.
constexpr std::array<std::string_view, 16> kSystemTriggers{"",
                                                           "SmsReceived",
                                                           "UserPresent",
                                                           "UserAway",
                                                           "NetworkStateChange",
                                                           "ControlChannelReset",
                                                           "InternetAvailable",
                                                           "SessionConnected",
                                                           "ServicingComplete",
                                                           "LockScreenApplicationAdded",
                                                           "LockScreenApplicationRemoved",
                                                           "TimeZoneChange",
                                                           "OnlineIdConnectedStateChange",
                                                           "BackgroundWorkCostChange",
                                                           "PowerStateChange",
                                                           "DefaultSignInAccountChange"};
constexpr std::array<std::string_view, 3> kPreviewTriggers{"InternetNotAvailable", "SessionDisconnected",
                                                           "SessionStart"};
constexpr std::array<std::string_view, 9> kConditions{"",
                                                      "UserPresent",
                                                      "UserNotPresent",
                                                      "InternetAvailable",
                                                      "InternetNotAvailable",
                                                      "SessionConnected",
                                                      "SessionDisconnected",
                                                      "FreeNetworkAvailable",
                                                      "BackgroundWorkCostNotHigh"};

constexpr std::wstring_view kNamespace = L"Windows.ApplicationModel.Background.";

template <typename Enum, size_t Size>
std::string word_of(std::array<std::string_view, Size> const& words, Enum value, std::wstring_view name)
{
    auto const number = static_cast<int32_t>(value);
    if (number < 0 || static_cast<size_t>(number) >= Size || words[static_cast<size_t>(number)].empty())
        throw hresult_invalid_argument(L"BackgroundTaskBuilder.Register: " + to_hstring(number) + L" is no value of " +
                                       name + L" that a task can have");
    return std::string{words[static_cast<size_t>(number)]};
}

template <typename Enum, size_t Size>
std::optional<Enum> value_of(std::array<std::string_view, Size> const& words, std::string_view word)
{
    for (size_t number = 0; number < Size; ++number)
        if (!word.empty() && words[number] == word) return static_cast<Enum>(number);
    return std::nullopt;
}

std::string timed(std::string_view name, uint32_t minutes)
{
    return std::string{name} + ":" + std::to_string(minutes);
}

} // namespace

TriggerWords words_of(IBackgroundTrigger const& trigger)
{
    if (auto const system = trigger.try_as<SystemTrigger>())
        return {word_of(kSystemTriggers, system.TriggerType(), L"SystemTriggerType"), system.OneShot(), {}};
    if (auto const time = trigger.try_as<TimeTrigger>())
        return {timed("TimeTrigger", time.FreshnessTime()), time.OneShot(), {}};
    if (auto const maintenance = trigger.try_as<MaintenanceTrigger>())
        return {timed("MaintenanceTrigger", maintenance.FreshnessTime()), maintenance.OneShot(), {}};
    if (auto const preview = trigger.try_as<PreviewTrigger>())
        return {word_of(kPreviewTriggers, preview.TriggerType(), L"PreviewTriggerType"), preview.OneShot(), {}};

    hstring const name = get_class_name(trigger);
    // What a program implements itself has the name of its interface.
    if (!std::wstring_view{name}.starts_with(kNamespace) || name == name_of<IBackgroundTrigger>())
        throw hresult_error(static_cast<int32_t>(0x80070032),
                            L"BackgroundTaskBuilder.Register: " + name + L" is no trigger that the broker knows");
    TriggerWords words{to_string(std::wstring_view{name}.substr(kNamespace.size())), false, {}};
    if (auto const custom = trigger.try_as<CustomSystemEventTrigger>()) {
        words.one_shot = custom.Recurrence() == CustomSystemEventTriggerRecurrence::Once;
        words.id = to_string(custom.TriggerId());
    } else if (auto const argued = trigger.try_as<impl::ITriggerArgument>()) {
        hstring argument;
        static_cast<impl::abi<impl::ITriggerArgument>::type*>(get_abi(argued))->Argument(put_abi(argument));
        words.id = to_string(argument);
    }
    return words;
}

std::string words_of(IBackgroundCondition const& condition)
{
    if (auto const system = condition.try_as<SystemCondition>())
        return word_of(kConditions, system.ConditionType(), L"SystemConditionType");
    throw hresult_error(static_cast<int32_t>(0x80070032), L"BackgroundTaskBuilder.Register: " +
                                                              get_class_name(condition) +
                                                              L" is no condition that the broker knows");
}

IBackgroundTrigger trigger_of(std::string const& words, bool one_shot)
{
    size_t const colon = words.find(':');
    std::string_view const name = std::string_view{words}.substr(0, colon);
    std::string_view const rest = colon == std::string::npos ? "" : std::string_view{words}.substr(colon + 1);
    if (auto const type = value_of<SystemTriggerType>(kSystemTriggers, name)) return SystemTrigger{*type, one_shot};
    if (auto const type = value_of<PreviewTriggerType>(kPreviewTriggers, name)) return PreviewTrigger{*type, one_shot};
    uint32_t minutes = 0;
    std::from_chars(rest.data(), rest.data() + rest.size(), minutes);
    if (name == "TimeTrigger") return TimeTrigger{minutes, one_shot};
    if (name == "MaintenanceTrigger") return MaintenanceTrigger{minutes, one_shot};
    if (name == "ApplicationTrigger") return ApplicationTrigger{};
    if (name == "PushNotificationTrigger") return PushNotificationTrigger{};
    if (name == "ToastNotificationActionTrigger") return ToastNotificationActionTrigger{};
    if (name == "ToastNotificationHistoryChangedTrigger") return ToastNotificationHistoryChangedTrigger{};
    if (name == "SocketActivityTrigger") return SocketActivityTrigger{};
    if (name == "LocationTrigger") return LocationTrigger{LocationTriggerType::Geofence};
    if (name == "CustomSystemEventTrigger")
        return CustomSystemEventTrigger{to_hstring(rest), one_shot ? CustomSystemEventTriggerRecurrence::Once
                                                                   : CustomSystemEventTriggerRecurrence::Always};
    return nullptr;
}

} // namespace latchkey::runtime
