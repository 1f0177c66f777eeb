// SPDX-License-Identifier: MIT
// The program of the app. The first time it registers its task and ends; the task then runs whenever the time zone
// changes, whether this program runs or not. Later it shows what the task last said, and what it says meanwhile.
#include <winrt/Windows.ApplicationModel.Background.h>
#include <winrt/Windows.Foundation.Collections.h>
#include <winrt/Windows.Foundation.h>
#include <winrt/Windows.Storage.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <future>
#include <string>

using namespace winrt::Windows::ApplicationModel::Background;
using namespace winrt::Windows::Foundation;
using namespace winrt::Windows::Storage;

namespace
{
    constexpr std::wstring_view ExampleTaskName{ L"ExampleBackgroundTask" };

    IBackgroundTaskRegistration FindTask()
    {
        for (auto const& task : BackgroundTaskRegistration::AllTasks())
        {
            if (task.Value().Name() == ExampleTaskName) return task.Value();
        }
        return nullptr;
    }

    void Register(int appointments, int pace, SystemConditionType condition)
    {
        auto settings{ ApplicationData::Current().LocalSettings().Values() };
        for (int number = 1; number <= appointments; ++number)
        {
            char text[64];
            std::snprintf(text, sizeof text, "2026-12-%02dT%02d:30Z Appointment %d", 1 + number % 28, number % 24, number);
            settings.Insert(L"appointment " + winrt::to_hstring(number), winrt::box_value(winrt::to_hstring(text)));
        }
        settings.Insert(L"pace", winrt::box_value(int32_t{ pace }));

        BackgroundTaskBuilder builder;
        builder.Name(ExampleTaskName);
        builder.TaskEntryPoint(L"Tasks.ExampleBackgroundTask");
        builder.SetTrigger(SystemTrigger{ SystemTriggerType::TimeZoneChange, false });
        builder.AddCondition(SystemCondition{ condition });
        BackgroundTaskRegistration task{ builder.Register() };
        std::printf("registered %s %s\n", winrt::to_string(task.Name()).c_str(),
                    winrt::to_string(winrt::to_hstring(task.TaskId())).c_str());
    }

    // What the task left in the settings; throws what the task threw.
    std::string Result(IBackgroundTaskRegistration const& task, BackgroundTaskCompletedEventArgs const& args)
    {
        args.CheckResult();
        auto const message{ ApplicationData::Current().LocalSettings().Values().TryLookup(winrt::to_hstring(task.TaskId())) };
        return winrt::to_string(winrt::unbox_value_or<winrt::hstring>(message, L"(no message)"));
    }

    int WaitForCompletion(IBackgroundTaskRegistration const& task, std::chrono::seconds patience)
    {
        std::promise<std::string> completed;
        auto const progress{ task.Progress([](auto const&, BackgroundTaskProgressEventArgs const& args)
        {
            std::printf("progress %u %%\n", args.Progress());
        }) };
        auto const token{ task.Completed([&completed, task](auto const&, BackgroundTaskCompletedEventArgs const& args)
        {
            try
            {
                completed.set_value(Result(task, args));
            }
            catch (...)
            {
                completed.set_exception(std::current_exception());
            }
        }) };
        auto answer{ completed.get_future() };
        bool const ran = answer.wait_for(patience) == std::future_status::ready;
        task.Completed(token);
        task.Progress(progress);
        if (!ran)
        {
            std::printf("%s is registered and has not run since\n", winrt::to_string(task.Name()).c_str());
            return 2;
        }
        std::printf("completed: %s\n", answer.get().c_str());
        return 0;
    }
}

// agenda-app [--appointments N] [--pace MILLISECONDS] [--condition UserPresent] [--wait SECONDS]
int main(int count, char** words)
{
    int appointments = 5, pace = 0, wait = 5;
    auto condition = SystemConditionType::InternetAvailable;
    for (int at = 1; at + 1 < count; at += 2)
    {
        int const value = std::atoi(words[at + 1]);
        if (std::strcmp(words[at], "--appointments") == 0) appointments = value;
        if (std::strcmp(words[at], "--pace") == 0) pace = value;
        if (std::strcmp(words[at], "--wait") == 0) wait = value;
        if (std::strcmp(words[at + 1], "UserPresent") == 0) condition = SystemConditionType::UserPresent;
    }
    try
    {
        auto const task{ FindTask() };
        if (task) return WaitForCompletion(task, std::chrono::seconds(wait));
        Register(appointments, pace, condition);
        return 0;
    }
    catch (winrt::hresult_error const& error)
    {
        std::fprintf(stderr, "0x%08x: %s\n", static_cast<unsigned>(error.code().value), winrt::to_string(error.message()).c_str());
        return 1;
    }
}
