// SPDX-License-Identifier: MIT
//
// The Windows functions that headers made by Microsoft's cppwinrt tool call, with Windows' signatures reduced to fixed
// width types: BOOL and HRESULT are int32_t, DWORD is uint32_t, a HANDLE or interface is void*, and wchar_t has 4
// bytes. They do on Linux what such headers need them to do, which for some is less than Windows does; each says so.
//
// Every name also exists with the prefix WINRT_IMPL_, which some versions of the headers use.
#pragma once

#include <cstdarg>
#include <cstddef>
#include <cstdint>

#include <latchkey/runtime.h>

// Declares both names; LATCHKEY_COMPAT_ALIAS beside the definition makes the second.
#define LATCHKEY_COMPAT_FUNCTION(result, name, parameters)                                                             \
    LATCHKEY_API result name parameters noexcept;                                                                      \
    LATCHKEY_API result WINRT_IMPL_##name parameters noexcept;
#define LATCHKEY_COMPAT_ALIAS(name)                                                                                    \
    extern "C" __attribute__((visibility("default"), alias(#name))) decltype(name) WINRT_IMPL_##name;

extern "C" {

// ---- Last error, heap, time
LATCHKEY_COMPAT_FUNCTION(uint32_t, GetLastError, ())
LATCHKEY_COMPAT_FUNCTION(void, SetLastError, (uint32_t error))
LATCHKEY_COMPAT_FUNCTION(void*, GetProcessHeap, ())
LATCHKEY_COMPAT_FUNCTION(void*, HeapAlloc, (void* heap, uint32_t flags, size_t bytes)) // malloc; flag 8 zeroes
LATCHKEY_COMPAT_FUNCTION(int32_t, HeapFree, (void* heap, uint32_t flags, void* memory))
LATCHKEY_COMPAT_FUNCTION(void, GetSystemTimePreciseAsFileTime, (void* time)) // 100 ns since 1601, 8 bytes
LATCHKEY_COMPAT_FUNCTION(void, GetSystemTimeAsFileTime, (void* time))
LATCHKEY_COMPAT_FUNCTION(void, Sleep, (uint32_t milliseconds))
LATCHKEY_COMPAT_FUNCTION(void, OutputDebugStringW, (wchar_t const* text)) // to standard error

// ---- Text. Code pages 65001 (UTF-8) and 0 (here UTF-8 too)
LATCHKEY_COMPAT_FUNCTION(int32_t, MultiByteToWideChar,
                         (uint32_t page, uint32_t flags, char const* text, int32_t bytes, wchar_t* out,
                          int32_t capacity))
LATCHKEY_COMPAT_FUNCTION(int32_t, WideCharToMultiByte,
                         (uint32_t page, uint32_t flags, wchar_t const* text, int32_t length, char* out,
                          int32_t capacity, char const* replacement, int32_t* replaced))
// From the system's table only (flag 0x1000); inserts are not replaced.
LATCHKEY_COMPAT_FUNCTION(uint32_t, FormatMessageW,
                         (uint32_t flags, void const* source, uint32_t code, uint32_t language, wchar_t* buffer,
                          uint32_t size, va_list* arguments))
LATCHKEY_COMPAT_FUNCTION(wchar_t*, SysAllocString, (wchar_t const* text))
LATCHKEY_COMPAT_FUNCTION(wchar_t*, SysAllocStringLen, (wchar_t const* text, uint32_t length))
LATCHKEY_COMPAT_FUNCTION(void, SysFreeString, (wchar_t * text))
LATCHKEY_COMPAT_FUNCTION(uint32_t, SysStringLen, (wchar_t * text)) // in wchar_t
LATCHKEY_COMPAT_FUNCTION(int32_t, IIDFromString, (wchar_t const* text, LatchkeyGuid* iid))
LATCHKEY_COMPAT_FUNCTION(int32_t, CoCreateGuid, (LatchkeyGuid * guid))

// ---- Locks on 8 bytes of the caller, zero when free; lists on 16 bytes, zero when empty
LATCHKEY_COMPAT_FUNCTION(void, AcquireSRWLockExclusive, (void* lock))
LATCHKEY_COMPAT_FUNCTION(void, AcquireSRWLockShared, (void* lock))
LATCHKEY_COMPAT_FUNCTION(void, ReleaseSRWLockExclusive, (void* lock))
LATCHKEY_COMPAT_FUNCTION(void, ReleaseSRWLockShared, (void* lock))
LATCHKEY_COMPAT_FUNCTION(uint8_t, TryAcquireSRWLockExclusive, (void* lock))
LATCHKEY_COMPAT_FUNCTION(uint8_t, TryAcquireSRWLockShared, (void* lock))
LATCHKEY_COMPAT_FUNCTION(int32_t, SleepConditionVariableSRW,
                         (void* variable, void* lock, uint32_t milliseconds, uint32_t flags))
LATCHKEY_COMPAT_FUNCTION(void, WakeConditionVariable, (void* variable))
LATCHKEY_COMPAT_FUNCTION(void, WakeAllConditionVariable, (void* variable))
LATCHKEY_COMPAT_FUNCTION(void*, InterlockedPushEntrySList, (void* list, void* entry))
LATCHKEY_COMPAT_FUNCTION(void*, InterlockedFlushSList, (void* list))

// ---- Events: the only kind of handle here. Names are refused with ERROR_NOT_SUPPORTED
LATCHKEY_COMPAT_FUNCTION(void*, CreateEventW, (void* security, int32_t manual_reset, int32_t set, wchar_t const* name))
LATCHKEY_COMPAT_FUNCTION(int32_t, SetEvent, (void* event))
LATCHKEY_COMPAT_FUNCTION(int32_t, ResetEvent, (void* event))
LATCHKEY_COMPAT_FUNCTION(int32_t, CloseHandle, (void* handle))
LATCHKEY_COMPAT_FUNCTION(uint32_t, WaitForSingleObject, (void* handle, uint32_t milliseconds))
LATCHKEY_COMPAT_FUNCTION(uint32_t, WaitForSingleObjectEx, (void* handle, uint32_t milliseconds, int32_t alertable))

// ---- The process. There are no tokens, and nothing is known of its memory
LATCHKEY_COMPAT_FUNCTION(void*, GetCurrentProcess, ()) // -1, which only SetThreadpoolWait takes: it is never signalled
LATCHKEY_COMPAT_FUNCTION(void*, GetCurrentThread, ())
LATCHKEY_COMPAT_FUNCTION(void*, EncodePointer, (void* pointer))                                       // the pointer
LATCHKEY_COMPAT_FUNCTION(size_t, VirtualQuery, (void const* address, void* buffer, size_t bytes))     // fails
LATCHKEY_COMPAT_FUNCTION(int32_t, OpenProcessToken, (void* process, uint32_t access, void** token))   // fails
LATCHKEY_COMPAT_FUNCTION(int32_t, DuplicateToken, (void* existing, uint32_t level, void** duplicate)) // fails
LATCHKEY_COMPAT_FUNCTION(int32_t, OpenThreadToken, // fails with ERROR_NO_TOKEN
                         (void* thread, uint32_t access, int32_t self, void** token))
LATCHKEY_COMPAT_FUNCTION(int32_t, SetThreadToken, (void** thread, void* token)) // only null is taken

// ---- Thread pool: liblatchkey's. A pool of one's own is a limit on how much of it runs there at once; only callbacks
// take the environment that names one, timers and waits refuse it
LATCHKEY_COMPAT_FUNCTION(void*, CreateThreadpool, (void* reserved))
LATCHKEY_COMPAT_FUNCTION(void, SetThreadpoolThreadMaximum, (void* pool, uint32_t value))
LATCHKEY_COMPAT_FUNCTION(int32_t, SetThreadpoolThreadMinimum, (void* pool, uint32_t value))
LATCHKEY_COMPAT_FUNCTION(void, CloseThreadpool, (void* pool))
LATCHKEY_COMPAT_FUNCTION(int32_t, TrySubmitThreadpoolCallback,
                         (void (*callback)(void* instance, void* context), void* context, void* environment))
LATCHKEY_COMPAT_FUNCTION(void*, CreateThreadpoolTimer,
                         (void (*callback)(void* instance, void* context, void* timer), void* context,
                          void* environment))
LATCHKEY_COMPAT_FUNCTION(void, SetThreadpoolTimer, (void* timer, void* due, uint32_t period_ms, uint32_t window_ms))
LATCHKEY_COMPAT_FUNCTION(int32_t, SetThreadpoolTimerEx,
                         (void* timer, void* due, uint32_t period_ms, uint32_t window_ms))
LATCHKEY_COMPAT_FUNCTION(void, CloseThreadpoolTimer, (void* timer))
LATCHKEY_COMPAT_FUNCTION(void*, CreateThreadpoolWait,
                         (void (*callback)(void* instance, void* context, void* wait, uint32_t result), void* context,
                          void* environment))
LATCHKEY_COMPAT_FUNCTION(void, SetThreadpoolWait, (void* wait, void* handle, void* timeout))
LATCHKEY_COMPAT_FUNCTION(int32_t, SetThreadpoolWaitEx, (void* wait, void* handle, void* timeout, void* reserved))
LATCHKEY_COMPAT_FUNCTION(void, CloseThreadpoolWait, (void* wait))
LATCHKEY_COMPAT_FUNCTION(void*, CreateThreadpoolIo, // fails: files have no completion ports here
                         (void* file,
                          void (*callback)(void* instance, void* context, void* overlapped, uint32_t result,
                                           size_t bytes, void* io),
                          void* context, void* environment))
LATCHKEY_COMPAT_FUNCTION(void, StartThreadpoolIo, (void* io))
LATCHKEY_COMPAT_FUNCTION(void, CancelThreadpoolIo, (void* io))
LATCHKEY_COMPAT_FUNCTION(void, CloseThreadpoolIo, (void* io))

// ---- Libraries. The names of Windows' system libraries mean this library; other .dll names do not exist
LATCHKEY_COMPAT_FUNCTION(void*, LoadLibraryExW, (wchar_t const* name, void* file, uint32_t flags))
LATCHKEY_COMPAT_FUNCTION(void*, LoadLibraryW, (wchar_t const* name))
LATCHKEY_COMPAT_FUNCTION(void*, GetProcAddress, (void* library, char const* name))
LATCHKEY_COMPAT_FUNCTION(int32_t, FreeLibrary, (void* library)) // keeps it loaded

// ---- Errors. The text travels with liblatchkey's, so that it crosses between both kinds of headers
LATCHKEY_COMPAT_FUNCTION(int32_t, GetErrorInfo, (uint32_t reserved, void** info))
LATCHKEY_COMPAT_FUNCTION(int32_t, SetErrorInfo, (uint32_t reserved, void* info))
LATCHKEY_COMPAT_FUNCTION(int32_t, GetRestrictedErrorInfo, (void** info))
LATCHKEY_COMPAT_FUNCTION(int32_t, SetRestrictedErrorInfo, (void* info))
LATCHKEY_COMPAT_FUNCTION(int32_t, RoOriginateLanguageException, (int32_t error, void* message, void* exception))
LATCHKEY_COMPAT_FUNCTION(int32_t, RoTransformError, (int32_t old_error, int32_t new_error, void* message))
LATCHKEY_COMPAT_FUNCTION(int32_t, RoCaptureErrorContext, (int32_t error))   // nothing to capture
LATCHKEY_COMPAT_FUNCTION(void, RoFailFastWithErrorContext, (int32_t error)) // prints and aborts

// ---- COM. One multi-threaded apartment, everything agile, nothing crosses processes
LATCHKEY_COMPAT_FUNCTION(int32_t, CoInitializeEx, (void* reserved, uint32_t type))
LATCHKEY_COMPAT_FUNCTION(void, CoUninitialize, ())
LATCHKEY_COMPAT_FUNCTION(int32_t, CoIncrementMTAUsage, (void** cookie))
LATCHKEY_COMPAT_FUNCTION(int32_t, CoDecrementMTAUsage, (void* cookie))
LATCHKEY_COMPAT_FUNCTION(int32_t, CoGetApartmentType, (int32_t * type, int32_t* qualifier))
LATCHKEY_COMPAT_FUNCTION(int32_t, CoGetObjectContext, (LatchkeyGuid const& iid, void** context))
LATCHKEY_COMPAT_FUNCTION(int32_t, CoGetCallContext, (LatchkeyGuid const& iid, void** context)) // there never is one
LATCHKEY_COMPAT_FUNCTION(int32_t, CoCreateInstance, // there are no classic COM classes
                         (LatchkeyGuid const& clsid, void* outer, uint32_t where, LatchkeyGuid const& iid,
                          void** object))
LATCHKEY_COMPAT_FUNCTION(int32_t, CoCreateFreeThreadedMarshaler, (void* outer, void** marshaler))
LATCHKEY_COMPAT_FUNCTION(int32_t, RoGetAgileReference,
                         (uint32_t options, LatchkeyGuid const& iid, void* object, void** reference))

// ---- What liblatchkey has under its plain name already
LATCHKEY_API void* WINRT_IMPL_CoTaskMemAlloc(size_t bytes) noexcept;
LATCHKEY_API void WINRT_IMPL_CoTaskMemFree(void* memory) noexcept;
LATCHKEY_API int32_t WINRT_IMPL_RoGetActivationFactory(void* name, LatchkeyGuid const& iid, void** factory) noexcept;
LATCHKEY_API int32_t WINRT_IMPL_RoOriginateError(int32_t error, void* message) noexcept;
}
