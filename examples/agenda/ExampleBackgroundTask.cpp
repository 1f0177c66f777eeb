// SPDX-License-Identifier: MIT
// Works out the local time of every appointment again, because the time zone changed. Appointments are kept in the
// settings of the package as "appointment N" = "2026-12-01T09:00Z Call Tokyo"; the answers are "local N". What the app
// shows is the value whose key is the id of the task.
#include "pch.h"
#include "ExampleBackgroundTask.h"

#include <chrono>
#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

using namespace winrt::Windows::ApplicationModel::Background;
using namespace winrt::Windows::Foundation;
using namespace winrt::Windows::Storage;

namespace
{
    struct Appointment
    {
        winrt::hstring number;
        std::time_t at = 0;
        std::string what;
    };

    // "2026-12-01T09:00Z Call Tokyo"; false for anything else.
    bool Parse(std::string const& text, Appointment& appointment)
    {
        std::tm utc{};
        int length = 0;
        if (std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2dZ %n", &utc.tm_year, &utc.tm_mon, &utc.tm_mday, &utc.tm_hour,
                        &utc.tm_min, &length) != 5 || length == 0)
        {
            return false;
        }
        utc.tm_year -= 1900;
        utc.tm_mon -= 1;
        appointment.at = timegm(&utc);
        appointment.what = text.substr(static_cast<size_t>(length));
        return true;
    }

    std::string Local(std::time_t at, char const* form)
    {
        std::tm local{};
        localtime_r(&at, &local);
        char text[64];
        return { text, std::strftime(text, sizeof text, form, &local) };
    }

    constexpr std::wstring_view Prefix{ L"appointment " };
}

namespace winrt::Tasks::implementation
{
    // taskInstance by value: the coroutine goes on after its caller has returned.
    IAsyncAction ExampleBackgroundTask::Run(IBackgroundTaskInstance taskInstance)
    {
        auto lifetime{ get_strong() };
        m_deferral = taskInstance.GetDeferral();
        taskInstance.Canceled({ this, &ExampleBackgroundTask::OnCanceled });

        auto settings{ ApplicationData::Current().LocalSettings().Values() };
        std::vector<Appointment> appointments;
        for (auto const& [key, value] : settings)
        {
            Appointment appointment;
            if (std::wstring_view(key).substr(0, Prefix.size()) != Prefix) continue;
            appointment.number = hstring(std::wstring_view(key).substr(Prefix.size()));
            if (Parse(to_string(unbox_value_or<hstring>(value, L"")), appointment)) appointments.push_back(appointment);
        }
        // A real agenda would ask a server about each; "pace" is how long that takes.
        auto const pace{ std::chrono::milliseconds(unbox_value_or<int32_t>(settings.TryLookup(L"pace"), 0)) };

        tzset();
        size_t done = 0;
        for (auto const& appointment : appointments)
        {
            if (m_cancelRequested) break;
            settings.Insert(L"local " + appointment.number,
                            box_value(to_hstring(Local(appointment.at, "%a %H:%M") + " " + appointment.what)));
            ++done;
            taskInstance.Progress(static_cast<uint32_t>(100 * done / appointments.size()));
            if (pace.count() > 0) co_await resume_after(pace);
        }

        std::string message = std::to_string(done) + " of " + std::to_string(appointments.size()) +
                              " appointments are now in " + Local(std::time(nullptr), "%Z (UTC%z)");
        if (m_cancelRequested) message += ", then the task was cancelled";
        settings.Insert(to_hstring(taskInstance.Task().TaskId()), box_value(to_hstring(message)));
        m_deferral.Complete();
    }

    void ExampleBackgroundTask::OnCanceled(IBackgroundTaskInstance const&, BackgroundTaskCancellationReason)
    {
        m_cancelRequested = true;
    }
}
