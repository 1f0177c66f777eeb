// SPDX-License-Identifier: MIT
#pragma once

#include "ExampleBackgroundTask.g.h"

#include <atomic>

namespace winrt::Tasks::implementation
{
    struct ExampleBackgroundTask : ExampleBackgroundTaskT<ExampleBackgroundTask>
    {
        ExampleBackgroundTask() = default;

        Windows::Foundation::IAsyncAction Run(Windows::ApplicationModel::Background::IBackgroundTaskInstance taskInstance);

    private:
        void OnCanceled(Windows::ApplicationModel::Background::IBackgroundTaskInstance const& sender,
                        Windows::ApplicationModel::Background::BackgroundTaskCancellationReason reason);

        Windows::ApplicationModel::Background::BackgroundTaskDeferral m_deferral{ nullptr };
        std::atomic<bool> m_cancelRequested{ false };
    };
}

namespace winrt::Tasks::factory_implementation
{
    struct ExampleBackgroundTask : ExampleBackgroundTaskT<ExampleBackgroundTask, implementation::ExampleBackgroundTask>
    {
    };
}
