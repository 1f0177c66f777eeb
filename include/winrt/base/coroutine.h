// SPDX-License-Identifier: MIT
// Coroutines that need no interface of metadata: fire_and_forget, and awaiting the thread pool, a time or a descriptor.
// IAsyncAction and its kin are in extend/Windows.Foundation.h. A coroutine that awaits goes on on the thread that made
// the awaited thing ready, which here is a thread of the pool.
#pragma once

#include "winrt/base/chrono.h"
#include "winrt/base/lock.h"
#include "winrt/base/object.h"

namespace winrt::impl {
// Decides between "it became ready" on one thread and "I have suspended" on the other. Until both have happened, nobody
// resumes the coroutine, so await_suspend may use its awaiter to the end.
class suspension {
public:
    // What await_suspend ends with: true to stay suspended.
    bool suspend(std::coroutine_handle<> handle) noexcept
    {
        m_handle = handle;
        uint32_t expected = running;
        return m_state.compare_exchange_strong(expected, suspended, std::memory_order_acq_rel);
    }

    // Resumes the coroutine, or lets await_suspend go on.
    void resume()
    {
        if (m_state.exchange(ready, std::memory_order_acq_rel) == suspended) m_handle.resume();
    }

private:
    static constexpr uint32_t running = 0;
    static constexpr uint32_t suspended = 1;
    static constexpr uint32_t ready = 2;

    std::atomic<uint32_t> m_state{running};
    std::coroutine_handle<> m_handle;
};

// The part of an IAsync… coroutine that lets a cancellation reach what it awaits. Only after enable_propagation(true):
// otherwise what is awaited ends in its time and the coroutine is canceled then.
class cancellable_promise {
public:
    bool enable_propagation(bool value) noexcept { return m_propagates.exchange(value, std::memory_order_relaxed); }

    // canceller runs at most once, while context lives (revoke_canceller waits for it). It must not resume the
    // coroutine on the calling thread.
    void set_canceller(void (*canceller)(void*), void* context)
    {
        if (!m_propagates.load(std::memory_order_relaxed)) return;
        slim_lock_guard const guard(m_lock);
        if (m_canceled) {
            canceller(context);
        } else {
            m_canceller = canceller;
            m_context = context;
        }
    }
    void revoke_canceller() noexcept
    {
        slim_lock_guard const guard(m_lock);
        m_canceller = nullptr;
    }
    void propagate_cancellation()
    {
        slim_lock_guard const guard(m_lock);
        m_canceled = true;
        if (auto const canceller = std::exchange(m_canceller, nullptr)) canceller(m_context);
    }

private:
    std::atomic<bool> m_propagates{false};
    slim_mutex m_lock;
    bool m_canceled{};
    void (*m_canceller)(void*){};
    void* m_context{};
};

// Base of awaiters that a cancellation ends early.
class cancellable_awaiter {
public:
    cancellable_awaiter() noexcept = default;
    cancellable_awaiter(cancellable_awaiter const&) = delete;
    cancellable_awaiter& operator=(cancellable_awaiter const&) = delete;

protected:
    ~cancellable_awaiter() { revoke(); }

    template <typename Promise>
    void begin(std::coroutine_handle<Promise> handle, void (*canceller)(void*), void* context)
    {
        if constexpr (std::is_base_of_v<cancellable_promise, Promise>) {
            m_promise = &handle.promise();
            m_promise->set_canceller(canceller, context);
        }
    }
    void revoke() noexcept
    {
        if (auto const promise = std::exchange(m_promise, nullptr)) promise->revoke_canceller();
    }

private:
    cancellable_promise* m_promise{};
};

inline void submit(void (*callback)(void*), void* context)
{
    check_hresult(LatchkeySubmit(callback, context));
}

inline void resume_address(void* address)
{
    std::coroutine_handle<>::from_address(address).resume();
}

struct background_awaiter {
    bool await_ready() const noexcept { return false; }
    void await_resume() const noexcept {}
    void await_suspend(std::coroutine_handle<> handle) const { submit(resume_address, handle.address()); }
};

class timer_awaiter : public cancellable_awaiter {
public:
    explicit timer_awaiter(Windows::Foundation::TimeSpan duration) noexcept : m_duration(duration) {}
    // Only before it is awaited; g++ moves what an await_transform passes through.
    timer_awaiter(timer_awaiter&& other) noexcept : m_duration(other.m_duration) {}
    ~timer_awaiter()
    {
        revoke();
        if (m_timer) LatchkeyTimerClose(m_timer);
    }

    bool await_ready() const noexcept { return m_duration.count() <= 0; }

    template <typename Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle)
    {
        check_hresult(LatchkeyTimerStart(
            m_duration.count(), 0, [](void* context) { static_cast<timer_awaiter*>(context)->m_suspension.resume(); },
            this, &m_timer));
        begin(
            handle,
            [](void* context) {
                auto const self = static_cast<timer_awaiter*>(context);
                self->m_canceled.store(true, std::memory_order_relaxed);
                LatchkeyTimerFireNow(self->m_timer);
            },
            this);
        return m_suspension.suspend(handle);
    }

    void await_resume()
    {
        revoke();
        if (m_canceled.load(std::memory_order_relaxed)) throw hresult_canceled();
    }

private:
    Windows::Foundation::TimeSpan m_duration;
    suspension m_suspension;
    std::atomic<bool> m_canceled{};
    void* m_timer{};
};

