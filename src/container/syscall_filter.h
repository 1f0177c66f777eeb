// SPDX-License-Identifier: MIT
#pragma once

// The system call layer: a seccomp filter that answers with an error what no task needs and what would lead out of the
// other layers. Built by hand, because a host that is started for every firing cannot afford to build it at run time.

#include "container/layers.h"

namespace latchkey::container {

enum class UnixSockets {
    Allowed,
    Refused // they could reach services of the user: paths or abstract names of others are in sight
};

// For this process and all that come from it; further processes may still be cloned with any flag. Needs no_new_privs.
void filter_system_calls(Network network, UnixSockets sockets, Achieved& achieved);

// For a process that is a task's: no clone may make namespaces or a child of somebody else.
void filter_clones();

} // namespace latchkey::container
