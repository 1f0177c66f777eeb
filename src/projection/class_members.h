// SPDX-License-Identifier: MIT
// What a runtime class has beside its interfaces: constructors and static members, each from a factory interface.
#pragma once

#include "projection/model.h"

#include <vector>

namespace latchkey::projection {

struct Constructor {
    Type const* factory = nullptr;  // none: the default constructor, IActivationFactory.ActivateInstance
    Method const* method = nullptr; // of the factory
    std::size_t leave_out = 0;      // parameters that the caller does not give: outer and inner of composable classes
    bool is_public = true;          // false: only for classes that derive
};
// Each signature once, the first wins.
std::vector<Constructor> constructors_of(Type const& runtime_class);

struct StaticMember {
    Type const* interface = nullptr;
    Method const* method = nullptr;
    bool is_event = false;
    std::string name;
};
std::vector<StaticMember> statics_of(Type const& runtime_class);

} // namespace latchkey::projection
