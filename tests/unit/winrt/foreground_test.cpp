// SPDX-License-Identifier: MIT
#include "winrt/Latchkey.UI.Core.h"
#include "winrt/Windows.Foundation.h"
#include "winrt/Windows.UI.Core.h"

#include <thread>

#include <gtest/gtest.h>

using namespace winrt;
using namespace winrt::Windows::Foundation;
using namespace winrt::Windows::UI::Core;
using winrt::Latchkey::UI::Core::RunLoop;

TEST(ResumeForeground, GoesOnOnTheDispatchersThread)
{
    CoreDispatcher const dispatcher = RunLoop::GetForCurrentThread();
    auto const here = std::this_thread::get_id();
    std::thread::id background;
    std::thread::id foreground;
    auto const action = [](CoreDispatcher target, std::thread::id* away, std::thread::id* back) -> IAsyncAction {
        co_await resume_background();
        *away = std::this_thread::get_id();
        co_await resume_foreground(target, CoreDispatcherPriority::High);
        *back = std::this_thread::get_id();
        target.StopProcessEvents();
    }(dispatcher, &background, &foreground);
    dispatcher.ProcessEvents(CoreProcessEventsOption::ProcessUntilQuit);
    action.get();
    EXPECT_NE(background, here);
    EXPECT_EQ(foreground, here);
}

TEST(ResumeForeground, IsCanceledWhenTheThreadHasEnded)
{
    CoreDispatcher dispatcher{nullptr};
    std::thread([&dispatcher] { dispatcher = RunLoop::GetForCurrentThread(); }).join();
    auto const action = [](CoreDispatcher target) -> IAsyncAction { co_await resume_foreground(target); }(dispatcher);
    EXPECT_THROW(action.get(), hresult_canceled);
}

// Runs what it is given on another thread before it returns.
struct EagerDispatcher : implements<EagerDispatcher, ICoreDispatcher> {
    bool HasThreadAccess() const { return false; }
    void ProcessEvents(CoreProcessEventsOption) {}
    IAsyncAction RunAsync(CoreDispatcherPriority, DispatchedHandler handler)
    {
        std::thread([&] {
            thread = std::this_thread::get_id();
            handler();
        }).join();
        co_return;
    }
    IAsyncAction RunIdleAsync(IdleDispatchedHandler) { co_return; }

    std::thread::id thread;
};

TEST(ResumeForeground, GoesOnOnThatThreadEvenWhenItIsFaster)
{
    auto const eager = make_self<EagerDispatcher>();
    CoreDispatcher const dispatcher = eager.as<ICoreDispatcher>().as<CoreDispatcher>();
    std::thread::id after;
    auto const action = [](CoreDispatcher target, std::thread::id* resumed) -> IAsyncAction {
        co_await resume_foreground(target);
        *resumed = std::this_thread::get_id();
    }(dispatcher, &after);
    action.get();
    EXPECT_EQ(after, eager->thread);
}
