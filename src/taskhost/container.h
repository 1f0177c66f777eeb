// SPDX-License-Identifier: MIT
#pragma once

// The first container of a host: what a task may not do whatever it tries. No new privileges, limits, a session of its
// own, no descriptor but the protocol's, and death with the broker. Namespaces and filters are a later step.

namespace latchkey::taskhost {

// What is inherited by every host of a zygote, so it is done once. Signals are as a fresh process has them.
void limit_process();

// The calling process leaves the session that it was made in and dies with its parent.
void leave_session();

// Closes every descriptor behind the last one of the protocol.
void close_other_descriptors();

} // namespace latchkey::taskhost
