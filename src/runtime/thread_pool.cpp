// SPDX-License-Identifier: MIT
#include "runtime/thread_pool.h"

#include "runtime/error_text.h"
#include "runtime/hresult.h"
#include "runtime/watcher.h"

#include <algorithm>
#include <chrono>
#include <new>
#include <system_error>
#include <thread>

#include <latchkey/runtime.h>
#include <pthread.h>

namespace latchkey::runtime {

namespace {

constexpr std::chrono::seconds kIdleThreadEndsAfter{10};

}

ThreadPool& ThreadPool::instance()
{
    // Never destroyed: pool threads may still run while the process exits.
    static ThreadPool& pool = *new ThreadPool;
    return pool;
}

ThreadPool::ThreadPool()
{
    // The watcher registers its own functions first, so that fork takes this lock before the watcher's, the order in
    // which submit takes them.
    Watcher::instance();
    pthread_atfork(&before_fork, &after_fork_in_parent, &after_fork_in_child);
}

void ThreadPool::before_fork()
{
    instance().m_mutex.lock();
}

void ThreadPool::after_fork_in_parent()
{
    instance().m_mutex.unlock();
}

void ThreadPool::after_fork_in_child()
{
    ThreadPool& pool = instance();
    // The parent's waiting threads are not here, but the condition variable still counts them.
    new (&pool.m_work_waits) std::condition_variable;
    pool.m_queue.clear();
    pool.m_threads = 0;
    pool.m_idle = 0;
    pool.m_growth_asked = false;
    pool.m_mutex.unlock();
}

size_t ThreadPool::soft_limit()
{
    static size_t const limit = std::clamp<size_t>(2 * std::thread::hardware_concurrency(), 4, kMaxThreads);
    return limit;
}

int32_t ThreadPool::submit(Callback callback, void* context)
{
    std::unique_lock lock{m_mutex};
    if (m_queue.size() >= kMaxWaiting)
        return fail(kOutOfMemory, "the thread pool has 1,000,000 callbacks waiting and takes no more");
    m_queue.push_back({callback, context});
    if (m_queue.size() <= m_idle) {
        m_work_waits.notify_one();
        return kOk;
    }
    if (m_threads < soft_limit()) {
        if (!start_thread() && m_threads == 0) {
            m_queue.pop_back();
            return fail(kOutOfMemory, "the thread pool could not start its first thread");
        }
        return kOk;
    }
    if (m_threads < kMaxThreads && !m_growth_asked) {
        m_growth_asked = true;
        m_taken_when_asked = m_taken;
        Watcher::instance().ask_for_growth_check(kStuckAfterNs);
    }
    return kOk;
}

void ThreadPool::grow_if_stuck()
{
    std::unique_lock lock{m_mutex};
    m_growth_asked = false;
    if (m_queue.size() <= m_idle || m_threads >= kMaxThreads) return;
    if (m_taken == m_taken_when_asked) start_thread();
    m_growth_asked = true;
    m_taken_when_asked = m_taken;
    Watcher::instance().ask_for_growth_check(kStuckAfterNs);
}

bool ThreadPool::start_thread()
{
    try {
        std::thread([this] { run(); }).detach();
    } catch (std::system_error const&) {
        return false;
    }
    ++m_threads;
    return true;
}

void ThreadPool::run()
{
    pthread_setname_np(pthread_self(), "latchkey-pool");
    std::unique_lock lock{m_mutex};
    for (;;) {
        if (m_queue.empty()) {
            ++m_idle;
            bool const work_came =
                m_work_waits.wait_for(lock, kIdleThreadEndsAfter, [this] { return !m_queue.empty(); });
            --m_idle;
            if (!work_came) {
                --m_threads;
                return;
            }
        }
        Work const work = m_queue.front();
        m_queue.pop_front();
        ++m_taken;
        lock.unlock();
        work.callback(work.context);
        lock.lock();
    }
}

} // namespace latchkey::runtime

using namespace latchkey::runtime;

int32_t LatchkeySubmit(void (*callback)(void* context), void* context) noexcept
{
    if (!callback) return fail(kInvalidArgument, "LatchkeySubmit: the callback is null");
    return guarded([&] { return ThreadPool::instance().submit(callback, context); });
}
