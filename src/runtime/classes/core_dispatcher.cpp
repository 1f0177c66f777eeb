// SPDX-License-Identifier: MIT
#include "runtime/classes/core_dispatcher.h"

#include "runtime/classes/factories.h"

#include <UI/Core/IdleDispatchedHandlerArgs.g.h>
#include <UI/Core/RunLoop.g.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace winrt::Windows::UI::Core::implementation {

using namespace Windows::Foundation;

namespace {

constexpr int32_t kWrongThread = static_cast<int32_t>(0x8001010E);

// Its address is the thread's name: another thread alive at the same time has another.
thread_local char t_thread_mark;

uint64_t current_thread()
{
    return reinterpret_cast<uintptr_t>(&t_thread_mark);
}

struct ThreadDispatcher {
    com_ptr<CoreDispatcher> dispatcher;
    ~ThreadDispatcher()
    {
        if (dispatcher) dispatcher->close();
    }
};

thread_local ThreadDispatcher t_dispatcher;

struct IdleArgs : IdleDispatchedHandlerArgsT<IdleArgs> {
    explicit IdleArgs(com_ptr<CoreDispatcher> dispatcher) : m_dispatcher(std::move(dispatcher)) {}
    bool IsDispatcherIdle() const { return m_dispatcher->idle(CoreDispatcherPriority::Low); }

private:
    com_ptr<CoreDispatcher> m_dispatcher;
};

} // namespace

struct CoreDispatcher::Turn {
    CoreDispatcher& dispatcher;
    CoreDispatcherPriority priority;

    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> handle) const { return dispatcher.queue(priority, handle); }
    // True on the thread, false when the dispatcher closed before it came to this.
    bool await_resume() const { return !dispatcher.is_closed(); }
};

CoreDispatcher::CoreDispatcher() : m_descriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), m_thread(current_thread())
{
    if (m_descriptor < 0)
        throw hresult_error(LatchkeyErrorFromErrno(errno), L"a dispatcher needs a descriptor, and there is none");
}

CoreDispatcher::~CoreDispatcher()
{
    if (m_descriptor >= 0) ::close(m_descriptor);
}

com_ptr<CoreDispatcher> CoreDispatcher::for_current_thread()
{
    if (!t_dispatcher.dispatcher) t_dispatcher.dispatcher = make_self<CoreDispatcher>();
    return t_dispatcher.dispatcher;
}

size_t CoreDispatcher::index_of(CoreDispatcherPriority priority)
{
    auto const value = static_cast<int32_t>(priority);
    if (value < -2 || value > 1)
        throw hresult_invalid_argument(L"a CoreDispatcherPriority is Idle, Low, Normal or High");
    return static_cast<size_t>(value + 2);
}

bool CoreDispatcher::HasThreadAccess() const
{
    return m_thread == current_thread();
}

bool CoreDispatcher::queue(CoreDispatcherPriority priority, std::coroutine_handle<> work)
{
    size_t const index = index_of(priority);
    slim_lock_guard const guard(m_lock);
    if (m_closed) return false;
    if (m_count >= kMaxQueued) throw hresult_error(static_cast<int32_t>(0x80070718), L"the dispatcher's queue is full");
    m_queues[index].push_back(work);
    if (++m_count == 1) signal();
    m_changed.notify_one();
    return true;
}

// With the lock held.
void CoreDispatcher::signal()
{
    uint64_t const one = 1;
    [[maybe_unused]] ssize_t const written = write(m_descriptor, &one, sizeof one);
}

std::coroutine_handle<> CoreDispatcher::take()
{
    slim_lock_guard const guard(m_lock);
    for (size_t index = kPriorities; index-- > 0;) {
        auto& queue = m_queues[index];
        if (queue.empty()) continue;
        std::coroutine_handle<> const work = queue.front();
        queue.pop_front();
        m_current = static_cast<CoreDispatcherPriority>(static_cast<int32_t>(index) - 2);
        if (--m_count == 0) {
            uint64_t count = 0;
            [[maybe_unused]] ssize_t const got = read(m_descriptor, &count, sizeof count);
        }
        return work;
    }
    return nullptr;
}

bool CoreDispatcher::process_one()
{
    std::coroutine_handle<> const work = take();
    if (!work) return false;
    work.resume();
    return true;
}

void CoreDispatcher::wait_for_work()
{
    slim_lock_guard const guard(m_lock);
    m_changed.wait(m_lock, [this] { return m_count > 0 || m_stop; });
}

