// SPDX-License-Identifier: MIT
#include "ExampleBackgroundTask.h"

namespace winrt::Tasks::implementation
{
    void ExampleBackgroundTask::Run(Windows::ApplicationModel::Background::IBackgroundTaskInstance const&)
    {
        throw hresult_not_implemented();
    }
}
