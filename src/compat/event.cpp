// SPDX-License-Identifier: MIT
#include "compat/event.h"

#include "compat/windows_api.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <memory>
#include <new>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

using latchkey::compat::Event;

namespace {

constexpr uint32_t kInvalidHandle = 6;
constexpr uint32_t kOutOfMemory = 14;
constexpr uint32_t kNotSupported = 50;
constexpr uint32_t kTooManyFiles = 4;
constexpr uint32_t kSignalled = 0;
constexpr uint32_t kTimeout = 258;
constexpr uint32_t kFailed = 0xFFFFFFFF;
constexpr uint32_t kInfinite = 0xFFFFFFFF;

using Clock = std::chrono::steady_clock;

bool is_handle(void* handle)
{
    return handle && reinterpret_cast<intptr_t>(handle) != -1;
}

int32_t refuse_handle()
{
    SetLastError(kInvalidHandle);
    return 0;
}

// ThreadSanitizer does not know that poll on an eventfd comes after the write to it: it is told.
#if defined(__SANITIZE_THREAD__)
extern "C" void __tsan_acquire(void* address);
extern "C" void __tsan_release(void* address);
void order_before_set(void* event)
{
    __tsan_release(event);
}
void order_after_wait(void* event)
{
    __tsan_acquire(event);
}
#else
void order_before_set(void*) {}
void order_after_wait(void*) {}
#endif

bool drain(int descriptor)
{
    uint64_t count = 0;
    return read(descriptor, &count, sizeof count) == sizeof count;
}

// Milliseconds for poll until the deadline, rounded up so that the wait is never short.
int poll_limit(Clock::time_point deadline)
{
    auto const left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    return static_cast<int>(std::clamp<int64_t>(left, 0, INT32_MAX));
}

} // namespace

bool Event::take() const
{
    return manual_reset || drain(descriptor);
}

void* CreateEventW(void*, int32_t manual_reset, int32_t set, wchar_t const* name) noexcept
{
    if (name) {
        SetLastError(kNotSupported);
        return nullptr;
    }
    int const descriptor = eventfd(set ? 1 : 0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (descriptor < 0) {
        SetLastError(kTooManyFiles);
        return nullptr;
    }
    auto* event = new (std::nothrow) Event{descriptor, manual_reset != 0};
    if (!event) {
        close(descriptor);
        SetLastError(kOutOfMemory);
    }
    return event;
}

int32_t SetEvent(void* event) noexcept
{
    if (!is_handle(event)) return refuse_handle();
    order_before_set(event);
    uint64_t const one = 1;
    // A counter that is full is set already.
    [[maybe_unused]] ssize_t const written = write(static_cast<Event*>(event)->descriptor, &one, sizeof one);
    return 1;
}

int32_t ResetEvent(void* event) noexcept
{
    if (!is_handle(event)) return refuse_handle();
    drain(static_cast<Event*>(event)->descriptor);
    return 1;
}

int32_t CloseHandle(void* handle) noexcept
{
    if (!is_handle(handle)) return refuse_handle();
    std::unique_ptr<Event> const event{static_cast<Event*>(handle)};
    close(event->descriptor);
    return 1;
}

uint32_t WaitForSingleObject(void* handle, uint32_t milliseconds) noexcept
{
    if (!is_handle(handle)) {
        refuse_handle();
        return kFailed;
    }
    auto const* event = static_cast<Event*>(handle);
    auto const deadline = Clock::now() + std::chrono::milliseconds(milliseconds);
    for (;;) {
        pollfd waiting{.fd = event->descriptor, .events = POLLIN, .revents = 0};
        int const ready = poll(&waiting, 1, milliseconds == kInfinite ? -1 : poll_limit(deadline));
        if (ready > 0 && event->take()) {
            order_after_wait(handle);
            return kSignalled;
        }
        if (ready < 0 && errno != EINTR) return kFailed;
        if (ready == 0 && Clock::now() >= deadline) return kTimeout;
    }
}

uint32_t WaitForSingleObjectEx(void* handle, uint32_t milliseconds, int32_t) noexcept
{
    return WaitForSingleObject(handle, milliseconds);
}

LATCHKEY_COMPAT_ALIAS(CreateEventW)
LATCHKEY_COMPAT_ALIAS(SetEvent)
LATCHKEY_COMPAT_ALIAS(ResetEvent)
LATCHKEY_COMPAT_ALIAS(CloseHandle)
LATCHKEY_COMPAT_ALIAS(WaitForSingleObject)
LATCHKEY_COMPAT_ALIAS(WaitForSingleObjectEx)
