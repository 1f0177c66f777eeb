// SPDX-License-Identifier: MIT
#include "runtime/classes/factories.h"

#include <System/Threading/ThreadPool.g.h>
#include <winrt/Windows.Foundation.h>

namespace {

using namespace winrt;
using namespace winrt::Windows::Foundation;
using namespace winrt::Windows::System::Threading;

// Gives a coroutine the operation that it is.
struct ThisAction {
    IAsyncAction action;

    bool await_ready() const noexcept { return false; }
    template <typename Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle)
    {
        action = handle.promise();
        return false;
    }
    IAsyncAction await_resume() const { return action; }
};

IAsyncAction run(WorkItemHandler handler)
{
    co_await resume_background();
    // Cancelled before it had a thread: this wait does not come back.
    IAsyncAction const self = co_await ThisAction{};
    handler(self);
}

} // namespace

namespace winrt::Windows::System::Threading::implementation {

// Priorities and options are accepted and change nothing: the pool has one kind of thread and grows when it is blocked.
struct ThreadPool {
    static IAsyncAction RunAsync(WorkItemHandler const& handler)
    {
        if (!handler) throw hresult_invalid_argument(L"ThreadPool.RunAsync needs a handler");
        return run(handler);
    }
    static IAsyncAction RunAsync(WorkItemHandler const& handler, WorkItemPriority) { return RunAsync(handler); }
    static IAsyncAction RunAsync(WorkItemHandler const& handler, WorkItemPriority, WorkItemOptions)
    {
        return RunAsync(handler);
    }
};

} // namespace winrt::Windows::System::Threading::implementation

namespace winrt::Windows::System::Threading::factory_implementation {

struct ThreadPool : ThreadPoolT<ThreadPool, implementation::ThreadPool> {};

} // namespace winrt::Windows::System::Threading::factory_implementation

LATCHKEY_FACTORY(thread_pool_factory, winrt::Windows::System::Threading::factory_implementation::ThreadPool)
