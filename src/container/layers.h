// SPDX-License-Identifier: MIT
#pragma once

// What a container is made of, one bit a layer: how a host reports what this kernel allowed, and how that is told to
// people. The numbers are part of the host protocol (docs/host-protocol.md).

#include <cstdint>
#include <string>

namespace latchkey::container {

enum class Layer : std::uint32_t {
    User = 1U << 0U,   // a user namespace: whatever a task gains, it gains there only
    Mount = 1U << 1U,  // a tree of its own: nothing of the home folder is in it
    Pid = 1U << 2U,    // it sees no process but its own, and all of them die with the container
    Ipc = 1U << 3U,    // System V and POSIX queues, shared memory
    Host = 1U << 4U,   // a name of its own for the machine
    Net = 1U << 5U,    // a network without a way out
    Proc = 1U << 6U,   // a /proc of its own
    Files = 1U << 7U,  // Landlock: what it may open
    Scope = 1U << 8U,  // Landlock: no abstract sockets of others and no signals to them
    Ports = 1U << 9U,  // Landlock: TCP
    Calls = 1U << 10U, // system calls are filtered
};

struct Achieved {
    std::uint32_t layers = 0;
    std::uint32_t landlock = 0; // its version; 0: the kernel has none

    bool has(Layer layer) const { return (layers & static_cast<std::uint32_t>(layer)) != 0; }
    void add(Layer layer) { layers |= static_cast<std::uint32_t>(layer); }
    friend bool operator==(Achieved const&, Achieved const&) = default;
};

// What a task may reach over the network, from the capabilities of its package.
enum class Network : std::uint32_t {
    None,
    Outbound, // internetClient
    Both      // internetClientServer, privateNetworkClientServer
};
// "none", "outbound", "both directions".
char const* name_of(Network network);

// "namespaces user mount pid ipc host net, own /proc, Landlock 7 (files sockets ports), system calls filtered".
std::string describe(Achieved const& achieved);
// What is missing of a container for this network and what that means, in words; empty: nothing.
std::string describe_missing(Achieved const& achieved, Network network);

} // namespace latchkey::container
