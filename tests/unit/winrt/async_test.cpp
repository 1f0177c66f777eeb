// SPDX-License-Identifier: MIT
#include "winrt/Windows.Foundation.h"

#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

using namespace winrt;
using namespace winrt::Windows::Foundation;
using namespace std::chrono_literals;

namespace {
// Something that a test completes when it likes.
struct Gate {
    std::shared_ptr<impl::completion_signal> signal = std::make_shared<impl::completion_signal>();

    void open() const { signal->set(); }
    IAsyncAction passed() const
    {
        auto const kept = signal;
        co_await resume_background();
        kept->wait();
    }
};

IAsyncOperation<int32_t> seven()
{
    co_return 7;
}
IAsyncOperation<int32_t> after(Gate gate, int32_t value)
{
    co_await gate.passed();
    co_return value;
}
IAsyncAction failing(Gate gate)
{
    co_await gate.passed();
    throw hresult_access_denied(L"not yours");
}
IAsyncOperationWithProgress<hstring, int32_t> reporting(Gate gate)
{
    auto const progress = co_await get_progress_token();
    co_await gate.passed();
    progress(1);
    progress.set_result(hstring(L"early"));
    progress(2);
    co_return L"late";
}
IAsyncActionWithProgress<double> half()
{
    auto const progress = co_await get_progress_token();
    progress(0.5);
}
IAsyncAction until_canceled(bool* unwound, bool propagate)
{
    struct Unwinding {
        bool* flag;
        ~Unwinding() { *flag = true; }
    } const unwinding{unwound};
    auto const token = co_await get_cancellation_token();
    token.enable_propagation(propagate);
    co_await 60s;
}
IAsyncAction forwards(IAsyncAction inner)
{
    auto const token = co_await get_cancellation_token();
    token.enable_propagation();
    co_await inner;
}
fire_and_forget sets(std::shared_ptr<impl::completion_signal> done, std::thread::id* ran_on)
{
    co_await resume_background();
    *ran_on = std::this_thread::get_id();
    done->set();
}

struct Deferring : implements<Deferring, IStringable>, deferrable_event_args<Deferring> {
    hstring ToString() { return {}; }
};
} // namespace

TEST(Async, GivesItsResultToAWaitingThread)
{
    EXPECT_EQ(seven().get(), 7);
    Gate const gate;
    auto const operation = after(gate, 5);
    EXPECT_EQ(operation.Status(), AsyncStatus::Started);
    EXPECT_EQ(operation.wait_for(1ms), AsyncStatus::Started);
    EXPECT_THROW(operation.GetResults(), hresult_illegal_method_call);
    EXPECT_THROW(operation.Close(), hresult_illegal_state_change);
    gate.open();
    // Completed can be set once, and wait_for above has.
    while (operation.Status() == AsyncStatus::Started) {
        std::this_thread::yield();
    }
    EXPECT_EQ(operation.GetResults(), 5);
    EXPECT_EQ(operation.get(), 5);
    operation.Close();
}

TEST(Async, TellsItsCompletionOnceAndAlsoWhenItIsOverAlready)
{
    int calls = 0;
    auto const operation = seven();
    operation.Completed([&](IAsyncOperation<int32_t> const& sender, AsyncStatus status) {
        EXPECT_EQ(status, AsyncStatus::Completed);
        EXPECT_EQ(sender.GetResults(), 7);
        ++calls;
    });
    EXPECT_EQ(calls, 1);
    EXPECT_THROW(operation.Completed([](auto&&, auto&&) {}), hresult_illegal_delegate_assignment);
}

TEST(Async, FailsWithTheExceptionOfItsBody)
{
    Gate const gate;
    auto const action = failing(gate);
    gate.open();
    try {
        action.get();
        FAIL() << "nothing was thrown";
    } catch (hresult_access_denied const& error) {
        EXPECT_EQ(error.message(), L"not yours");
    }
    EXPECT_EQ(action.Status(), AsyncStatus::Error);
    EXPECT_EQ(action.ErrorCode(), static_cast<int32_t>(0x80070005));
}

TEST(Async, AFailureReachesTheCoroutineThatAwaitsIt)
{
    Gate const gate;
    bool caught = false;
    auto const outer = [](Gate inner_gate, bool* seen) -> IAsyncAction {
        try {
            co_await failing(inner_gate);
        } catch (hresult_access_denied const&) {
            *seen = true;
        }
    }(gate, &caught);
    gate.open();
    outer.get();
    EXPECT_TRUE(caught);
}

