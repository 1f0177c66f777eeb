// SPDX-License-Identifier: MIT
#pragma once

// The seam between liblatchkey.so and liblatchkey-broker.so, the library that knows D-Bus. liblatchkey.so loads it from
// its own folder at the first call that needs the broker, so that hosts and programs without tasks do not load
// libsystemd. Both are built together and carry the same version in the name of the one function that is looked up.
//
// A link is one connection a process, served by one thread of its own, which is also the thread that calls
// BrokerEvents: what it is told it must hand on and return. Everything else may be called from any thread. Links are
// never destroyed; the process ends instead.

#include "ipc/dictionary.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace latchkey::runtime {

// An argument in its own D-Bus type, or as a variant.
struct BrokerArgument {
    ipc::Value value;
    bool as_variant = false;
};

// A named error of the broker, or one of the links' own:
inline constexpr char kUnreachable[] = "org.latchkey.Error.Unreachable";   // no broker, and none could be started
inline constexpr char kDisconnected[] = "org.latchkey.Error.Disconnected"; // it ended before it answered
inline constexpr char kTimedOut[] = "org.latchkey.Error.TimedOut";
inline constexpr char kBadAnswer[] = "org.latchkey.Error.BadAnswer"; // an answer of another type than documented

struct BrokerError {
    std::string name;
    std::string message;
};

// What the broker says unasked.
class BrokerEvents {
public:
    virtual void progress(std::string const& task, std::string const& instance, std::uint32_t value) noexcept = 0;
    virtual void completed(std::string const& task, std::string const& instance, std::int32_t result,
                           std::string const& text) noexcept = 0;
    // Also when another broker is found after the first: a signal in between would be missed.
    virtual void data_changed() noexcept = 0;

protected:
    ~BrokerEvents() = default;
};

class BrokerLink {
public:
    // The one result of the method; an empty list of values when it has none.
    using Answer = tl::expected<ipc::Value, BrokerError>;

    // What to do when the broker ends before it has answered: a call that changes nothing, or the same when it is made
    // twice, is made again to the next broker, as long as a call may take.
    enum class Repeat : std::uint8_t { No, Yes };

    virtual Answer call(std::string const& method, std::vector<BrokerArgument> arguments, Repeat repeat) noexcept = 0;

    // Calls Attach, and again for each broker that comes after this one, without being asked: from then on the link
    // looks for a broker when it has none.
    virtual Answer attach(std::string const& task) noexcept = 0;
    // The link looks for a broker whenever it has none, so that signals for the whole package are not missed.
    virtual void stay_connected() noexcept = 0;

protected:
    ~BrokerLink() = default;
};

// How long the broker may take for an answer; a call that has to start one may take kBrokerStartTimeout more.
inline constexpr std::chrono::seconds kCallTimeout{25};

// descriptor: an established connection that the link takes over (a host has one), or -1 for the private socket.
using OpenBrokerLink = BrokerLink* (*)(BrokerEvents& events, int descriptor);
inline constexpr char kBrokerLibrary[] = "liblatchkey-broker.so";

} // namespace latchkey::runtime
