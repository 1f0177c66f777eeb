// SPDX-License-Identifier: MIT
//
// The classes that liblatchkey.so implements itself.
#pragma once

#include <cstdint>

namespace latchkey::runtime {

// The same contract as a component's DllGetActivationFactory: kClassNotRegistered when the class is not ours.
int32_t own_activation_factory(void* class_name, void** factory) noexcept;

} // namespace latchkey::runtime
