// SPDX-License-Identifier: MIT
// slim_mutex and what goes with it: a reader-writer lock of one word that never throws.
#pragma once

#include "winrt/base/prelude.h"

#include <cerrno>

#include <pthread.h>
#include <time.h>

namespace winrt {
/// Exclusive or shared; not recursive, not fair.
struct slim_mutex {
    slim_mutex() noexcept = default;
    slim_mutex(slim_mutex const&) = delete;
    slim_mutex& operator=(slim_mutex const&) = delete;

    void lock() noexcept
    {
        for (;;) {
            int32_t state = 0;
            if (m_state.compare_exchange_strong(state, exclusive, std::memory_order_acquire)) return;
            m_state.wait(state, std::memory_order_relaxed);
        }
    }
    bool try_lock() noexcept
    {
        int32_t state = 0;
        return m_state.compare_exchange_strong(state, exclusive, std::memory_order_acquire);
    }
    void unlock() noexcept
    {
        m_state.store(0, std::memory_order_release);
        m_state.notify_all();
    }

    void lock_shared() noexcept
    {
        int32_t state = m_state.load(std::memory_order_relaxed);
        for (;;) {
            if (state == exclusive) {
                m_state.wait(exclusive, std::memory_order_relaxed);
                state = m_state.load(std::memory_order_relaxed);
            } else if (m_state.compare_exchange_weak(state, state + 1, std::memory_order_acquire)) {
                return;
            }
        }
    }
    bool try_lock_shared() noexcept
    {
        int32_t state = m_state.load(std::memory_order_relaxed);
        while (state != exclusive) {
            if (m_state.compare_exchange_weak(state, state + 1, std::memory_order_acquire)) return true;
        }
        return false;
    }
    void unlock_shared() noexcept
    {
        if (m_state.fetch_sub(1, std::memory_order_release) == 1) m_state.notify_all();
    }

private:
    static constexpr int32_t exclusive = -1;

    // The number of readers, or exclusive.
    std::atomic<int32_t> m_state{0};
};

struct slim_lock_guard {
    explicit slim_lock_guard(slim_mutex& mutex) noexcept : m_mutex(mutex) { m_mutex.lock(); }
    slim_lock_guard(slim_lock_guard const&) = delete;
    slim_lock_guard& operator=(slim_lock_guard const&) = delete;
    ~slim_lock_guard() noexcept { m_mutex.unlock(); }

private:
    slim_mutex& m_mutex;
};

struct slim_shared_lock_guard {
    explicit slim_shared_lock_guard(slim_mutex& mutex) noexcept : m_mutex(mutex) { m_mutex.lock_shared(); }
    slim_shared_lock_guard(slim_shared_lock_guard const&) = delete;
    slim_shared_lock_guard& operator=(slim_shared_lock_guard const&) = delete;
    ~slim_shared_lock_guard() noexcept { m_mutex.unlock_shared(); }

private:
    slim_mutex& m_mutex;
};

/// Waits with an exclusively held slim_mutex.
struct slim_condition_variable {
    slim_condition_variable() noexcept
    {
        pthread_condattr_t attributes;
        pthread_condattr_init(&attributes);
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        pthread_cond_init(&m_condition, &attributes);
        pthread_condattr_destroy(&attributes);
    }
    slim_condition_variable(slim_condition_variable const&) = delete;
    slim_condition_variable& operator=(slim_condition_variable const&) = delete;
    ~slim_condition_variable() noexcept
    {
        // A notifier that has been seen by its waiter may still hold the lock.
        pthread_mutex_lock(&m_mutex);
        pthread_mutex_unlock(&m_mutex);
        pthread_cond_destroy(&m_condition);
        pthread_mutex_destroy(&m_mutex);
    }

    template <typename Predicate>
    void wait(slim_mutex& mutex, Predicate const predicate)
    {
        while (!predicate()) {
            wait_once(mutex, nullptr);
        }
    }

    /// False when the time was over and predicate still does not hold.
    template <typename Rep, typename Period, typename Predicate>
    bool wait_for(slim_mutex& mutex, std::chrono::duration<Rep, Period> duration, Predicate const predicate)
    {
        timespec const deadline = from_now(duration);
        while (!predicate()) {
            if (!wait_once(mutex, &deadline)) return predicate();
        }
        return true;
    }

    void notify_one() noexcept
    {
        pthread_mutex_lock(&m_mutex);
        pthread_cond_signal(&m_condition);
        pthread_mutex_unlock(&m_mutex);
    }
    void notify_all() noexcept
    {
        pthread_mutex_lock(&m_mutex);
        pthread_cond_broadcast(&m_condition);
        pthread_mutex_unlock(&m_mutex);
    }

private:
    // Durations may be anything, TimeSpan::max() too: they are cut to what the clock can count.
    template <typename Duration>
    static timespec from_now(Duration duration) noexcept
    {
        using namespace std::chrono;
        constexpr seconds longest = hours(24 * 365 * 100);
        timespec deadline;
        clock_gettime(CLOCK_MONOTONIC, &deadline);
        if (duration <= Duration::zero()) return deadline;
        auto const whole = duration_cast<seconds>(duration);
        int64_t const nanoseconds =
            whole < longest ? deadline.tv_nsec + duration_cast<std::chrono::nanoseconds>(duration - whole).count()
                            : deadline.tv_nsec;
        deadline.tv_sec += (whole < longest ? whole : longest).count() + nanoseconds / 1'000'000'000;
        deadline.tv_nsec = nanoseconds % 1'000'000'000;
        return deadline;
    }

    bool wait_once(slim_mutex& mutex, timespec const* deadline) noexcept
    {
        pthread_mutex_lock(&m_mutex);
        mutex.unlock();
        int const result = deadline ? pthread_cond_timedwait(&m_condition, &m_mutex, deadline)
                                    : pthread_cond_wait(&m_condition, &m_mutex);
        pthread_mutex_unlock(&m_mutex);
        mutex.lock();
        return result != ETIMEDOUT;
    }

    pthread_mutex_t m_mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t m_condition;
};
} // namespace winrt
