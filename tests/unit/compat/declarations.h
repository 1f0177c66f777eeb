// SPDX-License-Identifier: MIT
//
// The functions as headers of Microsoft's tool declare them: by their own types, not ours. A name that liblatchkey or
// its compatibility library lacks does not link; X is the plain name, WINRT_IMPL_X the other.
#pragma once

#include <cstdarg>
#include <cstddef>
#include <cstdint>

#include <intrin.h>

struct guid {
    uint32_t data1;
    uint16_t data2, data3;
    uint8_t data4[8];
};
using bstr = wchar_t*;
struct srwlock {
    void* value{};
};
struct condition_variable {
    void* value{};
};
struct alignas(16) slist_entry {
    slist_entry* next;
};
struct alignas(16) slist_header {
    uint64_t first{}, second{};
};
struct ptp_timer_tag;
struct ptp_wait_tag;
struct ptp_io_tag;
struct ptp_pool_tag;
using ptp_io = ptp_io_tag*;
using ptp_pool = ptp_pool_tag*;
using ptp_timer = ptp_timer_tag*;
using ptp_wait = ptp_wait_tag*;

#define BOTH_NAMES(result, name, parameters)                                                                           \
    result __stdcall name parameters noexcept;                                                                         \
    result __stdcall WINRT_IMPL_##name parameters noexcept;

