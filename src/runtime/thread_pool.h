// SPDX-License-Identifier: MIT
//
// The threads on which callbacks run. Nothing is started before the first piece of work, so that a process may load
// the library and fork; a child of fork starts with an empty pool and keeps none of its parent's pending work.
//
// Up to soft_limit() threads start at once when work waits. More start, up to kMaxThreads, only while nothing has been
// taken from the queue for kStuckAfter: then those that run are taken to be blocked.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>

namespace latchkey::runtime {

class ThreadPool {
public:
    using Callback = void (*)(void*);

    static constexpr size_t kMaxThreads = 64;
    static constexpr size_t kMaxWaiting = 1'000'000;
    static constexpr int64_t kStuckAfterNs = 25'000'000;

    static ThreadPool& instance();

    int32_t submit(Callback callback, void* context);

    // Called by the watcher's thread kStuckAfterNs after it was asked to.
    void grow_if_stuck();

private:
    struct Work {
        Callback callback;
        void* context;
    };

    ThreadPool();

    static size_t soft_limit();
    static void before_fork();
    static void after_fork_in_parent();
    static void after_fork_in_child();
    bool start_thread();
    void run();

    std::mutex m_mutex;
    std::condition_variable m_work_waits;
    std::deque<Work> m_queue;
    size_t m_threads = 0;
    size_t m_idle = 0;
    uint64_t m_taken = 0; // how many pieces of work have left the queue
    uint64_t m_taken_when_asked = 0;
    bool m_growth_asked = false;
};

} // namespace latchkey::runtime
