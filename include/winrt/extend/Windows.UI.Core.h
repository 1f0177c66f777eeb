// SPDX-License-Identifier: MIT
// What Windows.UI.Core has beyond metadata: going on on a dispatcher's thread.
#pragma once

#include "winrt/Windows.Foundation.h"
#include "winrt/Windows.UI.Core.h"

namespace winrt::impl {
class foreground_awaiter {
public:
    foreground_awaiter(Windows::UI::Core::CoreDispatcher const& dispatcher,
                       Windows::UI::Core::CoreDispatcherPriority priority) noexcept
        : m_dispatcher(dispatcher), m_priority(priority)
    {}
    // Only before it is awaited; g++ moves what an await_transform passes through.
    foreground_awaiter(foreground_awaiter&& other) noexcept
        : m_dispatcher(std::move(other.m_dispatcher)), m_priority(other.m_priority)
    {}

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handle)
    {
        // From the moment it is queued the coroutine may run, on that thread only, and end: nothing of this awaiter is
        // used afterwards.
        Windows::UI::Core::CoreDispatcher const dispatcher = m_dispatcher;
        Windows::UI::Core::DispatchedHandler const queued = turn(this);
        m_handle = handle;
        try {
            dispatcher.RunAsync(m_priority, queued);
        } catch (...) {
            m_handle = nullptr; // it was not queued; the coroutine goes on here with the failure
            throw;
        }
    }
    void await_resume() const
    {
        if (m_canceled) throw hresult_canceled(L"the dispatcher's thread has ended");
    }

private:
    // What the dispatcher runs. Let go without being run, it resumes with a failure rather than never.
    class turn {
    public:
        explicit turn(foreground_awaiter* awaiter) noexcept : m_awaiter(awaiter) {}
        turn(turn&& other) noexcept : m_awaiter(std::exchange(other.m_awaiter, nullptr)) {}
        ~turn()
        {
            if (!m_awaiter || !m_awaiter->m_handle) return;
            m_awaiter->m_canceled = true;
            m_awaiter->m_handle.resume();
        }
        void operator()() { std::exchange(m_awaiter, nullptr)->m_handle.resume(); }

    private:
        foreground_awaiter* m_awaiter;
    };

    Windows::UI::Core::CoreDispatcher m_dispatcher;
    Windows::UI::Core::CoreDispatcherPriority m_priority;
    std::coroutine_handle<> m_handle;
    bool m_canceled{};
};
} // namespace winrt::impl

namespace winrt {
/// co_await resume_foreground(dispatcher): the rest of the coroutine runs on the dispatcher's thread. Throws
/// hresult_canceled when that thread ends first.
[[nodiscard]] inline impl::foreground_awaiter resume_foreground(
    Windows::UI::Core::CoreDispatcher const& dispatcher,
    Windows::UI::Core::CoreDispatcherPriority priority = Windows::UI::Core::CoreDispatcherPriority::Normal) noexcept
{
    return {dispatcher, priority};
}

inline impl::foreground_awaiter operator co_await(Windows::UI::Core::CoreDispatcher const& dispatcher) noexcept
{
    return resume_foreground(dispatcher);
}
} // namespace winrt
