// SPDX-License-Identifier: MIT
#include "taskhost/task_registration.h"

#include <array>
#include <charconv>
#include <cstring>

#include <winrt/Latchkey.ApplicationModel.Background.h>
#include <winrt/Windows.Foundation.Collections.h>
#include <winrt/Windows.Foundation.h>

namespace latchkey::taskhost {

namespace {

using namespace winrt::Windows::ApplicationModel::Background;
using winrt::Latchkey::ApplicationModel::Background::PreviewTrigger;
using winrt::Latchkey::ApplicationModel::Background::PreviewTriggerType;

struct SystemWord {
    std::string_view word;
    SystemTriggerType type;
};
constexpr std::array kSystemWords{
    SystemWord{"SmsReceived", SystemTriggerType::SmsReceived},
    SystemWord{"UserPresent", SystemTriggerType::UserPresent},
    SystemWord{"UserAway", SystemTriggerType::UserAway},
    SystemWord{"NetworkStateChange", SystemTriggerType::NetworkStateChange},
    SystemWord{"ControlChannelReset", SystemTriggerType::ControlChannelReset},
    SystemWord{"InternetAvailable", SystemTriggerType::InternetAvailable},
    SystemWord{"SessionConnected", SystemTriggerType::SessionConnected},
    SystemWord{"ServicingComplete", SystemTriggerType::ServicingComplete},
    SystemWord{"LockScreenApplicationAdded", SystemTriggerType::LockScreenApplicationAdded},
    SystemWord{"LockScreenApplicationRemoved", SystemTriggerType::LockScreenApplicationRemoved},
    SystemWord{"TimeZoneChange", SystemTriggerType::TimeZoneChange},
    SystemWord{"OnlineIdConnectedStateChange", SystemTriggerType::OnlineIdConnectedStateChange},
    SystemWord{"BackgroundWorkCostChange", SystemTriggerType::BackgroundWorkCostChange},
    SystemWord{"PowerStateChange", SystemTriggerType::PowerStateChange},
    SystemWord{"DefaultSignInAccountChange", SystemTriggerType::DefaultSignInAccountChange},
};
struct PreviewWord {
    std::string_view word;
    PreviewTriggerType type;
};
constexpr std::array kPreviewWords{
    PreviewWord{"InternetNotAvailable", PreviewTriggerType::InternetNotAvailable},
    PreviewWord{"SessionDisconnected", PreviewTriggerType::SessionDisconnected},
    PreviewWord{"SessionStart", PreviewTriggerType::SessionStart},
};

// The number behind "WORD:"; 0 when word is another one.
std::uint32_t minutes_of(std::string_view text, std::string_view word)
{
    std::uint32_t minutes = 0;
    if (text.starts_with(word)) {
        text.remove_prefix(word.size());
        std::from_chars(text.data(), text.data() + text.size(), minutes);
    }
    return minutes;
}

struct TaskRegistration : winrt::implements<TaskRegistration, IBackgroundTaskRegistration, IBackgroundTaskRegistration2,
                                            IBackgroundTaskRegistration3> {
    explicit TaskRegistration(Activation const& activation)
        : m_id(guid_of(activation.task)),
          m_name(activation.name),
          m_trigger(activation.trigger),
          m_one_shot(activation.one_shot)
    {}

    winrt::hstring GetRuntimeClassName() const override
    {
        return L"Windows.ApplicationModel.Background.BackgroundTaskRegistration";
    }

    winrt::guid TaskId() const { return m_id; }
    winrt::hstring Name() const { return m_name; }
    IBackgroundTrigger Trigger() const { return trigger_from(m_trigger, m_one_shot); }
    BackgroundTaskRegistrationGroup TaskGroup() const { return found().as<IBackgroundTaskRegistration3>().TaskGroup(); }
    void Unregister(bool cancel) const { found().Unregister(cancel); }

    // Progress and completions are told to the app. A handler may be added here, and is never called.
    winrt::event_token Progress(BackgroundTaskProgressEventHandler const& handler) { return m_progress.add(handler); }
    void Progress(winrt::event_token const& token) { m_progress.remove(token); }
    winrt::event_token Completed(BackgroundTaskCompletedEventHandler const& handler)
    {
        return m_completed.add(handler);
    }
    void Completed(winrt::event_token const& token) { m_completed.remove(token); }

private:
    // AllTasks has those without a group only.
    IBackgroundTaskRegistration found() const
    {
        if (auto task = BackgroundTaskRegistration::AllTasks().TryLookup(m_id)) return task;
        for (auto const& group : BackgroundTaskRegistration::AllTaskGroups()) {
            if (auto task = group.Value().AllTasks().TryLookup(m_id)) return task;
        }
        throw winrt::hresult_error(static_cast<std::int32_t>(0x80070490), L"the task is no longer registered");
    }

    winrt::guid const m_id;
    winrt::hstring const m_name;
    std::string const m_trigger;
    bool const m_one_shot;
    winrt::event<BackgroundTaskProgressEventHandler> m_progress;
    winrt::event<BackgroundTaskCompletedEventHandler> m_completed;
};

} // namespace

winrt::guid guid_of(LatchkeyGuid const& guid)
{
    winrt::guid result;
    static_assert(sizeof result == sizeof guid);
    std::memcpy(static_cast<void*>(&result), &guid, sizeof result);
    return result;
}

BackgroundTaskRegistration make_registration(Activation const& activation)
{
    return winrt::make<TaskRegistration>(activation).as<BackgroundTaskRegistration>();
}

IBackgroundTrigger trigger_from(std::string_view word, bool one_shot)
{
    for (SystemWord const& row : kSystemWords) {
        if (row.word == word) return SystemTrigger(row.type, one_shot);
    }
    for (PreviewWord const& row : kPreviewWords) {
        if (row.word == word) return PreviewTrigger(row.type, one_shot);
    }
    if (std::uint32_t const minutes = minutes_of(word, "TimeTrigger:")) return TimeTrigger(minutes, one_shot);
    if (std::uint32_t const minutes = minutes_of(word, "MaintenanceTrigger:")) {
        return MaintenanceTrigger(minutes, one_shot);
    }
    if (word == "ApplicationTrigger") return ApplicationTrigger();
    if (word == "PushNotificationTrigger") return PushNotificationTrigger();
    return nullptr;
}

} // namespace latchkey::taskhost
