// SPDX-License-Identifier: MIT
#pragma once

#include "TestClass.g.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>

namespace winrt::BackgroundTaskLibrary::implementation
{
    struct TestClass : TestClassT<TestClass>
    {
        TestClass() = default;

        void Run(Windows::ApplicationModel::Background::IBackgroundTaskInstance const& taskInstance);

    private:
        using Reason = Windows::ApplicationModel::Background::BackgroundTaskCancellationReason;

        void OnCanceled(Windows::ApplicationModel::Background::IBackgroundTaskInstance const& sender, Reason reason);

        std::atomic<uint32_t> m_globalcount{ 0 };
        std::mutex m_lock;
        std::condition_variable m_changed;
        std::optional<Reason> m_reason;
    };
}

namespace winrt::BackgroundTaskLibrary::factory_implementation
{
    struct TestClass : TestClassT<TestClass, implementation::TestClass>
    {
    };
}
