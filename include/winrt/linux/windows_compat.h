// SPDX-License-Identifier: MIT
// The few leftovers of Win32 that task sources call beside the Windows Runtime, so that they compile as they stand.
// <unknwn.h> includes this, as the sources' precompiled headers do on Windows. The widths are Windows': LONG and
// HRESULT have 32 bits, WCHAR is wchar_t (4 bytes here). What is not here is Win32 proper and has to be ported.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <cwchar>
#include <string>

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

using BYTE = uint8_t;
using WORD = uint16_t;
using DWORD = uint32_t;
using BOOL = int32_t;
using INT = int32_t;
using UINT = uint32_t;
using LONG = int32_t;
using ULONG = uint32_t;
using LONGLONG = int64_t;
using ULONGLONG = uint64_t;
using INT64 = int64_t;
using UINT64 = uint64_t;
using UINT32 = uint32_t;
using DWORD64 = uint64_t;
using HRESULT = int32_t;
using WCHAR = wchar_t;
using LPWSTR = wchar_t*;
using PWSTR = wchar_t*;
using LPCWSTR = wchar_t const*;
using PCWSTR = wchar_t const*;
using LPSTR = char*;
using LPCSTR = char const*;
using PCSTR = char const*;

#if !defined(_FILETIME_)
#define _FILETIME_
struct FILETIME {
    DWORD dwLowDateTime;
    DWORD dwHighDateTime;
};
#endif

union LARGE_INTEGER {
    struct {
        DWORD LowPart;
        LONG HighPart;
    } u;
    LONGLONG QuadPart;
};

#if !defined(TRUE)
#define TRUE 1
#define FALSE 0
#endif
#if !defined(S_OK)
#define S_OK (static_cast<HRESULT>(0))
#define S_FALSE (static_cast<HRESULT>(1))
#define E_NOTIMPL (static_cast<HRESULT>(0x80004001))
#define E_NOINTERFACE (static_cast<HRESULT>(0x80004002))
#define E_POINTER (static_cast<HRESULT>(0x80004003))
#define E_ABORT (static_cast<HRESULT>(0x80004004))
#define E_FAIL (static_cast<HRESULT>(0x80004005))
#define E_BOUNDS (static_cast<HRESULT>(0x8000000B))
#define E_CHANGED_STATE (static_cast<HRESULT>(0x8000000C))
#define E_ILLEGAL_METHOD_CALL (static_cast<HRESULT>(0x8000000E))
#define E_UNEXPECTED (static_cast<HRESULT>(0x8000FFFF))
#define E_ACCESSDENIED (static_cast<HRESULT>(0x80070005))
#define E_OUTOFMEMORY (static_cast<HRESULT>(0x8007000E))
#define E_INVALIDARG (static_cast<HRESULT>(0x80070057))
#define REGDB_E_CLASSNOTREG (static_cast<HRESULT>(0x80040154))
#define SUCCEEDED(hr) (static_cast<HRESULT>(hr) >= 0)
#define FAILED(hr) (static_cast<HRESULT>(hr) < 0)
#endif
#if !defined(WINAPI)
#define WINAPI
#define CALLBACK
#define INFINITE 0xFFFFFFFF
#define UNREFERENCED_PARAMETER(parameter) (void)(parameter)
#define ZeroMemory(destination, bytes) std::memset((destination), 0, (bytes))
#endif
#if !defined(_countof)
#define _countof(array) (sizeof(array) / sizeof((array)[0]))
#endif

/// Writes the text to the standard error, which is the journal for a task host.
inline void OutputDebugStringA(char const* utf8)
{
    if (utf8) std::fputs(utf8, stderr);
}
inline void OutputDebugStringW(wchar_t const* text)
{
    if (!text) return;
    // Not fputws: it would turn the stream wide for everybody else.
    std::string utf8;
    for (; *text; ++text) {
        auto code = static_cast<char32_t>(*text);
        if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) code = 0xFFFD;
        if (code < 0x80) {
            utf8 += static_cast<char>(code);
            continue;
        }
        int const trailing = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
        uint32_t const lead = trailing == 1 ? 0xC0 : trailing == 2 ? 0xE0 : 0xF0;
        utf8 += static_cast<char>(lead | (code >> (6 * trailing)));
        for (int left = trailing - 1; left >= 0; --left) {
            utf8 += static_cast<char>(0x80 | ((code >> (6 * left)) & 0x3F));
        }
    }
    OutputDebugStringA(utf8.c_str());
}
#if !defined(OutputDebugString)
#define OutputDebugString OutputDebugStringW
#endif

inline void Sleep(DWORD milliseconds)
{
    timespec left{static_cast<time_t>(milliseconds / 1000), static_cast<long>(milliseconds % 1000) * 1'000'000};
    int interrupted = 0;
    do {
        interrupted = clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left);
    } while (interrupted != 0);
}

/// Milliseconds since the machine started, sleep included.
inline ULONGLONG GetTickCount64()
{
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return static_cast<ULONGLONG>(now.tv_sec) * 1000 + static_cast<ULONGLONG>(now.tv_nsec) / 1'000'000;
}
inline DWORD GetTickCount()
{
    return static_cast<DWORD>(GetTickCount64());
}

inline BOOL QueryPerformanceCounter(LARGE_INTEGER* counter)
{
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    counter->QuadPart = static_cast<LONGLONG>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
    return TRUE;
}
inline BOOL QueryPerformanceFrequency(LARGE_INTEGER* frequency)
{
    frequency->QuadPart = 1'000'000'000;
    return TRUE;
}

/// 100 ns units since 1601-01-01 UTC.
inline void GetSystemTimeAsFileTime(FILETIME* time)
{
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    constexpr int64_t seconds_to_1970 = 11'644'473'600;
    auto const ticks = static_cast<uint64_t>((now.tv_sec + seconds_to_1970) * 10'000'000 + now.tv_nsec / 100);
    *time = {static_cast<DWORD>(ticks), static_cast<DWORD>(ticks >> 32)};
}

inline DWORD GetCurrentProcessId()
{
    return static_cast<DWORD>(getpid());
}
inline DWORD GetCurrentThreadId()
{
    return static_cast<DWORD>(syscall(SYS_gettid));
}
