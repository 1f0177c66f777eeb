// SPDX-License-Identifier: MIT
#pragma once

#include "core/guid.h"

namespace latchkey::broker {

// A new one of version 4, from the kernel's randomness.
core::Guid random_guid();

} // namespace latchkey::broker
