// SPDX-License-Identifier: MIT
#include "compat/event.h"
#include "compat/own_pool.h"
#include "compat/windows_api.h"

#include <chrono>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

// Windows' timers and waits are objects that are set again and again; the runtime's are made for one use. Each setting
// gets a number, which is what the runtime's callback carries: a callback whose number is no longer known came too
// late and does nothing, so that no callback ever meets an object that was closed.
namespace {

using latchkey::compat::Event;

constexpr uint32_t kNotSupported = 50;
constexpr uint32_t kOutOfMemory = 14;
constexpr uint32_t kSignalled = 0;
constexpr uint32_t kTimeout = 258;

using TimerCallback = void (*)(void*, void*, void*);
using WaitCallback = void (*)(void*, void*, void*, uint32_t);

struct PoolObject {
    TimerCallback on_time = nullptr; // one of the two
    WaitCallback on_wait = nullptr;
    void* context = nullptr;
    uintptr_t setting = 0; // 0: not set
    void* armed = nullptr; // the runtime's timer or wait
    bool periodic = false;
    Event const* event = nullptr;
};

struct Settings {
    std::mutex mutex;
    uintptr_t last = 0;
    std::map<uintptr_t, PoolObject*> objects;
};

Settings& settings()
{
    static Settings& all = *new Settings; // callbacks may come while the process exits
    return all;
}

// What is needed of an object once the lock is given up.
struct Due {
    PoolObject object;
    PoolObject* handle = nullptr;
    void* finished = nullptr; // the runtime's handle, to be closed
};

// The object whose setting this is, if it is still set. A single setting ends with this.
bool claim(uintptr_t setting, Due& due)
{
    Settings& all = settings();
    std::unique_lock const lock{all.mutex};
    auto const found = all.objects.find(setting);
    if (found == all.objects.end()) return false;
    PoolObject& object = *found->second;
    due = {.object = object, .handle = &object, .finished = nullptr};
    if (!object.periodic) {
        due.finished = std::exchange(object.armed, nullptr);
        object.setting = 0;
        all.objects.erase(found);
    }
    return true;
}

void on_timer(void* setting)
{
    Due due;
    if (!claim(reinterpret_cast<uintptr_t>(setting), due)) return;
    LatchkeyTimerClose(due.finished);
    due.object.on_time(nullptr, due.object.context, due.handle);
}

// Ends the current setting. True when it had not come to its callback.
bool clear(PoolObject& object)
{
    Settings& all = settings();
    void* armed = nullptr;
    bool was_set = false;
    {
        std::unique_lock const lock{all.mutex};
        was_set = all.objects.erase(object.setting) != 0;
        object.setting = 0;
        armed = std::exchange(object.armed, nullptr);
    }
    LatchkeyTimerClose(armed);
    return was_set;
}

// FILETIME: negative is from now, positive a moment since 1601, in 100 ns. The result is from now.
int64_t from_now(void const* file_time)
{
    int64_t when = 0;
    std::memcpy(&when, file_time, sizeof when);
    if (when <= 0) return when == INT64_MIN ? INT64_MAX : -when;
    int64_t now = 0;
    GetSystemTimePreciseAsFileTime(&now);
    return when > now ? when - now : 0;
}

template <typename Start>
void arm(PoolObject& object, Start start)
{
    Settings& all = settings();
    std::unique_lock const lock{all.mutex};
    object.setting = ++all.last;
    all.objects.emplace(object.setting, &object);
    // Under the lock, so that a callback that comes at once finds the handle it has to close.
    if (start(reinterpret_cast<void*>(object.setting), &object.armed) < 0) {
        all.objects.erase(object.setting);
        object.setting = 0;
        SetLastError(kOutOfMemory);
    }
}

void on_wait(void* setting, int32_t readable);

// event null: what is never signalled, for its time limit only.
void arm_wait(PoolObject& object, Event const* event, int64_t timeout)
{
    object.event = event;
    arm(object, [&](void* setting, void** armed) {
        if (event) return LatchkeyWaitStart(event->descriptor, timeout, &on_wait, setting, armed);
        if (timeout < 0) return 0;
        return LatchkeyTimerStart(
            timeout, 0, [](void* timed_out) { on_wait(timed_out, 0); }, setting, armed);
    });
}

void on_wait(void* setting, int32_t readable)
{
    Due due;
    if (!claim(reinterpret_cast<uintptr_t>(setting), due)) return;
    LatchkeyWaitClose(due.finished);
    if (readable && !due.object.event->take()) {
        // An auto-reset event that another waiter took: the wait goes on, without its time limit's remainder.
        arm_wait(*due.handle, due.object.event, -1);
        return;
    }
    due.object.on_wait(nullptr, due.object.context, due.handle, readable ? kSignalled : kTimeout);
}

template <typename Member, typename Callback>
void* create(Member member, Callback callback, void* context, void* environment)
{
    if (environment || !callback) {
        SetLastError(kNotSupported);
        return nullptr;
    }
    auto* object = new (std::nothrow) PoolObject;
    if (!object) {
        SetLastError(kOutOfMemory);
        return nullptr;
    }
    object->*member = callback;
    object->context = context;
    return object;
}

void destroy(void* handle)
{
    std::unique_ptr<PoolObject> const object{static_cast<PoolObject*>(handle)};
    if (object) clear(*object);
}

struct Submitted {
    void (*callback)(void*, void*);
    void* context;
};

} // namespace

