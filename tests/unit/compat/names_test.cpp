// SPDX-License-Identifier: MIT
#include "declarations.h"

#include <string>

#include <dlfcn.h>
#include <gtest/gtest.h>

namespace {

// Every name of the declarations, by address.
#undef BOTH_NAMES
#define SAME(name)                                                                                                     \
    {                                                                                                                  \
#name, reinterpret_cast < void*>(&name), reinterpret_cast < void*>(&WINRT_IMPL_##name)                         \
    }

struct Names {
    char const* name;
    void* plain;
    void* prefixed;
};

TEST(CompatNames, BothNamesAreTheSameFunction)
{
    Names const names[] = {SAME(LoadLibraryExW),
                           SAME(FreeLibrary),
                           SAME(GetProcAddress),
                           SAME(SetErrorInfo),
                           SAME(GetErrorInfo),
                           SAME(CoInitializeEx),
                           SAME(CoUninitialize),
                           SAME(CoCreateFreeThreadedMarshaler),
                           SAME(CoCreateInstance),
                           SAME(CoGetCallContext),
                           SAME(CoGetObjectContext),
                           SAME(CoGetApartmentType),
                           SAME(CoIncrementMTAUsage),
                           SAME(SysAllocString),
                           SAME(SysFreeString),
                           SAME(SysStringLen),
                           SAME(IIDFromString),
                           SAME(MultiByteToWideChar),
                           SAME(WideCharToMultiByte),
                           SAME(HeapAlloc),
                           SAME(HeapFree),
                           SAME(GetProcessHeap),
                           SAME(FormatMessageW),
                           SAME(GetLastError),
                           SAME(GetSystemTimePreciseAsFileTime),
                           SAME(AcquireSRWLockExclusive),
                           SAME(AcquireSRWLockShared),
                           SAME(ReleaseSRWLockExclusive),
                           SAME(ReleaseSRWLockShared),
                           SAME(TryAcquireSRWLockExclusive),
                           SAME(TryAcquireSRWLockShared),
                           SAME(SleepConditionVariableSRW),
                           SAME(WakeConditionVariable),
                           SAME(WakeAllConditionVariable),
                           SAME(InterlockedPushEntrySList),
                           SAME(InterlockedFlushSList),
                           SAME(CreateEventW),
                           SAME(SetEvent),
                           SAME(CloseHandle),
                           SAME(WaitForSingleObject),
                           SAME(TrySubmitThreadpoolCallback),
                           SAME(CreateThreadpoolTimer),
                           SAME(SetThreadpoolTimer),
                           SAME(SetThreadpoolTimerEx),
                           SAME(CloseThreadpoolTimer),
                           SAME(CreateThreadpoolWait),
                           SAME(SetThreadpoolWait),
                           SAME(SetThreadpoolWaitEx),
                           SAME(CloseThreadpoolWait),
                           SAME(RoGetAgileReference),
                           SAME(RoFailFastWithErrorContext),
                           SAME(RoOriginateLanguageException),
                           SAME(RoTransformError),
                           SAME(GetRestrictedErrorInfo),
                           SAME(VirtualQuery),
                           SAME(EncodePointer),
                           SAME(OpenProcessToken),
                           SAME(GetCurrentProcess),
                           SAME(DuplicateToken),
                           SAME(OpenThreadToken),
                           SAME(GetCurrentThread),
                           SAME(SetThreadToken),
                           SAME(CreateThreadpoolIo),
                           SAME(StartThreadpoolIo),
                           SAME(CancelThreadpoolIo),
                           SAME(CloseThreadpoolIo),
                           SAME(CreateThreadpool),
                           SAME(SetThreadpoolThreadMaximum),
                           SAME(SetThreadpoolThreadMinimum),
                           SAME(CloseThreadpool),
                           SAME(LoadLibraryW),
                           SAME(RoCaptureErrorContext),
                           SAME(SetRestrictedErrorInfo)};
    for (Names const& both : names)
        EXPECT_EQ(both.plain, both.prefixed) << both.name;
    // These live in liblatchkey; the prefixed ones forward.
    void* memory = WINRT_IMPL_CoTaskMemAlloc(8);
    EXPECT_NE(memory, nullptr);
    CoTaskMemFree(memory);
    void* factory = nullptr;
    EXPECT_EQ(WINRT_IMPL_RoGetActivationFactory(nullptr, guid{}, &factory), hresult(0x80040154));
    EXPECT_EQ(RoGetActivationFactory(nullptr, guid{}, &factory), hresult(0x80040154));
}

TEST(CompatLoader, TheSystemLibrariesOfWindowsAreThisLibrary)
{
    void* library = LoadLibraryExW(L"combase.dll", nullptr, 0x1000);
    ASSERT_NE(library, nullptr);
    EXPECT_EQ(GetProcAddress(library, "RoTransformError"), reinterpret_cast<void*>(&RoTransformError));
    EXPECT_EQ(GetProcAddress(library, "RoOriginateLanguageException"),
              reinterpret_cast<void*>(&RoOriginateLanguageException));
    EXPECT_EQ(GetProcAddress(library, "NoSuchFunction"), nullptr);
    EXPECT_EQ(GetLastError(), 127u);
    EXPECT_EQ(FreeLibrary(library), 1);
    EXPECT_NE(LoadLibraryExW(L"api-ms-win-core-winrt-l1-1-0.dll", nullptr, 0), nullptr);
    EXPECT_EQ(GetProcAddress(nullptr, "malloc"), nullptr);
}

TEST(CompatLoader, OtherWindowsLibrariesDoNotExist)
{
    EXPECT_EQ(LoadLibraryExW(L"Tasks.dll", nullptr, 0x1000), nullptr);
    EXPECT_EQ(GetLastError(), 126u);
    EXPECT_EQ(LoadLibraryExW(nullptr, nullptr, 0), nullptr);
    EXPECT_NE(LoadLibraryExW(L"libc.so.6", nullptr, 0), nullptr);
}

TEST(CompatProcess, HasNoTokensAndPointersStayAsTheyAre)
{
    int value = 0;
    EXPECT_EQ(EncodePointer(&value), &value);
    EXPECT_EQ(VirtualQuery(&value, &value, sizeof value), 0u);
    void* token = &value;
    EXPECT_EQ(OpenThreadToken(GetCurrentThread(), 4, 1, &token), 0);
    EXPECT_EQ(GetLastError(), 1008u);
    EXPECT_EQ(token, nullptr);
    EXPECT_EQ(OpenProcessToken(GetCurrentProcess(), 2, &token), 0);
    EXPECT_EQ(DuplicateToken(nullptr, 2, &token), 0);
    EXPECT_EQ(GetLastError(), 50u);
    EXPECT_EQ(SetThreadToken(nullptr, nullptr), 1);
    EXPECT_EQ(SetThreadToken(nullptr, &value), 0);
    EXPECT_EQ(RoCaptureErrorContext(hresult(0x80004005)), 0);
}

TEST(CompatIntrinsics, WorkOn32BitsBesideTheirNeighbours)
{
    struct {
        int32_t value = -1, neighbour = 7;
    } pair;
    EXPECT_EQ(_InterlockedIncrement(&pair.value), 0);
    EXPECT_EQ(_InterlockedDecrement(&pair.value), -1);
    EXPECT_EQ(_InterlockedExchange(&pair.value, 5), -1);
    EXPECT_EQ(_InterlockedExchangeAdd(&pair.value, 2), 5);
    EXPECT_EQ(_InterlockedCompareExchange(&pair.value, 9, 1), 7);
    EXPECT_EQ(_InterlockedCompareExchange(&pair.value, 9, 7), 7);
    EXPECT_EQ(pair.value, 9);
    EXPECT_EQ(pair.neighbour, 7);
}

TEST(CompatIntrinsics, WorkOn64BitsAndPointers)
{
    int64_t value = 0xFFFFFFFF;
    EXPECT_EQ(_InterlockedIncrement64(&value), 0x100000000);
    EXPECT_EQ(_InterlockedDecrement64(&value), 0xFFFFFFFF);
    EXPECT_EQ(_InterlockedExchange64(&value, 1), 0xFFFFFFFF);
    EXPECT_EQ(_InterlockedCompareExchange64(&value, 2, 1), 1);
    EXPECT_EQ(value, 2);
    int target = 0;
    void* pointer = nullptr;
    EXPECT_EQ(_InterlockedCompareExchangePointer(&pointer, &target, nullptr), nullptr);
    EXPECT_EQ(pointer, &target);
    EXPECT_EQ(_InterlockedExchangePointer(&pointer, nullptr), &target);
    _ReadWriteBarrier();
}

extern "C" {
__declspec(selectany) int compat_weak_variable = 3;
}
__declspec(noinline) int compat_noinline();
int compat_noinline()
{
    return compat_weak_variable;
}

TEST(CompatIntrinsics, TheKeywordsCompile)
{
    EXPECT_EQ(compat_noinline(), 3);
}

} // namespace
