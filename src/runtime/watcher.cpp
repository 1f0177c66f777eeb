// SPDX-License-Identifier: MIT
#include "runtime/watcher.h"

#include "runtime/error_text.h"
#include "runtime/hresult.h"
#include "runtime/thread_pool.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <latchkey/runtime.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

namespace latchkey::runtime {

namespace {

constexpr int kThreadEndsAfterMs = 10'000;
constexpr int64_t kRetryNs = 100'000'000;
constexpr int64_t kMaxDelayNs = int64_t{100} * 365 * 24 * 3600 * 1'000'000'000;
constexpr uint64_t kClockId = 0;

int64_t now_ns()
{
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

void close_descriptor(int& descriptor)
{
    if (descriptor >= 0) ::close(descriptor);
    descriptor = -1;
}

} // namespace

Watcher& Watcher::instance()
{
    static Watcher& watcher = *new Watcher;
    return watcher;
}

Watcher::Watcher()
{
    pthread_atfork(&before_fork, &after_fork_in_parent, &after_fork_in_child);
}

void Watcher::before_fork()
{
    instance().m_mutex.lock();
}

void Watcher::after_fork_in_parent()
{
    instance().m_mutex.unlock();
}

void Watcher::after_fork_in_child()
{
    Watcher& watcher = instance();
    for (auto const& [id, watch] : watcher.m_descriptors)
        close_descriptor(watch->descriptor);
    watcher.m_descriptors.clear();
    watcher.m_due.clear();
    // The epoll set is shared with the parent: a change here would be a change there.
    close_descriptor(watcher.m_epoll);
    close_descriptor(watcher.m_clock);
    ++watcher.m_generation;
    watcher.m_growth_due = 0;
    watcher.m_clock_set_to = 0;
    watcher.m_running = false;
    watcher.m_mutex.unlock();
}

int32_t Watcher::ensure_thread()
{
    if (m_epoll < 0) {
        int const epoll = epoll_create1(EPOLL_CLOEXEC);
        int const clock = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = kClockId;
        if (epoll < 0 || clock < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, clock, &event) != 0) {
            int32_t const error = LatchkeyErrorFromErrno(errno);
            if (epoll >= 0) ::close(epoll);
            if (clock >= 0) ::close(clock);
            return fail(error, "timers and waits need an epoll and a timer descriptor, and there is none to be had");
        }
        m_epoll = epoll;
        m_clock = clock;
    }
    if (m_running) return kOk;
    try {
        std::thread([this] { run(); }).detach();
    } catch (std::system_error const&) {
        return fail(kOutOfMemory, "timers and waits could not start their thread");
    }
    m_running = true;
    return kOk;
}

int32_t Watcher::watch_descriptor(Watch* watch, int64_t& delay_ns)
{
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT;
    event.data.u64 = watch->id;
    m_descriptors.emplace(watch->id, watch);
    if (epoll_ctl(m_epoll, EPOLL_CTL_ADD, watch->descriptor, &event) == 0) return kOk;
    int const error = errno;
    m_descriptors.erase(watch->id);
    if (error != EPERM) return LatchkeyErrorFromErrno(error);
    // epoll refuses regular files and folders, which never block: they are readable now.
    close_descriptor(watch->descriptor);
    watch->readable = true;
    delay_ns = 0;
    return kOk;
}

int32_t Watcher::start(Watch* watch, int64_t delay_ns)
{
    std::unique_lock lock{m_mutex};
    if (m_due.size() + m_descriptors.size() >= kMaxWatches)
        return fail(kLimitReached, "there are 1,000,000 timers and waits already");
    if (int32_t const error = ensure_thread(); error < 0) return error;
    watch->id = ++m_last_id;
    watch->generation = m_generation;
    if (watch->descriptor >= 0) {
        if (int32_t const error = watch_descriptor(watch, delay_ns); error < 0)
            return fail(error, "the descriptor cannot be waited for");
    }
    watch->armed = true;
    if (delay_ns >= 0) set_due(watch, now_ns() + std::min(delay_ns, kMaxDelayNs));
    set_clock();
    return kOk;
}

void Watcher::set_due(Watch* watch, int64_t when)
{
    watch->due = m_due.emplace(when, watch);
    watch->has_due = true;
}

void Watcher::disarm(Watch* watch)
{
    if (watch->has_due) m_due.erase(watch->due);
    watch->has_due = false;
    if (watch->descriptor >= 0) {
        m_descriptors.erase(watch->id);
        // Our duplicate keeps the file alive in the epoll set only as long as it is open, but the caller's descriptor
        // does so too: it has to be taken out by name.
        epoll_ctl(m_epoll, EPOLL_CTL_DEL, watch->descriptor, nullptr);
        close_descriptor(watch->descriptor);
    }
    watch->armed = false;
}

bool Watcher::fire_now(Watch* watch)
{
    std::vector<Watch*> ready;
    {
        std::unique_lock lock{m_mutex};
        if (watch->closed || !alive(watch) || !watch->armed) return false;
        disarm(watch);
        enqueue(watch, ready);
        if (watch->period_ns > 0) {
            watch->armed = true;
            set_due(watch, now_ns() + watch->period_ns);
        }
        set_clock();
    }
    hand_to_pool(ready);
    return true;
}

bool Watcher::close(Watch* watch)
{
    bool prevented = false;
    {
        std::unique_lock lock{m_mutex};
        watch->closed = true;
        if (alive(watch)) {
            prevented = watch->armed || watch->queued;
            disarm(watch);
        }
    }
    release(watch);
    return prevented;
}

void Watcher::release(Watch* watch)
{
    if (watch->references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete watch;
}

void Watcher::ask_for_growth_check(int64_t delay_ns)
{
    std::unique_lock lock{m_mutex};
    if (ensure_thread() < 0) return;
    m_growth_due = now_ns() + delay_ns;
    set_clock();
}

// One timer descriptor stands for all: it is set to the earliest moment that anybody waits for.
void Watcher::set_clock()
{
    int64_t earliest = m_due.empty() ? 0 : m_due.begin()->first;
    if (m_growth_due != 0 && (earliest == 0 || m_growth_due < earliest)) earliest = m_growth_due;
    if (earliest == m_clock_set_to) return;
    m_clock_set_to = earliest;
    itimerspec setting{};
    setting.it_value = {.tv_sec = earliest / 1'000'000'000, .tv_nsec = earliest % 1'000'000'000};
    timerfd_settime(m_clock, TFD_TIMER_ABSTIME, &setting, nullptr);
}

void Watcher::enqueue(Watch* watch, std::vector<Watch*>& ready)
{
    if (watch->queued) return;
    watch->queued = true;
    watch->references.fetch_add(1, std::memory_order_relaxed);
    ready.push_back(watch);
}

void Watcher::collect_due(int64_t now, std::vector<Watch*>& ready)
{
    while (!m_due.empty() && m_due.begin()->first <= now) {
        auto const [when, watch] = *m_due.begin();
        disarm(watch);
        enqueue(watch, ready);
        if (watch->period_ns > 0) {
            watch->armed = true;
            // The grid is kept; periods that have passed already are skipped.
            int64_t const missed = (now - when) / watch->period_ns;
            set_due(watch, when + (missed + 1) * watch->period_ns);
        }
    }
}

void Watcher::hand_to_pool(std::vector<Watch*> const& ready)
{
    for (Watch* watch : ready) {
        int32_t const result = guarded([&] { return ThreadPool::instance().submit(&Watcher::run_on_pool, watch); });
        if (result >= 0) continue;
        // No thread now: try again soon rather than lose the callback.
        std::unique_lock lock{m_mutex};
        watch->queued = false;
        if (!watch->closed && !watch->armed) {
            watch->armed = true;
            set_due(watch, now_ns() + kRetryNs);
            set_clock();
        }
        lock.unlock();
        release(watch);
    }
}

void Watcher::run_on_pool(void* context)
{
    auto* watch = static_cast<Watch*>(context);
    Watcher& watcher = instance();
    bool closed = false;
    bool readable = false;
    {
        std::unique_lock lock{watcher.m_mutex};
        watch->queued = false;
        closed = watch->closed;
        readable = watch->readable;
    }
    if (!closed && watch->on_wait)
        watch->on_wait(watch->context, readable ? 1 : 0);
    else if (!closed)
        watch->on_time(watch->context);
    release(watch);
}

bool Watcher::nothing_to_watch() const
{
    return m_due.empty() && m_descriptors.empty() && m_growth_due == 0;
}

void Watcher::run()
{
    pthread_setname_np(pthread_self(), "latchkey-watch");
    std::array<epoll_event, 64> events{};
    std::vector<Watch*> ready;
    std::unique_lock lock{m_mutex};
    int const epoll = m_epoll;
    for (;;) {
        int const timeout = nothing_to_watch() ? kThreadEndsAfterMs : -1;
        lock.unlock();
        int const count = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), timeout);
        lock.lock();
        if (count == 0 && nothing_to_watch()) {
            m_running = false;
            return;
        }
        for (int i = 0; i < count; ++i) {
            auto const found = m_descriptors.find(events[static_cast<size_t>(i)].data.u64);
            if (found == m_descriptors.end()) continue; // the clock, or a watch that was closed meanwhile
            Watch* watch = found->second;
            disarm(watch);
            watch->readable = true;
            enqueue(watch, ready);
        }
        int64_t const now = now_ns();
        collect_due(now, ready);
        bool const growth = m_growth_due != 0 && m_growth_due <= now;
        if (growth) m_growth_due = 0;
        uint64_t expirations = 0;
        [[maybe_unused]] ssize_t const got = ::read(m_clock, &expirations, sizeof expirations);
        m_clock_set_to = 0;
        set_clock();
        lock.unlock();
        if (growth) ThreadPool::instance().grow_if_stuck();
        hand_to_pool(ready);
        ready.clear();
        lock.lock();
    }
}

} // namespace latchkey::runtime

