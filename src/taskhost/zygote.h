// SPDX-License-Identifier: MIT
#pragma once

// A host that was prepared and not started: one process without threads that clones itself when the broker asks. The
// clone is the broker's child (CLONE_PARENT), gets the descriptors that came with the request, and is a host. One that
// is made as a spare gets only a socket, does beforehand what a host does first, and waits there for a request with the
// descriptors of a host.

#include <cstdint>

namespace latchkey::taskhost {

// One packet a request, with the descriptors of docs/host-protocol.md in the order of ZygoteDescriptor; answered by one
// ZygoteAnswer, with a pidfd when pid is not 0. Answers come in the order of the requests. Between one build's broker
// and zygote only.
struct ZygoteRequest {
    enum Kind : std::uint32_t { Plain, IntoCgroup, Spare };

    std::uint32_t version = 1;
    std::uint32_t kind = Plain; // IntoCgroup: a cgroup's folder follows the descriptors. Spare: there is a socket only
};
struct ZygoteAnswer {
    std::int32_t pid = 0;
    std::int32_t error = 0; // errno when pid is 0
};
enum ZygoteDescriptor { kZygoteLog, kZygoteSocket, kZygoteProgress, kZygoteWake, kZygoteBus, kZygoteDescriptors };

// Serves the socket on descriptor 3 until it ends. Returns false in a clone: it is a host now.
bool serve_as_zygote();

} // namespace latchkey::taskhost
