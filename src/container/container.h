// SPDX-License-Identifier: MIT
#pragma once

// Entering a container: namespaces, a tree, Landlock and the filter, in this order, each as far as the kernel allows.
// By a process without threads that may still do everything; what it clones is in the container at no cost.

#include "container/layers.h"
#include "container/plan.h"

#include <sys/types.h>

namespace latchkey::container {

inline constexpr unsigned kMaxProcesses = 512; // and threads, of one container; needs a user namespace

// The namespaces that can be entered here, found out by a child that enters a container of nothing. Takes about 1 ms.
std::uint32_t allowed_namespaces();

struct Entered {
    Achieved achieved;
    // The first process of the pid namespace, a child of our parent: it waits for what tasks leave alone, and
    // everything in the container dies with it. 0: there is none. Our own children are in the namespace, we are not.
    pid_t first = 0;
    int first_pidfd = -1;
};
enum class First {
    Make,
    Try, // it ends when it was of use
    None // our own children are not the tasks, so a pid namespace would serve nobody
};
// allowed: what allowed_namespaces() said. leash: a socket of our parent's, for which nothing is made that would
// outlive him; -1: there is none. Ends the process when he is gone, and when it is between two states that no task may
// run in.
Entered enter(Plan const& plan, std::uint32_t allowed, First first, int leash = -1);

} // namespace latchkey::container
