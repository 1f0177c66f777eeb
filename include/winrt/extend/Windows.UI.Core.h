// SPDX-License-Identifier: MIT
// What Windows.UI.Core has beyond metadata: going on on a dispatcher's thread.
#pragma once

#include "winrt/Windows.Foundation.h"
#include "winrt/Windows.UI.Core.h"

namespace winrt {
/// co_await resume_foreground(dispatcher): the rest of the coroutine runs on the dispatcher's thread.
[[nodiscard]] inline auto resume_foreground(Windows::UI::Core::CoreDispatcher const& dispatcher,
                                            Windows::UI::Core::CoreDispatcherPriority const priority =
                                                Windows::UI::Core::CoreDispatcherPriority::Normal) noexcept
{
    struct awaiter {
        Windows::UI::Core::CoreDispatcher const& dispatcher;
        Windows::UI::Core::CoreDispatcherPriority priority;

        bool await_ready() const noexcept { return false; }
        void await_resume() const noexcept {}
        void await_suspend(std::coroutine_handle<> handle) const
        {
            // A copy: the coroutine may be gone before RunAsync returns.
            auto const target = dispatcher;
            target.RunAsync(priority, [handle] { handle.resume(); });
        }
    };
    return awaiter{dispatcher, priority};
}

inline auto operator co_await(Windows::UI::Core::CoreDispatcher const& dispatcher) noexcept
{
    return resume_foreground(dispatcher);
}
} // namespace winrt
