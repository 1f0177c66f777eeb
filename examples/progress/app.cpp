// SPDX-License-Identifier: MIT
// The program of the app: starts its task by an ApplicationTrigger and shows its progress.
//   progress-app                      counts as fast as it can
//   progress-app --pause MS           pauses after each thousand
//   progress-app --cancel-at PERCENT  takes the registration away at that point, which cancels the task
#include <winrt/Windows.ApplicationModel.Background.h>
#include <winrt/Windows.Foundation.Collections.h>
#include <winrt/Windows.Foundation.h>
#include <winrt/Windows.Storage.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>

#include <unistd.h>

using namespace winrt::Windows::ApplicationModel::Background;
using namespace winrt::Windows::Storage;

namespace
{
    constexpr uint32_t Whole = 100000;
    constexpr std::chrono::seconds Patience{ 30 };

    // What the handlers, which run on other threads, tell the main one.
    struct Watched
    {
        std::mutex lock;
        std::condition_variable changed;
        uint32_t progress = 0;
        uint32_t updates = 0;
        bool completed = false;
        std::string failure;
    };

    void Draw(uint32_t progress)
    {
        if (!isatty(STDOUT_FILENO)) return;
        int const cells = static_cast<int>(40 * std::min(progress, Whole) / Whole);
        std::printf("\r[%.*s%*s] %6u", cells, "########################################", 40 - cells, "", progress);
        std::fflush(stdout);
    }

    BackgroundTaskRegistration Register(ApplicationTrigger const& trigger)
    {
        for (auto const& old : BackgroundTaskRegistration::AllTasks()) old.Value().Unregister(true);
        BackgroundTaskBuilder builder;
        builder.Name(L"BackgroundTestClass");
        builder.TaskEntryPoint(L"BackgroundTaskLibrary.TestClass");
        builder.SetTrigger(trigger);
        return builder.Register();
    }

    template <class Reached>
    bool WaitUntil(Watched& watched, Reached reached)
    {
        std::unique_lock lock(watched.lock);
        auto const end = std::chrono::steady_clock::now() + Patience;
        while (!reached())
        {
            if (watched.changed.wait_until(lock, end) == std::cv_status::timeout) return false;
            Draw(watched.progress);
        }
        return true;
    }

    int Run(int pause, uint32_t cancelAt)
    {
        auto settings{ ApplicationData::Current().LocalSettings().Values() };
        settings.Insert(L"pause", winrt::box_value(int32_t{ pause }));
        settings.TryRemove(L"stopped at");

        Watched watched;
        ApplicationTrigger trigger;
        auto const task{ Register(trigger) };
        task.Progress([&](auto const&, BackgroundTaskProgressEventArgs const& args)
        {
            std::lock_guard const lock(watched.lock);
            watched.progress = args.Progress();
            ++watched.updates;
            watched.changed.notify_all();
        });
        task.Completed([&](auto const&, BackgroundTaskCompletedEventArgs const& args)
        {
            std::string failure;
            try { args.CheckResult(); }
            catch (winrt::hresult_error const& error) { failure = winrt::to_string(error.message()); }
            std::lock_guard const lock(watched.lock);
            watched.completed = true;
            watched.failure = failure;
            watched.changed.notify_all();
        });
        auto const answer{ trigger.RequestAsync().get() };
        if (answer != ApplicationTriggerResult::Allowed)
        {
            std::fprintf(stderr, "the trigger was not allowed: %d\n", static_cast<int>(answer));
            return 1;
        }
        if (cancelAt > 0)
        {
            WaitUntil(watched, [&] { return watched.completed || watched.progress >= cancelAt; });
            task.Unregister(true);
            // The completion of a registration that is gone has nobody to go to: the task's own word is in the settings.
            for (auto const end = std::chrono::steady_clock::now() + Patience;
                 !settings.HasKey(L"stopped at") && std::chrono::steady_clock::now() < end;)
            {
                std::unique_lock lock(watched.lock);
                watched.changed.wait_for(lock, std::chrono::milliseconds(50));
            }
            std::printf("\ncancelled: stopped at %u\n",
                        winrt::unbox_value_or<uint32_t>(settings.TryLookup(L"stopped at"), 0));
            return settings.HasKey(L"stopped at") ? 0 : 1;
        }
        if (!WaitUntil(watched, [&] { return watched.completed; }))
        {
            std::fprintf(stderr, "\nthe task did not complete\n");
            return 1;
        }
        Draw(watched.progress);
        std::printf("\ncompleted: progress %u in %u updates%s%s\n", watched.progress, watched.updates,
                    watched.failure.empty() ? "" : ", failed: ", watched.failure.c_str());
        task.Unregister(false);
        return watched.failure.empty() ? 0 : 1;
    }
}

int main(int count, char** words)
{
    int pause = 0;
    uint32_t cancelAt = 0;
    for (int at = 1; at + 1 < count; at += 2)
    {
        int const value = std::atoi(words[at + 1]);
        if (std::strcmp(words[at], "--pause") == 0) pause = value;
        if (std::strcmp(words[at], "--cancel-at") == 0) cancelAt = Whole / 100 * static_cast<uint32_t>(value);
    }
    try
    {
        return Run(pause, cancelAt);
    }
    catch (winrt::hresult_error const& error)
    {
        std::fprintf(stderr, "0x%08x: %s\n", static_cast<unsigned>(error.code().value), winrt::to_string(error.message()).c_str());
        return 1;
    }
}
