// SPDX-License-Identifier: MIT
#include "runtime/own_classes.h"

#include "runtime/hresult.h"

namespace latchkey::runtime {

int32_t own_activation_factory(void*, void** factory) noexcept
{
    *factory = nullptr;
    return kClassNotRegistered;
}

} // namespace latchkey::runtime
