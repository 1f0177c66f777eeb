// SPDX-License-Identifier: MIT
#include <cstdlib>

#include <latchkey/runtime.h>

void* CoTaskMemAlloc(size_t bytes) noexcept
{
    // Windows gives a valid pointer for zero bytes; malloc need not.
    return std::malloc(bytes ? bytes : 1);
}

void CoTaskMemFree(void* memory) noexcept
{
    std::free(memory);
}
