// SPDX-License-Identifier: MIT
#pragma once

// A host that was prepared and not started: one process without threads that clones itself when the broker asks. The
// clone is the broker's child (CLONE_PARENT). There are two generations:
//
//   the first zygote --- App: a plan ---> an app's zygote, in the app's container --- Plain, IntoCgroup ---> a host
//                                                                                \-- Spare ---> a host that waits
//
// What the container costs is paid once for each app, and by nobody who waits for a task. A spare does beforehand what
// a host does first, and waits for a request with the descriptors of a host. A host gets them with the request.

#include "container/layers.h"

#include <cstdint>
#include <optional>

namespace latchkey::taskhost {

// One packet a request, with the descriptors of docs/host-protocol.md in the order of ZygoteDescriptor; answered by one
// ZygoteAnswer, with a pidfd when pid is not 0. Answers come in the order of the requests. An app's zygote answers once
// unasked, when it is in its container: pid is the container's first process. Between one build's broker and zygote
// only.
struct ZygoteRequest {
    enum Kind : std::uint32_t { Plain, IntoCgroup, Spare, App };

    std::uint32_t version = 2;
    // IntoCgroup: a cgroup's folder follows the descriptors. Spare and App: there is a socket only. App: the bytes of a
    // plan follow.
    std::uint32_t kind = Plain;
};
struct ZygoteAnswer {
    std::int32_t pid = 0;
    std::int32_t error = 0; // errno when pid is 0
    std::uint32_t layers = 0;
    std::uint32_t landlock = 0;
};
enum ZygoteDescriptor { kZygoteLog, kZygoteSocket, kZygoteProgress, kZygoteWake, kZygoteBus, kZygoteDescriptors };

// Serves the socket on descriptor 3 until it ends; nothing is returned then. In a clone it is what the clone, which is
// a host now, is contained in.
std::optional<container::Achieved> serve_as_zygote();

} // namespace latchkey::taskhost