using namespace latchkey::runtime;

namespace {

constexpr int64_t kNsPerTick = 100;

int64_t ticks_to_ns(int64_t ticks)
{
    return ticks > kMaxDelayNs / kNsPerTick ? kMaxDelayNs : ticks * kNsPerTick;
}

int32_t start_watch(std::unique_ptr<Watch> watch, int64_t delay_ns, void** handle)
{
    Watch* const started = watch.get();
    // Before the start, because the callback may run, and look for its handle, before the start returns.
    *handle = started;
    int32_t const result = Watcher::instance().start(started, delay_ns);
    if (result < 0) {
        *handle = nullptr;
        close_descriptor(started->descriptor);
        return result;
    }
    [[maybe_unused]] Watch* const given_away = watch.release();
    return kOk;
}

} // namespace

int32_t LatchkeyTimerStart(int64_t due, uint32_t period_ms, void (*callback)(void* context), void* context,
                           void** timer) noexcept
{
    if (!timer) return kInvalidArgument;
    *timer = nullptr;
    if (!callback) return fail(kInvalidArgument, "LatchkeyTimerStart: the callback is null");
    return guarded([&] {
        auto watch = std::make_unique<Watch>();
        watch->on_time = callback;
        watch->context = context;
        watch->period_ns = int64_t{period_ms} * 1'000'000;
        return start_watch(std::move(watch), ticks_to_ns(std::max<int64_t>(due, 0)), timer);
    });
}

