// SPDX-License-Identifier: MIT
#pragma once

// What confines a host beside the layers of src/container: no new privileges, limits, a session of its own, no
// descriptor but the protocol's, and death with the broker.

#include "container/container.h"

#include <optional>

namespace latchkey::taskhost {

// What is inherited by every host of a zygote, so it is done once. Signals are as a fresh process has them.
void limit_process();

// The calling process leaves the session that it was made in and dies with its parent.
void leave_session();

// Closes every descriptor behind the last one of the protocol.
void close_other_descriptors();

// Adds what the task's libraries need of this installation, and enters.
container::Entered enter_container(container::Plan plan, std::uint32_t allowed, container::First first, int leash);

// What the broker left in the descriptor behind those of the protocol, for a host that it starts directly. Closes it.
std::optional<container::Plan> plan_in_descriptor();

} // namespace latchkey::taskhost
