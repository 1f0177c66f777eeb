// SPDX-License-Identifier: MIT
#include "compat/windows_api.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>

namespace {

thread_local uint32_t t_last_error = 0;

constexpr uint32_t kZeroMemory = 8;
constexpr int64_t kSecondsFrom1601To1970 = 11'644'473'600;
constexpr int64_t kTicksPerSecond = 10'000'000;

char s_heap; // its address stands for the one heap

} // namespace

uint32_t GetLastError() noexcept
{
    return t_last_error;
}

void SetLastError(uint32_t error) noexcept
{
    t_last_error = error;
}

void* GetProcessHeap() noexcept
{
    return &s_heap;
}

void* HeapAlloc(void*, uint32_t flags, size_t bytes) noexcept
{
    size_t const size = bytes ? bytes : 1;
    return (flags & kZeroMemory) ? std::calloc(1, size) : std::malloc(size);
}

int32_t HeapFree(void*, uint32_t, void* memory) noexcept
{
    std::free(memory);
    return 1;
}

void GetSystemTimePreciseAsFileTime(void* time) noexcept
{
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t const ticks = (int64_t{now.tv_sec} + kSecondsFrom1601To1970) * kTicksPerSecond + now.tv_nsec / 100;
    std::memcpy(time, &ticks, sizeof ticks);
}

void GetSystemTimeAsFileTime(void* time) noexcept
{
    GetSystemTimePreciseAsFileTime(time);
}

void Sleep(uint32_t milliseconds) noexcept
{
    timespec left{.tv_sec = milliseconds / 1000, .tv_nsec = static_cast<long>(milliseconds % 1000) * 1'000'000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) { // style: it implements Sleep
    }
}

void OutputDebugStringW(wchar_t const* text) noexcept
{
    if (text) std::fprintf(stderr, "%ls", text);
}

LATCHKEY_COMPAT_ALIAS(GetLastError)
LATCHKEY_COMPAT_ALIAS(SetLastError)
LATCHKEY_COMPAT_ALIAS(GetProcessHeap)
LATCHKEY_COMPAT_ALIAS(HeapAlloc)
LATCHKEY_COMPAT_ALIAS(HeapFree)
LATCHKEY_COMPAT_ALIAS(GetSystemTimePreciseAsFileTime)
LATCHKEY_COMPAT_ALIAS(GetSystemTimeAsFileTime)
LATCHKEY_COMPAT_ALIAS(Sleep)
LATCHKEY_COMPAT_ALIAS(OutputDebugStringW)

void* WINRT_IMPL_CoTaskMemAlloc(size_t bytes) noexcept
{
    return CoTaskMemAlloc(bytes);
}

void WINRT_IMPL_CoTaskMemFree(void* memory) noexcept
{
    CoTaskMemFree(memory);
}

int32_t WINRT_IMPL_RoGetActivationFactory(void* name, LatchkeyGuid const& iid, void** factory) noexcept
{
    return RoGetActivationFactory(name, &iid, factory);
}

int32_t WINRT_IMPL_RoOriginateError(int32_t error, void* message) noexcept
{
    return RoOriginateError(error, message);
}
