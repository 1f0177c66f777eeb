// SPDX-License-Identifier: MIT
#include "compat/windows_api.h"

// What headers ask of the process: handles of the process and the thread, and tokens, which do not exist here. There
// is no impersonation: a thread never has a token of its own, and none can be given to it.
namespace {

constexpr uint32_t kNotSupported = 50;
constexpr uint32_t kNoToken = 1008;

int32_t fail_with(uint32_t error)
{
    SetLastError(error);
    return 0;
}

} // namespace

void* GetCurrentProcess() noexcept
{
    return reinterpret_cast<void*>(intptr_t{-1});
}

void* GetCurrentThread() noexcept
{
    return reinterpret_cast<void*>(intptr_t{-2});
}

void* EncodePointer(void* pointer) noexcept
{
    return pointer;
}

size_t VirtualQuery(void const*, void*, size_t) noexcept
{
    return static_cast<size_t>(fail_with(kNotSupported));
}

int32_t OpenProcessToken(void*, uint32_t, void** token) noexcept
{
    *token = nullptr;
    return fail_with(kNotSupported);
}

int32_t DuplicateToken(void*, uint32_t, void** duplicate) noexcept
{
    *duplicate = nullptr;
    return fail_with(kNotSupported);
}

int32_t OpenThreadToken(void*, uint32_t, int32_t, void** token) noexcept
{
    *token = nullptr;
    return fail_with(kNoToken);
}

int32_t SetThreadToken(void**, void* token) noexcept
{
    return token ? fail_with(kNotSupported) : 1; // taking it away leaves what is
}

LATCHKEY_COMPAT_ALIAS(GetCurrentProcess)
LATCHKEY_COMPAT_ALIAS(GetCurrentThread)
LATCHKEY_COMPAT_ALIAS(EncodePointer)
LATCHKEY_COMPAT_ALIAS(VirtualQuery)
LATCHKEY_COMPAT_ALIAS(OpenProcessToken)
LATCHKEY_COMPAT_ALIAS(DuplicateToken)
LATCHKEY_COMPAT_ALIAS(OpenThreadToken)
LATCHKEY_COMPAT_ALIAS(SetThreadToken)
