// SPDX-License-Identifier: MIT
#pragma once

#include "FetchTask.g.h"

#include <atomic>

namespace winrt::Feed::implementation
{
    struct FetchTask : FetchTaskT<FetchTask>
    {
        FetchTask() = default;

        void Run(Windows::ApplicationModel::Background::IBackgroundTaskInstance const& taskInstance);

    private:
        std::atomic<bool> m_cancelRequested{ false };
    };
}

namespace winrt::Feed::factory_implementation
{
    struct FetchTask : FetchTaskT<FetchTask, implementation::FetchTask>
    {
    };
}
