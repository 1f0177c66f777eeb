// SPDX-License-Identifier: MIT
#pragma once

// The Landlock layer: what may be opened at all, by the version that the kernel has. The second fence behind the mount
// namespace, and the first where there is none.

#include "container/layers.h"
#include "container/plan.h"

namespace latchkey::container {

// For this process and all that come from it. Needs no_new_privs. private_folders: /tmp and /dev/shm are the
// container's own.
void restrict_with_landlock(Plan const& plan, bool private_folders, Achieved& achieved);

} // namespace latchkey::container
