// SPDX-License-Identifier: MIT
#include "compat/own_pool.h"

#include "compat/windows_api.h"

#include <cstring>
#include <deque>
#include <memory>
#include <mutex>
#include <new>

namespace latchkey::compat {

namespace {

constexpr uint32_t kOutOfMemory = 14;
constexpr uint32_t kDefaultMaximum = 500;
constexpr size_t kOffsetOfPool = sizeof(void*); // behind the version of a TP_CALLBACK_ENVIRON

struct Work {
    void (*callback)(void*, void*);
    void* context;
};

// Lives until it is closed and the last of its work has ended.
struct Pool {
    std::mutex mutex;
    std::deque<Work> waiting;
    uint32_t running = 0; // threads of liblatchkey that work for this pool
    uint32_t maximum = kDefaultMaximum;
    bool closed = false;

    static void run(void* context)
    {
        auto* pool = static_cast<Pool*>(context);
        std::unique_lock lock{pool->mutex};
        while (!pool->waiting.empty() && pool->running <= pool->maximum) {
            Work const work = pool->waiting.front();
            pool->waiting.pop_front();
            lock.unlock();
            work.callback(nullptr, work.context);
            lock.lock();
        }
        --pool->running;
        bool const last = pool->closed && pool->running == 0;
        lock.unlock();
        if (last) delete pool;
    }
};

} // namespace

void* pool_of(void const* environment)
{
    void* pool = nullptr;
    if (environment) std::memcpy(&pool, static_cast<char const*>(environment) + kOffsetOfPool, sizeof pool);
    return pool;
}

bool submit_to(void* handle, void (*callback)(void*, void*), void* context)
{
    auto* pool = static_cast<Pool*>(handle);
    std::unique_lock const lock{pool->mutex};
    try {
        pool->waiting.push_back({callback, context});
    } catch (std::bad_alloc const&) {
        SetLastError(kOutOfMemory);
        return false;
    }
    if (pool->running >= pool->maximum) return true;
    if (LatchkeySubmit(&Pool::run, pool) >= 0) {
        ++pool->running;
        return true;
    }
    if (pool->running > 0) return true; // those that run will come to it
    pool->waiting.pop_back();
    SetLastError(kOutOfMemory);
    return false;
}

} // namespace latchkey::compat

using namespace latchkey::compat;

void* CreateThreadpool(void*) noexcept
{
    auto* pool = new (std::nothrow) Pool;
    if (!pool) SetLastError(kOutOfMemory);
    return pool;
}

void SetThreadpoolThreadMaximum(void* pool, uint32_t value) noexcept
{
    std::unique_lock const lock{static_cast<Pool*>(pool)->mutex};
    static_cast<Pool*>(pool)->maximum = value > 0 ? value : 1;
}

int32_t SetThreadpoolThreadMinimum(void*, uint32_t) noexcept
{
    return 1; // threads start when there is work
}

void CloseThreadpool(void* handle) noexcept
{
    auto* pool = static_cast<Pool*>(handle);
    std::unique_lock lock{pool->mutex};
    pool->closed = true;
    bool const idle = pool->running == 0;
    lock.unlock();
    std::unique_ptr<Pool> const ended{idle ? pool : nullptr};
}

LATCHKEY_COMPAT_ALIAS(CreateThreadpool)
LATCHKEY_COMPAT_ALIAS(SetThreadpoolThreadMaximum)
LATCHKEY_COMPAT_ALIAS(SetThreadpoolThreadMinimum)
LATCHKEY_COMPAT_ALIAS(CloseThreadpool)