int32_t LatchkeyTimerFireNow(void* timer) noexcept
{
    return timer && Watcher::instance().fire_now(static_cast<Watch*>(timer)) ? 1 : 0;
}

int32_t LatchkeyTimerClose(void* timer) noexcept
{
    return timer && Watcher::instance().close(static_cast<Watch*>(timer)) ? 1 : 0;
}

int32_t LatchkeyWaitStart(int descriptor, int64_t timeout, void (*callback)(void* context, int32_t readable),
                          void* context, void** wait) noexcept
{
    if (!wait) return kInvalidArgument;
    *wait = nullptr;
    if (!callback) return fail(kInvalidArgument, "LatchkeyWaitStart: the callback is null");
    return guarded([&] {
        auto watch = std::make_unique<Watch>();
        watch->on_wait = callback;
        watch->context = context;
        // A duplicate, because an epoll set holds a descriptor only once and several waits may be for the same one.
        watch->descriptor = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
        if (watch->descriptor < 0) return fail(LatchkeyErrorFromErrno(errno), "the descriptor cannot be waited for");
        return start_watch(std::move(watch), timeout < 0 ? -1 : ticks_to_ns(timeout), wait);
    });
}

int32_t LatchkeyWaitClose(void* wait) noexcept
{
    return LatchkeyTimerClose(wait);
}