extern "C" {
BOTH_NAMES(void*, LoadLibraryExW, (wchar_t const* name, void* unused, uint32_t flags))
BOTH_NAMES(int32_t, FreeLibrary, (void* library))
BOTH_NAMES(void*, GetProcAddress, (void* library, char const* name))
BOTH_NAMES(int32_t, SetErrorInfo, (uint32_t reserved, void* info))
BOTH_NAMES(int32_t, GetErrorInfo, (uint32_t reserved, void** info))
BOTH_NAMES(int32_t, CoInitializeEx, (void*, uint32_t type))
BOTH_NAMES(void, CoUninitialize, ())
BOTH_NAMES(int32_t, CoCreateFreeThreadedMarshaler, (void* outer, void** marshaler))
BOTH_NAMES(int32_t, CoCreateInstance,
           (guid const& clsid, void* outer, uint32_t context, guid const& iid, void** object))
BOTH_NAMES(int32_t, CoGetCallContext, (guid const& iid, void** object))
BOTH_NAMES(int32_t, CoGetObjectContext, (guid const& iid, void** object))
BOTH_NAMES(int32_t, CoGetApartmentType, (int32_t * type, int32_t* qualifier))
BOTH_NAMES(int32_t, CoIncrementMTAUsage, (void** cookie))
BOTH_NAMES(void*, CoTaskMemAlloc, (std::size_t size))
BOTH_NAMES(void, CoTaskMemFree, (void* memory))
BOTH_NAMES(bstr, SysAllocString, (wchar_t const* value))
BOTH_NAMES(void, SysFreeString, (bstr string))
BOTH_NAMES(uint32_t, SysStringLen, (bstr string))
BOTH_NAMES(int32_t, IIDFromString, (wchar_t const* string, guid* iid))
BOTH_NAMES(int32_t, MultiByteToWideChar,
           (uint32_t page, uint32_t flags, char const* in, int32_t in_size, wchar_t* out, int32_t out_size))
BOTH_NAMES(int32_t, WideCharToMultiByte,
           (uint32_t page, uint32_t flags, wchar_t const* in, int32_t in_size, char* out, int32_t out_size,
            char const* default_char, int32_t* default_used))
BOTH_NAMES(void*, HeapAlloc, (void* heap, uint32_t flags, size_t bytes))
BOTH_NAMES(int32_t, HeapFree, (void* heap, uint32_t flags, void* value))
BOTH_NAMES(void*, GetProcessHeap, ())
BOTH_NAMES(uint32_t, FormatMessageW,
           (uint32_t flags, void const* source, uint32_t code, uint32_t language, wchar_t* buffer, uint32_t size,
            va_list* arguments))
BOTH_NAMES(uint32_t, GetLastError, ())
BOTH_NAMES(void, GetSystemTimePreciseAsFileTime, (void* result))
BOTH_NAMES(void, AcquireSRWLockExclusive, (srwlock * lock))
BOTH_NAMES(void, AcquireSRWLockShared, (srwlock * lock))
BOTH_NAMES(void, ReleaseSRWLockExclusive, (srwlock * lock))
BOTH_NAMES(void, ReleaseSRWLockShared, (srwlock * lock))
BOTH_NAMES(uint8_t, TryAcquireSRWLockExclusive, (srwlock * lock))
BOTH_NAMES(uint8_t, TryAcquireSRWLockShared, (srwlock * lock))
BOTH_NAMES(int32_t, SleepConditionVariableSRW,
           (condition_variable * cv, srwlock* lock, uint32_t milliseconds, uint32_t flags))
BOTH_NAMES(void, WakeConditionVariable, (condition_variable * cv))
BOTH_NAMES(void, WakeAllConditionVariable, (condition_variable * cv))
BOTH_NAMES(void*, InterlockedPushEntrySList, (void* head, void* entry))
BOTH_NAMES(void*, InterlockedFlushSList, (void* head))
BOTH_NAMES(void*, CreateEventW, (void* attributes, int32_t type, int32_t state, wchar_t const* name))
BOTH_NAMES(int32_t, SetEvent, (void* handle))
BOTH_NAMES(int32_t, CloseHandle, (void* handle))
BOTH_NAMES(uint32_t, WaitForSingleObject, (void* handle, uint32_t milliseconds))
BOTH_NAMES(uintptr_t, VirtualQuery, (void* address, void* buffer, uintptr_t length))
BOTH_NAMES(void*, EncodePointer, (void* pointer))
BOTH_NAMES(int32_t, OpenProcessToken, (void* process, uint32_t access, void** token))
BOTH_NAMES(void*, GetCurrentProcess, ())
BOTH_NAMES(int32_t, DuplicateToken, (void* existing, uint32_t level, void** duplicate))
BOTH_NAMES(int32_t, OpenThreadToken, (void* thread, uint32_t access, int32_t self, void** token))
BOTH_NAMES(void*, GetCurrentThread, ())
BOTH_NAMES(int32_t, SetThreadToken, (void** thread, void* token))
BOTH_NAMES(ptp_io, CreateThreadpoolIo,
           (void* object, void (*callback)(void*, void*, void*, uint32_t, std::size_t, void*) noexcept, void* context,
            void*))
BOTH_NAMES(void, StartThreadpoolIo, (ptp_io io))
BOTH_NAMES(void, CancelThreadpoolIo, (ptp_io io))
BOTH_NAMES(void, CloseThreadpoolIo, (ptp_io io))
BOTH_NAMES(ptp_pool, CreateThreadpool, (void* reserved))
BOTH_NAMES(void, SetThreadpoolThreadMaximum, (ptp_pool pool, uint32_t value))
BOTH_NAMES(int32_t, SetThreadpoolThreadMinimum, (ptp_pool pool, uint32_t value))
BOTH_NAMES(void, CloseThreadpool, (ptp_pool pool))
BOTH_NAMES(void*, LoadLibraryW, (wchar_t const* name))
BOTH_NAMES(int32_t, TrySubmitThreadpoolCallback, (void (*callback)(void*, void*), void* context, void*))
BOTH_NAMES(ptp_timer, CreateThreadpoolTimer, (void (*callback)(void*, void*, void*), void* context, void*))
BOTH_NAMES(void, SetThreadpoolTimer, (ptp_timer timer, void* time, uint32_t period, uint32_t window))
BOTH_NAMES(int32_t, SetThreadpoolTimerEx, (ptp_timer timer, void* time, uint32_t period, uint32_t window))
BOTH_NAMES(void, CloseThreadpoolTimer, (ptp_timer timer))
BOTH_NAMES(ptp_wait, CreateThreadpoolWait,
           (void (*callback)(void*, void*, void*, uint32_t result), void* context, void*))
BOTH_NAMES(void, SetThreadpoolWait, (ptp_wait wait, void* handle, void* timeout))
BOTH_NAMES(int32_t, SetThreadpoolWaitEx, (ptp_wait wait, void* handle, void* timeout, void* reserved))
BOTH_NAMES(void, CloseThreadpoolWait, (ptp_wait wait))
BOTH_NAMES(int32_t, RoGetActivationFactory, (void* class_id, guid const& iid, void** factory))
BOTH_NAMES(int32_t, RoGetAgileReference, (uint32_t options, guid const& iid, void* object, void** reference))
BOTH_NAMES(int32_t, RoCaptureErrorContext, (int32_t error))
BOTH_NAMES(void, RoFailFastWithErrorContext, (int32_t error))
BOTH_NAMES(int32_t, RoOriginateLanguageException, (int32_t error, void* message, void* exception))
BOTH_NAMES(int32_t, RoTransformError, (int32_t old_error, int32_t new_error, void* message))
BOTH_NAMES(int32_t, GetRestrictedErrorInfo, (void** info))
BOTH_NAMES(int32_t, SetRestrictedErrorInfo, (void* info))

// liblatchkey's part, for what crosses between the two kinds of headers.
int32_t WindowsCreateString(wchar_t const* text, uint32_t length, void** string) noexcept;
int32_t WindowsDeleteString(void* string) noexcept;
wchar_t const* WindowsGetStringRawBuffer(void* string, uint32_t* length) noexcept;
void LatchkeySetErrorText(int32_t error, void* message) noexcept;
int32_t LatchkeyTakeErrorText(int32_t error, void** message) noexcept;
}

inline int32_t hresult(uint32_t code)
{
    return static_cast<int32_t>(code);
}