TEST(Async, CanceledItEndsAtTheNextAwait)
{
    Gate const gate;
    auto const action = [](Gate inner_gate) -> IAsyncAction {
        co_await inner_gate.passed();
        co_await resume_background();
        ADD_FAILURE() << "went on although canceled";
    }(gate);
    impl::completion_signal ended;
    action.Completed([&ended](IAsyncAction const& sender, AsyncStatus status) {
        EXPECT_EQ(status, AsyncStatus::Canceled);
        EXPECT_THROW(sender.GetResults(), hresult_canceled);
        ended.set();
    });
    action.Cancel();
    EXPECT_EQ(action.Status(), AsyncStatus::Canceled);
    EXPECT_THROW(action.get(), hresult_canceled);
    gate.open();
    ended.wait();
}

TEST(Async, PropagatedCancellationEndsATimeThatIsAwaited)
{
    bool unwound = false;
    auto const action = until_canceled(&unwound, true);
    impl::completion_signal ended;
    action.Completed([&ended](auto&&, AsyncStatus status) {
        EXPECT_EQ(status, AsyncStatus::Canceled);
        ended.set();
    });
    EXPECT_FALSE(unwound);
    action.Cancel();
    ended.wait();
    EXPECT_TRUE(unwound);
}

TEST(Async, PropagatedCancellationReachesWhatIsAwaited)
{
    bool unwound = false;
    auto const inner = until_canceled(&unwound, true);
    auto const outer = forwards(inner);
    impl::completion_signal ended;
    outer.Completed([&ended](auto&&, AsyncStatus) { ended.set(); });
    outer.Cancel();
    ended.wait();
    EXPECT_EQ(inner.Status(), AsyncStatus::Canceled);
    EXPECT_EQ(outer.Status(), AsyncStatus::Canceled);
}

TEST(Async, ACancellationCallbackRunsOnCancel)
{
    Gate const gate;
    int calls = 0;
    auto const action = [](Gate inner_gate, int* called) -> IAsyncAction {
        auto const token = co_await get_cancellation_token();
        EXPECT_FALSE(token());
        token.callback([called] { ++*called; });
        co_await inner_gate.passed();
    }(gate, &calls);
    action.Cancel();
    action.Cancel();
    EXPECT_EQ(calls, 1);
    gate.open();
}

TEST(Async, ReportsProgressAndAnEarlyResult)
{
    Gate const gate;
    auto const operation = reporting(gate);
    std::wstring seen;
    operation.Progress([&seen](IAsyncOperationWithProgress<hstring, int32_t> const& sender, int32_t value) {
        seen += to_hstring(value);
        if (value == 2) seen += sender.GetResults();
    });
    gate.open();
    EXPECT_EQ(operation.get(), L"late");
    EXPECT_EQ(seen, L"12early");
    half().get();
}

TEST(Async, WhenAllEndsAfterTheLast)
{
    Gate const first;
    Gate const second;
    auto const all = when_all(first.passed(), after(second, 3));
    first.open();
    EXPECT_EQ(all.Status(), AsyncStatus::Started);
    second.open();
    all.get();
    Gate const bad;
    auto const broken = when_all(failing(bad), first.passed());
    bad.open();
    EXPECT_THROW(broken.get(), hresult_access_denied);
}

TEST(Async, WhenAnyEndsWithTheFirst)
{
    Gate const never;
    Gate const soon;
    auto const any = when_any(after(never, 1), after(soon, 2));
    soon.open();
    EXPECT_EQ(any.get(), 2);
    never.open();
    EXPECT_EQ(when_any(seven(), seven()).get(), 7);
    Gate const bad;
    auto const broken = when_any(failing(bad), Gate().passed());
    bad.open();
    EXPECT_THROW(broken.get(), hresult_access_denied);
}

TEST(Async, WhatGoesAwayWithoutCompletingFailsItsAwaiter)
{
    struct Silent : implements<Silent, IAsyncAction, IAsyncInfo> {
        uint32_t Id() { return 1; }
        AsyncStatus Status() { return AsyncStatus::Started; }
        hresult ErrorCode() { return 0; }
        void Cancel() {}
        void Close() {}
        void Completed(AsyncActionCompletedHandler const&) {}
        AsyncActionCompletedHandler Completed() { return nullptr; }
        void GetResults() {}
    };
    auto const action = []() -> IAsyncAction { co_await IAsyncAction(make<Silent>()); }();
    try {
        action.get();
        FAIL() << "nothing was thrown";
    } catch (hresult_error const& error) {
        EXPECT_EQ(error.code(), static_cast<int32_t>(0x80010108));
    }
}

