// SPDX-License-Identifier: MIT
// The program of the app.   feed-app ADDRESS  chooses the feed and registers the task that fetches it every quarter of
// an hour while the Internet is available;   feed-app  shows what was fetched.
#include <winrt/Windows.ApplicationModel.Background.h>
#include <winrt/Windows.Foundation.Collections.h>
#include <winrt/Windows.Foundation.h>
#include <winrt/Windows.Storage.h>

#include <cstdio>
#include <string>

using namespace winrt::Windows::ApplicationModel::Background;
using namespace winrt::Windows::Storage;

namespace
{
    constexpr uint32_t EveryMinutes = 15;

    std::string Text(winrt::Windows::Foundation::IInspectable const& value)
    {
        return winrt::to_string(winrt::unbox_value_or<winrt::hstring>(value, L""));
    }

    void Choose(char const* address)
    {
        ApplicationData::Current().LocalSettings().Values().Insert(L"feed", winrt::box_value(winrt::to_hstring(address)));
        for (auto const& task : BackgroundTaskRegistration::AllTasks())
        {
            if (task.Value().Name() == L"FetchTask") return; // registered once is enough: it reads the new address
        }
        BackgroundExecutionManager::RequestAccessAsync().get();
        BackgroundTaskBuilder builder;
        builder.Name(L"FetchTask");
        builder.TaskEntryPoint(L"Feed.FetchTask");
        builder.SetTrigger(TimeTrigger{ EveryMinutes, false });
        builder.AddCondition(SystemCondition{ SystemConditionType::InternetAvailable });
        auto const task{ builder.Register() };
        std::printf("registered %s %s\n", winrt::to_string(task.Name()).c_str(),
                    winrt::to_string(winrt::to_hstring(task.TaskId())).c_str());
    }

    void Show()
    {
        auto const values{ ApplicationData::Current().LocalSettings().Values() };
        for (auto const& task : BackgroundTaskRegistration::AllTasks())
        {
            std::printf("last time: %s\n", Text(values.TryLookup(winrt::to_hstring(task.Value().TaskId()))).c_str());
        }
        auto const titles{ winrt::unbox_value_or<uint32_t>(values.TryLookup(L"titles"), 0) };
        for (uint32_t number = 1; number <= titles; ++number)
        {
            std::printf("%2u. %s\n", number, Text(values.TryLookup(L"title " + winrt::to_hstring(number))).c_str());
        }
    }
}

int main(int count, char** words)
{
    try
    {
        if (count > 1) Choose(words[1]);
        else Show();
        return 0;
    }
    catch (winrt::hresult_error const& error)
    {
        std::fprintf(stderr, "0x%08x: %s\n", static_cast<unsigned>(error.code().value), winrt::to_string(error.message()).c_str());
        return 1;
    }
}
