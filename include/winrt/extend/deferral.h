// SPDX-License-Identifier: MIT
// deferrable_event_args: event arguments whose handlers may ask for time. Included by winrt/Windows.Foundation.h.
#pragma once

#include "winrt/Windows.Foundation.h"

namespace winrt {
/// Base of an arguments class D (beside implements): handlers call GetDeferral, the source awaits wait_for_deferrals
/// after raising the event.
template <typename D>
struct deferrable_event_args {
    Windows::Foundation::Deferral GetDeferral()
    {
        {
            slim_lock_guard const guard(m_lock);
            ++m_outstanding;
        }
        auto const self = static_cast<D*>(this);
        return Windows::Foundation::Deferral([strong = self->get_strong()] { strong->complete_one(); });
    }

    [[nodiscard]] auto wait_for_deferrals() noexcept
    {
        struct awaiter {
            deferrable_event_args& args;

            bool await_ready() const noexcept { return false; }
            bool await_suspend(std::coroutine_handle<> handle) const noexcept
            {
                slim_lock_guard const guard(args.m_lock);
                if (args.m_outstanding == 0) return false;
                args.m_waiting = handle;
                return true;
            }
            void await_resume() const noexcept {}
        };
        return awaiter{*this};
    }

    void complete_one()
    {
        std::coroutine_handle<> resumed;
        {
            slim_lock_guard const guard(m_lock);
            if (m_outstanding == 0) throw hresult_illegal_method_call(L"the deferral was completed before");
            if (--m_outstanding == 0) resumed = std::exchange(m_waiting, nullptr);
        }
        if (resumed) resumed.resume();
    }

private:
    slim_mutex m_lock;
    uint32_t m_outstanding = 0;
    std::coroutine_handle<> m_waiting;
};
} // namespace winrt