TEST(Coroutine, FireAndForgetRunsOnThePool)
{
    auto const done = std::make_shared<impl::completion_signal>();
    std::thread::id ran_on;
    sets(done, &ran_on);
    done->wait();
    EXPECT_NE(ran_on, std::this_thread::get_id());
}

TEST(CoroutineDeathTest, AnExceptionThatLeavesFireAndForgetEndsTheProcessWithItsText)
{
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    EXPECT_DEATH(
        []() -> fire_and_forget {
            throw hresult_access_denied(L"nobody asked");
            co_return;
        }(),
        "nobody asked");
}

TEST(Coroutine, ADurationPassesOnAPoolThread)
{
    auto const action = []() -> IAsyncAction {
        auto const start = std::chrono::steady_clock::now();
        co_await 20ms;
        EXPECT_GE(std::chrono::steady_clock::now() - start, 20ms);
        auto const thread = std::this_thread::get_id();
        co_await resume_after(0s);
        co_await TimeSpan(-5s);
        EXPECT_EQ(std::this_thread::get_id(), thread) << "a time that is over does not suspend";
    }();
    action.get();
}

TEST(Coroutine, ADescriptorWakesItOrTheTimeoutDoes)
{
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    winrt::file_handle const reading(ends[0]);
    winrt::file_handle const writing(ends[1]);
    auto const wait = [](int descriptor, TimeSpan timeout) -> IAsyncOperation<bool> {
        co_return co_await resume_on_signal(descriptor, timeout);
    };
    EXPECT_FALSE(wait(reading.get(), 10ms).get());
    auto const readable = wait(reading.get(), 60s);
    ASSERT_EQ(write(writing.get(), "x", 1), 1);
    EXPECT_TRUE(readable.get());
}

TEST(Coroutine, CancellationEndsTheWaitForADescriptor)
{
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    winrt::file_handle const reading(ends[0]);
    winrt::file_handle const writing(ends[1]);
    auto const action = [](int descriptor) -> IAsyncAction {
        (co_await get_cancellation_token()).enable_propagation();
        co_await resume_on_signal(descriptor);
    }(reading.get());
    impl::completion_signal ended;
    action.Completed([&ended](auto&&, auto&&) { ended.set(); });
    action.Cancel();
    ended.wait();
    EXPECT_EQ(action.Status(), AsyncStatus::Canceled);
}

TEST(Coroutine, ReturnsToTheContextItLeft)
{
    auto const action = []() -> IAsyncAction {
        apartment_context const context;
        co_await context;
        co_await resume_background();
        co_await context;
    }();
    action.get();
}

TEST(Deferral, TheSourceWaitsForEachOneThatWasTaken)
{
    auto const args = make_self<Deferring>();
    auto const wait = [](com_ptr<Deferring> deferring) -> IAsyncAction { co_await deferring->wait_for_deferrals(); };
    wait(args).get();
    if (!try_get_activation_factory<Deferral>()) GTEST_SKIP() << "this runtime has no Windows.Foundation.Deferral yet";
    auto const first = args->GetDeferral();
    auto const second = args->GetDeferral();
    auto const action = wait(args);
    first.Complete();
    EXPECT_EQ(action.Status(), AsyncStatus::Started);
    second.Complete();
    action.get();
}

// Completion and Completed race on two threads in each round.
TEST(Async, CompletionIsToldWhicheverThreadIsFirst)
{
    for (int round = 0; round < 300; ++round) {
        auto const action = []() -> IAsyncAction { co_await resume_background(); }();
        impl::completion_signal ended;
        action.Completed([&ended](auto&&, auto&&) { ended.set(); });
        ended.wait();
    }
}

TEST(Async, CancelRacesWithCompletionSafely)
{
    for (int round = 0; round < 300; ++round) {
        auto const action = []() -> IAsyncAction {
            (co_await get_cancellation_token()).enable_propagation();
            co_await resume_background();
            co_await 100us;
        }();
        impl::completion_signal ended;
        action.Completed([&ended](auto&&, auto&&) { ended.set(); });
        action.Cancel();
        ended.wait();
    }
}