void CoreDispatcher::ProcessEvents(CoreProcessEventsOption options)
{
    if (!HasThreadAccess()) throw hresult_error(kWrongThread, L"a dispatcher's events are processed by its own thread");
    auto const self = get_strong();
    auto const stopped = [this] {
        slim_lock_guard const guard(m_lock);
        return std::exchange(m_stop, false);
    };
    switch (options) {
    case CoreProcessEventsOption::ProcessOneAndAllPending:
        wait_for_work();
        [[fallthrough]];
    case CoreProcessEventsOption::ProcessAllIfPresent:
        while (!stopped() && process_one()) {
        }
        break;
    case CoreProcessEventsOption::ProcessOneIfPresent:
        process_one();
        break;
    case CoreProcessEventsOption::ProcessUntilQuit:
        while (!stopped()) {
            if (!process_one()) wait_for_work();
        }
        break;
    default:
        throw hresult_invalid_argument(L"this is no CoreProcessEventsOption");
    }
}

void CoreDispatcher::StopProcessEvents()
{
    slim_lock_guard const guard(m_lock);
    m_stop = true;
    m_changed.notify_all();
}

IAsyncAction CoreDispatcher::RunAsync(CoreDispatcherPriority priority, DispatchedHandler callback)
{
    auto const self = get_strong();
    if (!co_await Turn{*this, priority}) throw hresult_canceled(L"the dispatcher's thread has ended");
    co_await std::suspend_never{}; // does not come back when the action was cancelled meanwhile
    callback();
}

IAsyncAction CoreDispatcher::RunIdleAsync(IdleDispatchedHandler callback)
{
    auto const self = get_strong();
    if (!co_await Turn{*this, CoreDispatcherPriority::Idle})
        throw hresult_canceled(L"the dispatcher's thread has ended");
    callback(make<IdleArgs>(self));
}

IAsyncOperation<bool> CoreDispatcher::TryRunAsync(CoreDispatcherPriority priority, DispatchedHandler callback)
{
    auto const self = get_strong();
    if (!co_await Turn{*this, priority}) co_return false;
    callback();
    co_return true;
}

IAsyncOperation<bool> CoreDispatcher::TryRunIdleAsync(IdleDispatchedHandler callback)
{
    auto const self = get_strong();
    if (!co_await Turn{*this, CoreDispatcherPriority::Idle}) co_return false;
    callback(make<IdleArgs>(self));
    co_return true;
}

CoreDispatcherPriority CoreDispatcher::CurrentPriority() const
{
    slim_lock_guard const guard(m_lock);
    return m_current;
}

void CoreDispatcher::CurrentPriority(CoreDispatcherPriority value)
{
    index_of(value);
    slim_lock_guard const guard(m_lock);
    m_current = value;
}

bool CoreDispatcher::ShouldYield()
{
    return ShouldYield(CurrentPriority());
}

bool CoreDispatcher::ShouldYield(CoreDispatcherPriority priority)
{
    return !idle(priority);
}

bool CoreDispatcher::idle(CoreDispatcherPriority at_or_above) const
{
    slim_lock_guard const guard(m_lock);
    for (size_t index = index_of(at_or_above); index < kPriorities; ++index) {
        if (!m_queues[index].empty()) return false;
    }
    return true;
}

bool CoreDispatcher::is_closed() const
{
    slim_lock_guard const guard(m_lock);
    return m_closed;
}

void CoreDispatcher::close()
{
    {
        slim_lock_guard const guard(m_lock);
        m_closed = true;
    }
    while (process_one()) {
    }
}

} // namespace winrt::Windows::UI::Core::implementation

namespace winrt::Latchkey::UI::Core::implementation {

using Dispatcher = Windows::UI::Core::implementation::CoreDispatcher;

struct RunLoop {
    static Windows::UI::Core::CoreDispatcher GetForCurrentThread() { return *Dispatcher::for_current_thread(); }

    static int32_t GetDescriptor(Windows::UI::Core::CoreDispatcher const& dispatcher)
    {
        if (!dispatcher) throw hresult_invalid_argument(L"GetDescriptor needs a dispatcher");
        return get_self<Dispatcher>(dispatcher)->descriptor();
    }
};

} // namespace winrt::Latchkey::UI::Core::implementation

namespace winrt::Latchkey::UI::Core::factory_implementation {

struct RunLoop : RunLoopT<RunLoop, implementation::RunLoop> {};

} // namespace winrt::Latchkey::UI::Core::factory_implementation

LATCHKEY_FACTORY(run_loop_factory, winrt::Latchkey::UI::Core::factory_implementation::RunLoop)
