/* SPDX-License-Identifier: MIT
 *
 * Stands in for Visual C++'s <intrin.h> when headers made by Microsoft's cppwinrt tool are compiled on Linux: put this
 * folder on the include path, compile with -std=c++20 (and -mcx16 with g++ on x86-64) and link latchkey-compat.
 * It supplies the keywords, the macros that name the processor, and the few intrinsics that those headers use, with
 * Visual C++'s meaning: "Interlocked" without a number works on 32 bits whatever the pointer's type, since `long` has
 * 64 bits here. docs/microsoft-headers.md tells the rest.
 */
#ifndef LATCHKEY_COMPAT_INTRIN_H
#define LATCHKEY_COMPAT_INTRIN_H

#include <stddef.h>
#include <stdint.h>

#if !defined(__stdcall)
#define __stdcall
#endif
#if !defined(__cdecl)
#define __cdecl
#endif
#if !defined(__declspec)
#define __declspec(x) LATCHKEY_DECLSPEC_##x
#endif
#define LATCHKEY_DECLSPEC_selectany __attribute__((weak))
#define LATCHKEY_DECLSPEC_noinline __attribute__((noinline))
#define LATCHKEY_DECLSPEC_noreturn __attribute__((noreturn))
#define LATCHKEY_DECLSPEC_dllexport __attribute__((visibility("default")))
#define LATCHKEY_DECLSPEC_dllimport
#define LATCHKEY_DECLSPEC_novtable
#define LATCHKEY_DECLSPEC_empty_bases
#define LATCHKEY_DECLSPEC_uuid(x)

#if !defined(_WIN64)
#define _WIN64 1
#endif
#if defined(__x86_64__)
#if !defined(_M_X64)
#define _M_X64 100
#endif
#elif defined(__aarch64__)
#if !defined(_M_ARM64)
#define _M_ARM64 1
#endif
#define _ARM64_BARRIER_ISH 0xB
#define __dmb(kind) __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define __iso_volatile_load32(from) __atomic_load_n((int32_t const volatile*)(from), __ATOMIC_RELAXED)
#define __iso_volatile_load64(from) __atomic_load_n((int64_t const volatile*)(from), __ATOMIC_RELAXED)
#else
#error "latchkey/compat/intrin.h knows x86-64 and AArch64 only"
#endif

#define _ReadWriteBarrier() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define _ReadBarrier() __atomic_signal_fence(__ATOMIC_ACQUIRE)
#define _WriteBarrier() __atomic_signal_fence(__ATOMIC_RELEASE)
#define _ReturnAddress() __builtin_return_address(0)

static inline int32_t _InterlockedIncrement(void volatile* value)
{
    return __atomic_add_fetch((int32_t volatile*)value, 1, __ATOMIC_SEQ_CST);
}

static inline int32_t _InterlockedDecrement(void volatile* value)
{
    return __atomic_sub_fetch((int32_t volatile*)value, 1, __ATOMIC_SEQ_CST);
}

static inline int32_t _InterlockedExchange(void volatile* value, int32_t to)
{
    return __atomic_exchange_n((int32_t volatile*)value, to, __ATOMIC_SEQ_CST);
}

static inline int32_t _InterlockedExchangeAdd(void volatile* value, int32_t by)
{
    return __atomic_fetch_add((int32_t volatile*)value, by, __ATOMIC_SEQ_CST);
}

static inline int32_t _InterlockedCompareExchange(void volatile* value, int32_t to, int32_t expected)
{
    __atomic_compare_exchange_n((int32_t volatile*)value, &expected, to, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return expected;
}

static inline int64_t _InterlockedIncrement64(void volatile* value)
{
    return __atomic_add_fetch((int64_t volatile*)value, 1, __ATOMIC_SEQ_CST);
}

static inline int64_t _InterlockedDecrement64(void volatile* value)
{
    return __atomic_sub_fetch((int64_t volatile*)value, 1, __ATOMIC_SEQ_CST);
}

static inline int64_t _InterlockedExchange64(void volatile* value, int64_t to)
{
    return __atomic_exchange_n((int64_t volatile*)value, to, __ATOMIC_SEQ_CST);
}

static inline int64_t _InterlockedCompareExchange64(void volatile* value, int64_t to, int64_t expected)
{
    __atomic_compare_exchange_n((int64_t volatile*)value, &expected, to, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return expected;
}

static inline void* _InterlockedExchangePointer(void* volatile* value, void* to)
{
    return __atomic_exchange_n(value, to, __ATOMIC_SEQ_CST);
}

static inline void* _InterlockedCompareExchangePointer(void* volatile* value, void* to, void* expected)
{
    __atomic_compare_exchange_n(value, &expected, to, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return expected;
}

#endif
