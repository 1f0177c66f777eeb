// SPDX-License-Identifier: MIT
#include "pch.h"
#include "ExampleBackgroundTask.h"

namespace winrt::Tasks::implementation
{
    void ExampleBackgroundTask::Run(Windows::ApplicationModel::Background::IBackgroundTaskInstance const& taskInstance)
    {
        for (uint32_t percent = 0; percent <= 100; percent += 10)
        {
            taskInstance.Progress(percent);
        }
    }
}
