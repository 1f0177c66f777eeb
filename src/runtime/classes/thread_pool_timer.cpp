// SPDX-License-Identifier: MIT
#include "runtime/classes/factories.h"

#include <algorithm>

#include <System/Threading/ThreadPoolTimer.g.h>
#include <latchkey/runtime.h>

namespace winrt::Windows::System::Threading::implementation {

using Windows::Foundation::TimeSpan;

// A row of single timers of the runtime. Each, while it is armed, holds one reference to this object, which ends with
// its callback or with the Cancel that prevented it; so a timer that nobody keeps still fires.
struct ThreadPoolTimer : ThreadPoolTimerT<ThreadPoolTimer> {
    ThreadPoolTimer(TimerElapsedHandler const& handler, TimerDestroyedHandler const& destroyed, TimeSpan delay,
                    TimeSpan period)
        : m_handler(handler), m_destroyed(destroyed), m_delay(delay), m_period(period)
    {
        if (!handler) throw hresult_invalid_argument(L"a timer needs a handler");
        if (delay.count() < 0 || period.count() < 0)
            throw hresult_invalid_argument(L"a timer's delay or period is not negative");
        // The sum must not overflow; nobody sees the difference.
        constexpr TimeSpan kLongest = std::chrono::hours(24 * 365 * 100);
        m_next = clock_now() + std::min(period.count() > 0 ? period : delay, kLongest);
    }

    TimeSpan Period() const { return m_period; }
    TimeSpan Delay() const { return m_delay; }

    void Cancel()
    {
        bool prevented = false;
        {
            slim_lock_guard const guard(m_lock);
            m_cancelled = true;
            prevented = LatchkeyTimerClose(std::exchange(m_armed, nullptr)) != 0;
        }
        if (!prevented) return; // a callback is running, or has run: it ends the timer
        destroyed();
        Release();
    }

    void start()
    {
        slim_lock_guard const guard(m_lock);
        arm();
    }

    static Threading::ThreadPoolTimer CreatePeriodicTimer(TimerElapsedHandler const& handler, TimeSpan const& period)
    {
        return CreatePeriodicTimer(handler, period, nullptr);
    }
    static Threading::ThreadPoolTimer CreatePeriodicTimer(TimerElapsedHandler const& handler, TimeSpan const& period,
                                                          TimerDestroyedHandler const& destroyed)
    {
        // Windows, too, takes a period below a millisecond for a single timer.
        bool const single = period < std::chrono::milliseconds(1);
        return create(handler, destroyed, TimeSpan::zero(), single ? TimeSpan::zero() : period);
    }
    static Threading::ThreadPoolTimer CreateTimer(TimerElapsedHandler const& handler, TimeSpan const& delay)
    {
        return CreateTimer(handler, delay, nullptr);
    }
    static Threading::ThreadPoolTimer CreateTimer(TimerElapsedHandler const& handler, TimeSpan const& delay,
                                                  TimerDestroyedHandler const& destroyed)
    {
        return create(handler, destroyed, delay, TimeSpan::zero());
    }

private:
    static TimeSpan clock_now()
    {
        return std::chrono::duration_cast<TimeSpan>(std::chrono::steady_clock::now().time_since_epoch());
    }

    static Threading::ThreadPoolTimer create(TimerElapsedHandler const& handler, TimerDestroyedHandler const& destroyed,
                                             TimeSpan delay, TimeSpan period)
    {
        auto const timer = make_self<ThreadPoolTimer>(handler, destroyed, delay, period);
        timer->start();
        return *timer;
    }

    // With the lock held.
    void arm()
    {
        AddRef();
        int32_t const result = LatchkeyTimerStart((m_next - clock_now()).count(), 0, &elapsed, this, &m_armed);
        if (result < 0) {
            Release();
            throw hresult_error(result, take_ownership_from_abi);
        }
    }

    static void elapsed(void* context)
    {
        com_ptr<ThreadPoolTimer> self;
        self.attach(static_cast<ThreadPoolTimer*>(context)); // the reference of this arming
        self->tick();
    }

    void tick()
    {
        bool cancelled = false;
        {
            slim_lock_guard const guard(m_lock);
            LatchkeyTimerClose(std::exchange(m_armed, nullptr));
            cancelled = m_cancelled;
        }
        if (!cancelled) {
            try {
                m_handler(*this);
            } catch (...) {
                // There is nobody to tell; the next period is tried all the same.
            }
        }
        if (!next_period()) destroyed();
    }

    // Arms the next period that lies ahead. False when there is none.
    bool next_period()
    {
        slim_lock_guard const guard(m_lock);
        if (m_cancelled || m_period.count() == 0) return false;
        TimeSpan const now = clock_now();
        while (m_next <= now)
            m_next += m_period * (1 + (now - m_next) / m_period);
        try {
            arm();
        } catch (hresult_error const&) {
            return false; // no more timers in this process: this one is over
        }
        return true;
    }

    void destroyed()
    {
        if (!m_destroyed) return;
        try {
            m_destroyed(*this);
        } catch (...) {
        }
    }

    slim_mutex m_lock;
    TimerElapsedHandler m_handler;
    TimerDestroyedHandler m_destroyed;
    TimeSpan m_delay;
    TimeSpan m_period;
    TimeSpan m_next{};
    void* m_armed = nullptr;
    bool m_cancelled = false;
};

} // namespace winrt::Windows::System::Threading::implementation

namespace winrt::Windows::System::Threading::factory_implementation {

struct ThreadPoolTimer : ThreadPoolTimerT<ThreadPoolTimer, implementation::ThreadPoolTimer> {};

} // namespace winrt::Windows::System::Threading::factory_implementation

LATCHKEY_FACTORY(thread_pool_timer_factory, winrt::Windows::System::Threading::factory_implementation::ThreadPoolTimer)
