// SPDX-License-Identifier: MIT
#pragma once

// One run of a task, as the task sees it (IBackgroundTaskInstance to 4) and as the host drives it.
//
//   run() -> Run returned, no deferral open -> ended
//         -> Run returned, deferrals open --- the last completes or is let go ---> ended
//         -> Run failed ----------------------------------------------------------> ended, deferrals do not matter
//
// Ended is told exactly once, on whichever thread it happens. The task's object is kept beyond it, because the call
// that ended the instance may come from a member of it; let_go() ends that.

#include "taskhost/activation.h"

#include <atomic>
#include <functional>
#include <optional>

#include <winrt/Windows.ApplicationModel.Background.h>
#include <winrt/Windows.Foundation.h>
#include <winrt/Windows.System.h>

namespace latchkey::taskhost {

namespace background = winrt::Windows::ApplicationModel::Background;

using Ended = std::function<void(std::int32_t result, std::string const& message)>;

struct TaskInstance : winrt::implements<TaskInstance, background::IBackgroundTaskInstance,
                                        background::IBackgroundTaskInstance2, background::IBackgroundTaskInstance4> {
    TaskInstance(Activation activation, LatchkeyProgressSlot& slot, int wake, Ended ended);

    // Calls Run; returns when Run does.
    void run(background::IBackgroundTask const& task);
    // Raises Canceled, once, on a thread of its own: a handler may block.
    void cancel(background::BackgroundTaskCancellationReason reason);
    // After the end: drops the task and the handlers, which may hold each other.
    void let_go();

    winrt::guid InstanceId() const;
    background::BackgroundTaskRegistration Task();
    std::uint32_t Progress() const { return m_progress.load(std::memory_order_relaxed); }
    void Progress(std::uint32_t value);
    winrt::Windows::Foundation::IInspectable TriggerDetails();
    winrt::event_token Canceled(background::BackgroundTaskCanceledEventHandler const& handler);
    void Canceled(winrt::event_token const& token) { m_canceled.remove(token); }
    std::uint32_t SuspendedCount() const;
    background::BackgroundTaskDeferral GetDeferral();
    std::uint32_t GetThrottleCount(background::BackgroundTaskThrottleCounter counter) const;
    winrt::Windows::System::User User() const;

    Activation const& activation() const { return m_activation; }

private:
    struct Deferral;

    void close_one();
    void end(std::int32_t result, std::string const& message);

    Activation const m_activation;
    LatchkeyProgressSlot& m_slot; // ours until the end
    int const m_wake;
    Ended const m_told;

    winrt::slim_mutex m_lock;
    std::uint32_t m_open = 1; // Run, and each deferral
    std::optional<background::BackgroundTaskCancellationReason> m_reason;
    background::IBackgroundTask m_task;
    background::BackgroundTaskRegistration m_registration{nullptr};
    winrt::Windows::Foundation::IInspectable m_details;
    bool m_details_made = false;

    std::atomic<bool> m_ended{false};
    std::atomic<std::uint32_t> m_progress{0};
    winrt::event<background::BackgroundTaskCanceledEventHandler> m_canceled;
};

} // namespace latchkey::taskhost
