/* SPDX-License-Identifier: MIT
 *
 * The C surface of liblatchkey.so: what the winrt/ headers, the hosts, other languages and hand-written callers use.
 * Where Windows has a function of the same name, this one has its signature and behaviour, except that wchar_t is 4
 * bytes (UTF-32) on Linux. Every function is safe to call from any thread, none throws, and each that returns int32_t
 * returns an HRESULT (0 is success, negative is failure). Pointers that receive results must not be null and hold null
 * after a failure. Strings (HSTRING) are void* here: null is the empty string.
 *
 * Source: winrt-on-linux reference sections 2.2, 2.3 and 5.5.
 */
#ifndef LATCHKEY_RUNTIME_H
#define LATCHKEY_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

#if defined(__cplusplus)
#define LATCHKEY_NOEXCEPT noexcept
extern "C" {
#else
#define LATCHKEY_NOEXCEPT
#endif

#define LATCHKEY_API __attribute__((visibility("default")))

/* The layout of Windows' GUID. Pass a pointer to any 16-byte guid of that layout. */
typedef struct LatchkeyGuid {
    uint32_t data1;
    uint16_t data2;
    uint16_t data3;
    uint8_t data4[8];
} LatchkeyGuid;

/* ---- Activation ----------------------------------------------------------------------------------------------- */

/* Prepares the calling thread; there is one multi-threaded apartment, so this only counts. type is ignored. */
LATCHKEY_API int32_t RoInitialize(uint32_t type) LATCHKEY_NOEXCEPT;
LATCHKEY_API void RoUninitialize(void) LATCHKEY_NOEXCEPT;

/* Finds the factory of a class: the runtime's own classes first, then the classes announced by
 * LatchkeyAddActivatableClass, then by name in the folders announced by LatchkeyAddProbeFolder ("A.B.C" tries
 * A.B.C.so, libA.B.C.so, A.B.so, libA.B.so, A.so, libA.so). A library is asked by DllGetActivationFactory, else
 * WINRT_GetActivationFactory; one that answers 0x80040154 or 0x80040111 (it has no such class) or cannot be loaded is
 * passed over, any other failure is the result. Libraries stay loaded.
 * 0x80040154 (REGDB_E_CLASSNOTREG) when nobody has the class; the error text names it and what was tried. */
LATCHKEY_API int32_t RoGetActivationFactory(void* class_name, LatchkeyGuid const* iid,
                                            void** factory) LATCHKEY_NOEXCEPT;
LATCHKEY_API int32_t RoActivateInstance(void* class_name, void** instance) LATCHKEY_NOEXCEPT;

/* Says which library implements a class. class_name is UTF-8; library is a path (not searched for). The last
 * announcement of a name wins. Limits: 4,096 classes, names to 4 KiB; over them 0x80070718. */
LATCHKEY_API int32_t LatchkeyAddActivatableClass(char const* class_name, char const* library) LATCHKEY_NOEXCEPT;

/* Adds a folder in which classes are looked for by name. Until the first call the folder of the running program is
 * the only one. Limit: 64 folders. */
LATCHKEY_API int32_t LatchkeyAddProbeFolder(char const* folder) LATCHKEY_NOEXCEPT;

/* ---- Strings: immutable, reference counted, with the memory layout of Windows' HSTRING ------------------------- */

LATCHKEY_API int32_t WindowsCreateString(wchar_t const* text, uint32_t length, void** string) LATCHKEY_NOEXCEPT;
/* header is caller memory of 24 bytes; the string lives as long as header and text, and is copied when duplicated. */
LATCHKEY_API int32_t WindowsCreateStringReference(wchar_t const* text, uint32_t length, void* header,
                                                  void** string) LATCHKEY_NOEXCEPT;
LATCHKEY_API int32_t WindowsDuplicateString(void* string, void** copy) LATCHKEY_NOEXCEPT;
LATCHKEY_API int32_t WindowsDeleteString(void* string) LATCHKEY_NOEXCEPT;
LATCHKEY_API wchar_t const* WindowsGetStringRawBuffer(void* string, uint32_t* length) LATCHKEY_NOEXCEPT;
LATCHKEY_API uint32_t WindowsGetStringLen(void* string) LATCHKEY_NOEXCEPT;
LATCHKEY_API int32_t WindowsCompareStringOrdinal(void* left, void* right, int32_t* result) LATCHKEY_NOEXCEPT;
LATCHKEY_API int32_t WindowsConcatString(void* left, void* right, void** joined) LATCHKEY_NOEXCEPT;
/* Preallocated buffer that becomes a string without a copy (Promote), or is given back (Delete). */
LATCHKEY_API int32_t WindowsPreallocateStringBuffer(uint32_t length, wchar_t** text, void** buffer) LATCHKEY_NOEXCEPT;
LATCHKEY_API int32_t WindowsPromoteStringBuffer(void* buffer, void** string) LATCHKEY_NOEXCEPT;
LATCHKEY_API int32_t WindowsDeleteStringBuffer(void* buffer) LATCHKEY_NOEXCEPT;

/* UTF-8 in and out; malformed bytes become U+FFFD. */
LATCHKEY_API int32_t LatchkeyStringFromUtf8(char const* text, size_t bytes, void** string) LATCHKEY_NOEXCEPT;
/* Returns the bytes needed without the terminator; writes at most capacity bytes, never a partial character. */
LATCHKEY_API size_t LatchkeyStringToUtf8(wchar_t const* text, size_t length, char* out,
                                         size_t capacity) LATCHKEY_NOEXCEPT;

/* ---- Memory that crosses the ABI (arrays): allocated by one side, freed by the other. malloc underneath. ------- */

LATCHKEY_API void* CoTaskMemAlloc(size_t bytes) LATCHKEY_NOEXCEPT;
LATCHKEY_API void CoTaskMemFree(void* memory) LATCHKEY_NOEXCEPT;

/* ---- Error text: what a failing call adds to its HRESULT, kept per thread -------------------------------------- */

/* Remembers the text for the failure that this thread is about to return. message null means none. */
LATCHKEY_API void LatchkeySetErrorText(int32_t error, void* message) LATCHKEY_NOEXCEPT;
/* Takes the text when the last one remembered on this thread belongs to error, else gives the system's description
 * of that HRESULT (empty when there is none). The caller owns the string. */
LATCHKEY_API int32_t LatchkeyTakeErrorText(int32_t error, void** message) LATCHKEY_NOEXCEPT;
/* Takes what was remembered last on this thread: returns 1 with the failure and its text (which may be null), 0 when
 * there is none. The caller owns the string. For error objects that have to be made before their failure is known. */
LATCHKEY_API int32_t LatchkeyTakeLastError(int32_t* error, void** message) LATCHKEY_NOEXCEPT;
/* Windows' name for "remember a text": returns 1 when it was kept. */
LATCHKEY_API int32_t RoOriginateError(int32_t error, void* message) LATCHKEY_NOEXCEPT;

/* The HRESULT for an errno: Windows' own code where Windows programs compare with one (ENOENT is 0x80070002, EINVAL
 * 0x80070057, EACCES 0x80070005, ENOMEM 0x8007000E, ...), else 0xA0EE0000 with the errno in the low half; 0 for 0. */
LATCHKEY_API int32_t LatchkeyErrorFromErrno(int error) LATCHKEY_NOEXCEPT;

/* ---- Thread pool ------------------------------------------------------------------------------------------------ */

/* Runs callback(context) on a pool thread, in no promised order. Threads start on demand, at most
 * max(4, 2 x processors) at once, and end after 10 s without work. Work may block: while nothing has been taken from
 * the queue for 25 ms another thread is added, up to 64. 0x8007000E when no thread could be made, or 1,000,000
 * callbacks wait. A child of fork starts with an empty pool and without its parent's timers and waits. */
LATCHKEY_API int32_t LatchkeySubmit(void (*callback)(void* context), void* context) LATCHKEY_NOEXCEPT;

/* A timer whose callback runs on a pool thread. due is from now, in 100 ns units (<= 0: at once); period in
 * milliseconds (0: once). The clock stands still while the machine sleeps (CLOCK_MONOTONIC). */
LATCHKEY_API int32_t LatchkeyTimerStart(int64_t due, uint32_t period_ms, void (*callback)(void* context), void* context,
                                        void** timer) LATCHKEY_NOEXCEPT;
/* Makes the timer due now. Returns 1 when this call made it due, 0 when it had fired or was cancelled already. */
LATCHKEY_API int32_t LatchkeyTimerFireNow(void* timer) LATCHKEY_NOEXCEPT;
/* Ends the timer and frees it. No callback starts after this returns; one that is running may still finish, and a
 * timer may be closed from its own callback. Returns 1 when a pending callback was prevented. */
LATCHKEY_API int32_t LatchkeyTimerClose(void* timer) LATCHKEY_NOEXCEPT;

/* Calls callback(context, 1) on a pool thread when the descriptor becomes readable, or (context, 0) after timeout
 * (100 ns units; negative: never). Once. The descriptor stays the caller's. Close frees; same promises as a timer. */
LATCHKEY_API int32_t LatchkeyWaitStart(int descriptor, int64_t timeout,
                                       void (*callback)(void* context, int32_t readable), void* context,
                                       void** wait) LATCHKEY_NOEXCEPT;
LATCHKEY_API int32_t LatchkeyWaitClose(void* wait) LATCHKEY_NOEXCEPT;

/* ---- For programs that the broker starts (hosts) ----------------------------------------------------------------- */

/* The runtime's classes talk to the broker over this connected socket, which it takes over, instead of looking for the
 * broker's private socket. Before the first call that needs the broker; the connection is made then. */
LATCHKEY_API int32_t LatchkeyUseBrokerDescriptor(int descriptor) LATCHKEY_NOEXCEPT;

/* A BackgroundTaskRegistration without asking the broker: IBackgroundTaskInstance.Task. trigger is the words of
 * data/org.latchkey.Broker1.xml, with ! at the end for a one-shot; null when it is not known. */
LATCHKEY_API int32_t LatchkeyMakeTaskRegistration(LatchkeyGuid const* task, void* name, char const* trigger,
                                                  void** registration) LATCHKEY_NOEXCEPT;

/* The object of IBackgroundTaskInstance.TriggerDetails, of the kind and bytes that the broker hands to a host: an
 * ApplicationTriggerDetails for "ApplicationTrigger". *details is null for kinds without an object, kind "" among them. */
LATCHKEY_API int32_t LatchkeyMakeTriggerDetails(char const* kind, void const* detail, size_t bytes,
                                                void** details) LATCHKEY_NOEXCEPT;

#if defined(__cplusplus)
}
#endif

#endif
