// SPDX-License-Identifier: MIT
//
// Timers and waits for descriptors: one thread that sleeps in epoll and hands what is due to the thread pool. The
// thread starts with the first watch and ends after 10 s without any.
//
//           due / readable                    pool thread takes it
//   armed ------------------> queued for pool ---------------------> callback runs
//     |                          |
//     +------- close ------------+----> nothing runs, close answers 1
//
// A periodic timer is armed again the moment it is due; while its callback still waits for a thread, further periods
// are skipped. A child of fork has no watches; handles from the parent can be closed there and do nothing.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace latchkey::runtime {

using TimerCallback = void (*)(void* context);
using WaitCallback = void (*)(void* context, int32_t readable);

struct Watch {
    TimerCallback on_time = nullptr; // one of the two is set
    WaitCallback on_wait = nullptr;
    void* context = nullptr;
    int64_t period_ns = 0;
    int descriptor = -1; // our duplicate; -1 once disarmed

    // The rest belongs to the watcher and is guarded by its mutex.
    std::atomic<int> references{1}; // the caller's handle, and one while queued
    uint64_t id = 0;
    uint32_t generation = 0; // of the watcher: a fork makes all older watches dead
    std::multimap<int64_t, Watch*>::iterator due;
    bool has_due = false;
    bool armed = false;
    bool queued = false;
    bool closed = false;
    bool readable = false;
};

class Watcher {
public:
    static constexpr size_t kMaxWatches = 1'000'000;

    static Watcher& instance();

    // Takes watch over when it returns 0. delay_ns: < 0 means that there is no time limit.
    int32_t start(Watch* watch, int64_t delay_ns);
    bool fire_now(Watch* watch);
    bool close(Watch* watch);

    // Calls ThreadPool::grow_if_stuck from the watcher's thread. One question at a time; only the pool asks.
    void ask_for_growth_check(int64_t delay_ns);

private:
    Watcher();

    static void before_fork();
    static void after_fork_in_parent();
    static void after_fork_in_child();
    static void run_on_pool(void* watch);
    static void release(Watch* watch);

    int32_t ensure_thread();
    int32_t watch_descriptor(Watch* watch, int64_t& delay_ns);
    void set_due(Watch* watch, int64_t when);
    void disarm(Watch* watch);
    bool alive(Watch const* watch) const { return watch->generation == m_generation; }
    void set_clock();
    void collect_due(int64_t now, std::vector<Watch*>& ready);
    void enqueue(Watch* watch, std::vector<Watch*>& ready);
    void hand_to_pool(std::vector<Watch*> const& ready);
    bool nothing_to_watch() const;
    void run();

    std::mutex m_mutex;
    std::multimap<int64_t, Watch*> m_due;
    std::unordered_map<uint64_t, Watch*> m_descriptors;
    uint64_t m_last_id = 0;
    uint32_t m_generation = 1;
    int64_t m_growth_due = 0; // 0: not asked
    int64_t m_clock_set_to = 0;
    int m_epoll = -1;
    int m_clock = -1;
    bool m_running = false;
};

} // namespace latchkey::runtime
