// SPDX-License-Identifier: MIT
#include "runtime/hresult.h"

#include <latchkey/runtime.h>

namespace {

thread_local uint32_t t_initializations = 0;

}

int32_t RoInitialize(uint32_t) noexcept
{
    return t_initializations++ == 0 ? latchkey::runtime::kOk : latchkey::runtime::kFalse;
}

void RoUninitialize(void) noexcept
{
    if (t_initializations > 0) --t_initializations;
}