class signal_awaiter : public cancellable_awaiter {
public:
    signal_awaiter(int descriptor, Windows::Foundation::TimeSpan timeout) noexcept
        : m_descriptor(descriptor), m_timeout(timeout)
    {}
    // Only before it is awaited; g++ moves what an await_transform passes through.
    signal_awaiter(signal_awaiter&& other) noexcept : m_descriptor(other.m_descriptor), m_timeout(other.m_timeout) {}
    ~signal_awaiter()
    {
        revoke();
        if (m_wait) LatchkeyWaitClose(m_wait);
    }

    bool await_ready() const noexcept { return false; }

    template <typename Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle)
    {
        int64_t const timeout = m_timeout.count() == 0 ? -1 : m_timeout.count();
        check_hresult(LatchkeyWaitStart(
            m_descriptor, timeout,
            [](void* context, int32_t readable) {
                auto const self = static_cast<signal_awaiter*>(context);
                self->m_readable = readable != 0;
                self->finish(false);
            },
            this, &m_wait));
        begin(
            handle,
            [](void* context) {
                // Off this thread, for the canceller must not resume the coroutine. finish lets only the first one
                // through.
                auto const self = static_cast<signal_awaiter*>(context);
                if (LatchkeyWaitClose(std::exchange(self->m_wait, nullptr)) == 1) {
                    submit([](void* closed) { static_cast<signal_awaiter*>(closed)->finish(true); }, self);
                }
            },
            this);
        return m_suspension.suspend(handle);
    }

    /// True when the descriptor is readable, false after the timeout.
    bool await_resume()
    {
        revoke();
        if (m_canceled) throw hresult_canceled();
        return m_readable;
    }

private:
    void finish(bool canceled)
    {
        m_canceled = canceled;
        m_suspension.resume();
    }

    int m_descriptor;
    Windows::Foundation::TimeSpan m_timeout;
    suspension m_suspension;
    bool m_readable{};
    bool m_canceled{};
    void* m_wait{};
};
} // namespace winrt::impl

namespace winrt {
/// co_await resume_background(): the rest of the coroutine runs on a thread of the pool.
[[nodiscard]] inline impl::background_awaiter resume_background() noexcept
{
    return {};
}

/// co_await resume_after(5s), or co_await 5s: goes on after that time on a thread of the pool. A duration that is not
/// positive does not suspend.
[[nodiscard]] inline impl::timer_awaiter resume_after(Windows::Foundation::TimeSpan duration) noexcept
{
    return impl::timer_awaiter(duration);
}
inline impl::timer_awaiter operator co_await(Windows::Foundation::TimeSpan duration) noexcept
{
    return impl::timer_awaiter(duration);
}

/// co_await resume_on_signal(fd): goes on when the descriptor is readable (true) or the timeout is over (false; none
/// when 0). The descriptor stays the caller's.
[[nodiscard]] inline impl::signal_awaiter resume_on_signal(int descriptor,
                                                           Windows::Foundation::TimeSpan timeout = {}) noexcept
{
    return {descriptor, timeout};
}

/// The context to return to with co_await context: on Linux the pool, unless the coroutine is still on the thread that
/// made this.
struct apartment_context {
    apartment_context() noexcept = default;
    apartment_context(std::nullptr_t) noexcept : m_valid(false) {}
    explicit operator bool() const noexcept { return m_valid; }

    bool is_current() const noexcept { return pthread_equal(m_thread, pthread_self()) != 0; }

private:
    bool m_valid = true;
    pthread_t m_thread = pthread_self();
};

namespace impl {
struct apartment_awaiter : background_awaiter {
    bool ready;
    bool await_ready() const noexcept { return ready; }
};
} // namespace impl

inline impl::apartment_awaiter operator co_await(apartment_context const& context) noexcept
{
    return {{}, context.is_current()};
}

/// A coroutine that nobody waits for. An exception that leaves it ends the process.
struct fire_and_forget {
    struct promise_type {
        fire_and_forget get_return_object() const noexcept { return {}; }
        void return_void() const noexcept {}
        std::suspend_never initial_suspend() const noexcept { return {}; }
        std::suspend_never final_suspend() const noexcept { return {}; }
        void unhandled_exception() const noexcept
        {
            std::fprintf(stderr, "an exception left a fire_and_forget coroutine: %s\n",
                         to_string(to_message()).c_str());
            winrt::terminate();
        }

        template <typename T>
        T&& await_transform(T&& value) const noexcept
        {
            return static_cast<T&&>(value);
        }
        template <typename Rep, typename Period>
        impl::timer_awaiter await_transform(std::chrono::duration<Rep, Period> duration) const noexcept
        {
            return resume_after(std::chrono::duration_cast<Windows::Foundation::TimeSpan>(duration));
        }
    };
};

/// co_await resume_agile(async): goes on wherever it completes, which is what co_await async does here.
template <typename Async>
[[nodiscard]] Async const& resume_agile(Async const& async) noexcept
{
    return async;
}

/// What co_await get_cancellation_token() and get_progress_token() ask the coroutine's own promise for.
struct get_cancellation_token_t {};
struct get_progress_token_t {};
[[nodiscard]] inline get_cancellation_token_t get_cancellation_token() noexcept
{
    return {};
}
[[nodiscard]] inline get_progress_token_t get_progress_token() noexcept
{
    return {};
}
} // namespace winrt