int32_t TrySubmitThreadpoolCallback(void (*callback)(void*, void*), void* context, void* environment) noexcept
{
    if (!callback) {
        SetLastError(kNotSupported);
        return 0;
    }
    if (void* const pool = latchkey::compat::pool_of(environment))
        return latchkey::compat::submit_to(pool, callback, context);
    std::unique_ptr<Submitted> work{new (std::nothrow) Submitted{callback, context}};
    auto const run = [](void* submitted) {
        Submitted const ours = *static_cast<Submitted*>(submitted);
        delete static_cast<Submitted*>(submitted);
        ours.callback(nullptr, ours.context);
    };
    if (!work || LatchkeySubmit(run, work.get()) < 0) {
        SetLastError(kOutOfMemory);
        return 0;
    }
    [[maybe_unused]] Submitted const* const given_away = work.release();
    return 1;
}

void* CreateThreadpoolTimer(void (*callback)(void*, void*, void*), void* context, void* environment) noexcept
{
    return create(&PoolObject::on_time, callback, context, environment);
}

int32_t SetThreadpoolTimerEx(void* timer, void* due, uint32_t period_ms, uint32_t) noexcept
{
    auto& object = *static_cast<PoolObject*>(timer);
    bool const was_set = clear(object);
    if (due) {
        object.periodic = period_ms != 0;
        arm(object, [&](void* setting, void** armed) {
            return LatchkeyTimerStart(from_now(due), period_ms, &on_timer, setting, armed);
        });
    }
    return was_set;
}

void SetThreadpoolTimer(void* timer, void* due, uint32_t period_ms, uint32_t window_ms) noexcept
{
    SetThreadpoolTimerEx(timer, due, period_ms, window_ms);
}

void CloseThreadpoolTimer(void* timer) noexcept
{
    destroy(timer);
}

void* CreateThreadpoolWait(void (*callback)(void*, void*, void*, uint32_t), void* context, void* environment) noexcept
{
    return create(&PoolObject::on_wait, callback, context, environment);
}

int32_t SetThreadpoolWaitEx(void* wait, void* handle, void* timeout, void*) noexcept
{
    auto& object = *static_cast<PoolObject*>(wait);
    bool const was_set = clear(object);
    Event const* const event = handle == GetCurrentProcess() ? nullptr : static_cast<Event*>(handle);
    if (handle) arm_wait(object, event, timeout ? from_now(timeout) : -1);
    return was_set;
}

void SetThreadpoolWait(void* wait, void* handle, void* timeout) noexcept
{
    SetThreadpoolWaitEx(wait, handle, timeout, nullptr);
}

void CloseThreadpoolWait(void* wait) noexcept
{
    destroy(wait);
}

void* CreateThreadpoolIo(void*, void (*)(void*, void*, void*, uint32_t, size_t, void*), void*, void*) noexcept
{
    SetLastError(kNotSupported);
    return nullptr;
}

void StartThreadpoolIo(void*) noexcept {}

void CancelThreadpoolIo(void*) noexcept {}

void CloseThreadpoolIo(void*) noexcept {}

LATCHKEY_COMPAT_ALIAS(CreateThreadpoolIo)
LATCHKEY_COMPAT_ALIAS(StartThreadpoolIo)
LATCHKEY_COMPAT_ALIAS(CancelThreadpoolIo)
LATCHKEY_COMPAT_ALIAS(CloseThreadpoolIo)
LATCHKEY_COMPAT_ALIAS(TrySubmitThreadpoolCallback)
LATCHKEY_COMPAT_ALIAS(CreateThreadpoolTimer)
LATCHKEY_COMPAT_ALIAS(SetThreadpoolTimer)
LATCHKEY_COMPAT_ALIAS(SetThreadpoolTimerEx)
LATCHKEY_COMPAT_ALIAS(CloseThreadpoolTimer)
LATCHKEY_COMPAT_ALIAS(CreateThreadpoolWait)
LATCHKEY_COMPAT_ALIAS(SetThreadpoolWait)
LATCHKEY_COMPAT_ALIAS(SetThreadpoolWaitEx)
LATCHKEY_COMPAT_ALIAS(CloseThreadpoolWait)
