// SPDX-License-Identifier: MIT
#pragma once

// Where the broker, its files and the other programs are; the same answer for the broker and for everybody who talks to
// it. docs/architecture.md, "What is where", has the tables.

#include "ipc/bus.h"
#include "ipc/io.h"

#include <string>
#include <string_view>

namespace latchkey::ipc {

// How long a client waits for a broker that it started.
inline constexpr std::chrono::seconds kBrokerStartTimeout{10};

struct BrokerPlace {
    std::string socket;        // the private socket
    std::string state;         // store, packages, data, logs
    std::string configuration; // policy.toml is looked for here
};

// From LATCHKEY_ROOT, else the XDG variables, else the home folder. std::errc::filename_too_long when the socket's path
// does not fit an address; the text says what to set.
Io<BrokerPlace> broker_place();

// The path of one of our programs ("latchkeyd", "latchkey-host"), found relative to the program or library that this
// code is in: beside it, in ../libexec/latchkey or in ../bin (one folder further up from a multi-architecture lib).
// Empty when it is nowhere there.
std::string find_program(std::string_view name);

// What a broker that a client started writes to its descriptor kReadyDescriptor ("--ready-fd 3"), one byte; a broker
// that ends without one has said why in its log.
inline constexpr int kReadyDescriptor = 3;
inline constexpr char kReady = 'R'; // it answers
inline constexpr char kBusy = 'B';  // another broker has the socket

enum class WhenAbsent { Start, Fail };

// Connects to the private socket. When nobody listens and it may be started: starts latchkeyd detached (its own
// session, nothing inherited, output to the broker's log) and waits until it answers. Safe when several do it at once:
// the lock of the socket lets one of them live. The error's text says what was tried and where the log is.
Io<Bus> connect_to_broker(WhenAbsent absent = WhenAbsent::Start);

} // namespace latchkey::ipc
