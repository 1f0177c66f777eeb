// SPDX-License-Identifier: MIT
// The value types that base.h defines by hand (docs/projection.md): what they are called in C++ and in the ABI.
#pragma once

#include "projection/model.h"

namespace latchkey::projection {

// nullptr for everything else. System.Guid is one of them.
MappedType const* find_mapped(std::string_view name_space, std::string_view name);

} // namespace latchkey::projection
