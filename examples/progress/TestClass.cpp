// SPDX-License-Identifier: MIT
// Counts to 100,000 and reports every step. With a "pause" in the settings (milliseconds, after each thousand) it lasts
// long enough to be watched and cancelled; a cancelled count is kept in the settings, as "stopped at".
#include "pch.h"
#include "TestClass.h"

#include <chrono>
#include <string>

using namespace winrt::Windows::ApplicationModel::Background;
using namespace winrt::Windows::Storage;

namespace winrt::BackgroundTaskLibrary::implementation
{
    void TestClass::Run(IBackgroundTaskInstance const& taskInstance)
    {
        taskInstance.Canceled({ this, &TestClass::OnCanceled });
        auto settings{ ApplicationData::Current().LocalSettings().Values() };
        std::chrono::milliseconds const pause{ unbox_value_or<int32_t>(settings.TryLookup(L"pause"), 0) };

        m_globalcount = 0;
        for (int i = 0; i < 100000; ++i)
        {
            ++m_globalcount;
            taskInstance.Progress(m_globalcount);
            if (m_globalcount % 1000 != 0) continue;

            std::unique_lock lock(m_lock);
            if (m_changed.wait_for(lock, pause, [this] { return m_reason.has_value(); }))
            {
                settings.Insert(L"stopped at", box_value(m_globalcount.load()));
                settings.Insert(L"reason", box_value(static_cast<int32_t>(*m_reason)));
                return;
            }
        }
        settings.Insert(to_hstring(taskInstance.Task().TaskId()), box_value(L"counted to " + to_hstring(m_globalcount.load())));
    }

    void TestClass::OnCanceled(IBackgroundTaskInstance const&, Reason reason)
    {
        std::lock_guard const lock(m_lock);
        m_reason = reason;
        m_changed.notify_all();
    }
}
