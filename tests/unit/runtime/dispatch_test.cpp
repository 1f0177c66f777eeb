// SPDX-License-Identifier: MIT
#include <chrono>
#include <future>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <winrt/Latchkey.UI.Core.h>
#include <winrt/Windows.Foundation.h>
#include <winrt/Windows.System.Threading.h>
#include <winrt/Windows.UI.Core.h>

namespace {

using namespace winrt;
using namespace winrt::Windows::Foundation;
using namespace winrt::Windows::System::Threading;
using namespace winrt::Windows::UI::Core;
using namespace std::chrono_literals;
using testing::ElementsAre;
using winrt::Latchkey::UI::Core::RunLoop;

constexpr auto kLong = 20s; // only a failing test waits this long

hresult code(uint32_t value)
{
    return static_cast<int32_t>(value);
}

template <typename F>
hresult failure_of(F&& call)
{
    try {
        call();
    } catch (hresult_error const& error) {
        return error.code();
    }
    return 0;
}

TEST(ThreadPoolClass, RunsAHandlerWithItsOperation)
{
    std::promise<IAsyncAction> given;
    IAsyncAction const action = ThreadPool::RunAsync([&](IAsyncAction const& self) { given.set_value(self); });
    action.get();
    EXPECT_EQ(given.get_future().get(), action);
    EXPECT_EQ(action.Status(), AsyncStatus::Completed);
}

TEST(ThreadPoolClass, PassesAFailureOn)
{
    auto const action = ThreadPool::RunAsync([](auto&&) { throw hresult_access_denied(L"no"); }, WorkItemPriority::High,
                                             WorkItemOptions::TimeSliced);
    EXPECT_EQ(failure_of([&] { action.get(); }), code(0x80070005));
    EXPECT_EQ(failure_of([] { ThreadPool::RunAsync(nullptr); }), code(0x80070057));
}

TEST(ThreadPoolTimerClass, FiresOnceThenSaysThatItIsGone)
{
    std::promise<void> elapsed, destroyed;
    auto const timer = ThreadPoolTimer::CreateTimer([&](ThreadPoolTimer const&) { elapsed.set_value(); }, 1ms,
                                                    [&](ThreadPoolTimer const&) { destroyed.set_value(); });
    EXPECT_EQ(timer.Delay(), TimeSpan{1ms});
    EXPECT_EQ(timer.Period(), TimeSpan{});
    EXPECT_EQ(elapsed.get_future().wait_for(kLong), std::future_status::ready);
    EXPECT_EQ(destroyed.get_future().wait_for(kLong), std::future_status::ready);
    timer.Cancel();
}

TEST(ThreadPoolTimerClass, RepeatsUntilItsHandlerCancelsIt)
{
    struct State {
        std::promise<void> destroyed;
        int runs = 0;
    };
    auto const state = std::make_shared<State>();
    ThreadPoolTimer::CreatePeriodicTimer(
        [state](ThreadPoolTimer const& timer) {
            if (++state->runs == 3) timer.Cancel();
        },
        1ms, [state](ThreadPoolTimer const&) { state->destroyed.set_value(); });
    EXPECT_EQ(state->destroyed.get_future().wait_for(kLong), std::future_status::ready);
    EXPECT_EQ(state->runs, 3);
}

TEST(ThreadPoolTimerClass, CancelledBeforeItIsDueItIsGoneAtOnce)
{
    bool elapsed = false;
    bool destroyed = false;
    auto const timer =
        ThreadPoolTimer::CreateTimer([&](auto&&) { elapsed = true; }, 1h, [&](auto&&) { destroyed = true; });
    timer.Cancel();
    timer.Cancel();
    EXPECT_FALSE(elapsed);
    EXPECT_TRUE(destroyed);
    EXPECT_EQ(failure_of([] { ThreadPoolTimer::CreateTimer(nullptr, 1s); }), code(0x80070057));
}

TEST(Dispatcher, TakesTheHighestPriorityFirstAndIdleWorkLast)
{
    CoreDispatcher const dispatcher = RunLoop::GetForCurrentThread();
    EXPECT_EQ(dispatcher, RunLoop::GetForCurrentThread());
    std::vector<int> order;
    dispatcher.RunIdleAsync([&](IdleDispatchedHandlerArgs const& args) {
        EXPECT_TRUE(args.IsDispatcherIdle());
        order.push_back(5);
    });
    dispatcher.RunAsync(CoreDispatcherPriority::Low, [&] { order.push_back(4); });
    dispatcher.RunAsync(CoreDispatcherPriority::Normal, [&] { order.push_back(2); });
    dispatcher.RunAsync(CoreDispatcherPriority::Normal, [&] { order.push_back(3); });
    auto const high = dispatcher.RunAsync(CoreDispatcherPriority::High, [&] { order.push_back(1); });
    EXPECT_TRUE(dispatcher.ShouldYield());
    EXPECT_TRUE(order.empty());
    dispatcher.ProcessEvents(CoreProcessEventsOption::ProcessOneIfPresent);
    EXPECT_THAT(order, ElementsAre(1));
    EXPECT_EQ(high.Status(), AsyncStatus::Completed);
    dispatcher.ProcessEvents(CoreProcessEventsOption::ProcessAllIfPresent);
    EXPECT_THAT(order, ElementsAre(1, 2, 3, 4, 5));
    EXPECT_FALSE(dispatcher.ShouldYield(CoreDispatcherPriority::Idle));
}

TEST(Dispatcher, RunsWorkOfOtherThreadsOnItsOwnUntilItIsStopped)
{
    std::promise<CoreDispatcher> made;
    std::thread loop([&] {
        auto const dispatcher = RunLoop::GetForCurrentThread();
        made.set_value(dispatcher);
        dispatcher.ProcessEvents(CoreProcessEventsOption::ProcessUntilQuit);
    });
    CoreDispatcher const dispatcher = made.get_future().get();
    EXPECT_FALSE(dispatcher.HasThreadAccess());
    std::thread::id ran_on;
    dispatcher.RunAsync(CoreDispatcherPriority::Normal, [&] { ran_on = std::this_thread::get_id(); }).get();
    EXPECT_EQ(ran_on, loop.get_id());
    EXPECT_TRUE(dispatcher.TryRunAsync(CoreDispatcherPriority::Normal, [] {}).get());
    EXPECT_EQ(failure_of([&] { dispatcher.ProcessEvents(CoreProcessEventsOption::ProcessAllIfPresent); }),
              code(0x8001010E));
    EXPECT_EQ(failure_of([&] {
                  dispatcher.RunAsync(CoreDispatcherPriority::Normal, [] { throw hresult_out_of_bounds(); }).get();
              }),
              code(0x8000000B));
    dispatcher.StopProcessEvents();
    loop.join();
    EXPECT_FALSE(dispatcher.TryRunAsync(CoreDispatcherPriority::Normal, [] {}).get());
}

TEST(Dispatcher, CancelsWhatIsStillQueuedWhenItsThreadEnds)
{
    IAsyncAction left{nullptr};
    bool ran = false;
    std::thread([&] {
        left = RunLoop::GetForCurrentThread().RunAsync(CoreDispatcherPriority::Normal, [&] { ran = true; });
    }).join();
    EXPECT_FALSE(ran);
    EXPECT_EQ(failure_of([&] { left.get(); }), code(0x800704C7));
}

TEST(Dispatcher, DoesNotRunWhatWasCancelledInTheQueue)
{
    auto const dispatcher = RunLoop::GetForCurrentThread();
    bool ran = false;
    auto const action = dispatcher.RunAsync(CoreDispatcherPriority::Normal, [&] { ran = true; });
    action.Cancel();
    dispatcher.ProcessEvents(CoreProcessEventsOption::ProcessAllIfPresent);
    EXPECT_FALSE(ran);
    EXPECT_EQ(action.Status(), AsyncStatus::Canceled);
}

TEST(Dispatcher, ShowsALoopOfAnotherKindThatWorkWaits)
{
    auto const dispatcher = RunLoop::GetForCurrentThread();
    pollfd watched{.fd = RunLoop::GetDescriptor(dispatcher), .events = POLLIN, .revents = 0};
    EXPECT_EQ(poll(&watched, 1, 0), 0);
    dispatcher.RunAsync(CoreDispatcherPriority::Low, [] {});
    dispatcher.RunAsync(CoreDispatcherPriority::Low, [] {});
    EXPECT_EQ(poll(&watched, 1, 0), 1);
    dispatcher.ProcessEvents(CoreProcessEventsOption::ProcessOneIfPresent);
    EXPECT_EQ(poll(&watched, 1, 0), 1);
    dispatcher.ProcessEvents(CoreProcessEventsOption::ProcessAllIfPresent);
    EXPECT_EQ(poll(&watched, 1, 0), 0);
}

fire_and_forget hop(CoreDispatcher dispatcher, std::promise<std::thread::id>& where)
{
    co_await resume_background();
    co_await resume_foreground(dispatcher);
    where.set_value(std::this_thread::get_id());
}

TEST(Dispatcher, BringsACoroutineToItsThread)
{
    auto const dispatcher = RunLoop::GetForCurrentThread();
    std::promise<std::thread::id> where;
    hop(dispatcher, where);
    dispatcher.ProcessEvents(CoreProcessEventsOption::ProcessOneAndAllPending);
    EXPECT_EQ(where.get_future().get(), std::this_thread::get_id());
}

} // namespace
