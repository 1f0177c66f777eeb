// SPDX-License-Identifier: MIT
#pragma once

// The namespaces of a container. Entered once, by a process without threads; what is cloned from it afterwards is in
// all of them, and pays nothing for it.

#include "container/layers.h"

#include <cstdint>

namespace latchkey::container {

// Enters those of the wanted layers that the kernel allows, each that is refused left out. Ids stay what they are.
// False: it is in a user namespace that has no ids, and must end.
bool enter_namespaces(std::uint32_t wanted, Achieved& achieved);

// Gives up every capability, also those that a program of the own user id 0 would get back.
void drop_capabilities();

} // namespace latchkey::container
