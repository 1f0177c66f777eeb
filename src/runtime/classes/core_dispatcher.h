// SPDX-License-Identifier: MIT
//
// The queue of one thread. Anybody may queue; only the thread takes, in ProcessEvents: the highest priority first, in
// order within one, and idle work only when nothing else is queued. An eventfd is readable while the queue is not
// empty, so that a foreign loop can watch it. When the thread ends, what is still queued is resumed on the ending
// thread and finds the dispatcher closed.
#pragma once

#include <array>
#include <coroutine>
#include <deque>

#include <UI/Core/CoreDispatcher.g.h>

namespace winrt::Windows::UI::Core::implementation {

struct CoreDispatcher : CoreDispatcherT<CoreDispatcher> {
    static constexpr size_t kMaxQueued = 1'000'000;

    CoreDispatcher();
    ~CoreDispatcher();

    bool HasThreadAccess() const;
    void ProcessEvents(CoreProcessEventsOption options);
    Windows::Foundation::IAsyncAction RunAsync(CoreDispatcherPriority priority, DispatchedHandler callback);
    Windows::Foundation::IAsyncAction RunIdleAsync(IdleDispatchedHandler callback);
    Windows::Foundation::IAsyncOperation<bool> TryRunAsync(CoreDispatcherPriority priority, DispatchedHandler callback);
    Windows::Foundation::IAsyncOperation<bool> TryRunIdleAsync(IdleDispatchedHandler callback);
    CoreDispatcherPriority CurrentPriority() const;
    void CurrentPriority(CoreDispatcherPriority value);
    bool ShouldYield();
    bool ShouldYield(CoreDispatcherPriority priority);
    void StopProcessEvents();

    // Not in metadata.
    static com_ptr<CoreDispatcher> for_current_thread();
    int descriptor() const { return m_descriptor; }
    bool idle(CoreDispatcherPriority at_or_above) const;
    void close();

    // False, and nothing queued, when the dispatcher is closed.
    bool queue(CoreDispatcherPriority priority, std::coroutine_handle<> work);
    bool is_closed() const;

private:
    struct Turn; // co_await: the rest runs on the thread

    static constexpr size_t kPriorities = 4;

    static size_t index_of(CoreDispatcherPriority priority);
    std::coroutine_handle<> take();
    bool process_one();
    void wait_for_work();
    void signal();

    mutable slim_mutex m_lock;
    slim_condition_variable m_changed;
    std::array<std::deque<std::coroutine_handle<>>, kPriorities> m_queues; // Idle first
    size_t m_count = 0;
    int m_descriptor = -1;
    bool m_closed = false;
    bool m_stop = false;
    CoreDispatcherPriority m_current = CoreDispatcherPriority::Normal;
    uint64_t m_thread = 0;
};

} // namespace winrt::Windows::UI::Core::implementation
