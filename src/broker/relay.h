// SPDX-License-Identifier: MIT
#pragma once

// Calls that had to wait until their sender was known. sd-bus cannot be given a message a second time, so each is put
// through a connection from ourselves to ourselves, and what is answered there goes back to the one who called.

#include "ipc/bus.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace latchkey::broker {

class Relay {
public:
    struct Ends {
        ipc::Bus calling;
        ipc::Bus serving; // the objects are to be on this one
    };
    // Both have agreed already: nothing of them waits for the other any more.
    static ipc::Io<Ends> make_ends();

    explicit Relay(ipc::Bus calling);
    Relay(Relay const&) = delete;
    Relay& operator=(Relay const&) = delete;
    ~Relay();

    ipc::Io<void> attach(ipc::EventLoop& loop) { return m_bus.attach(loop); }
    // answered: after the answer was sent back. False: it could not be put through, and its sender was told.
    bool put(ipc::Message original, std::string sender, std::function<void(std::string const& sender)> answered);
    // Who sent what arrived at the serving end; empty: none of ours.
    std::string_view sender_of(sd_bus_message* message) const;
    std::size_t calls() const { return m_calls.size(); }

private:
    struct Call;
    ipc::Bus m_bus;
    std::map<std::uint64_t, std::unique_ptr<Call>> m_calls; // by the number that both ends see
};

} // namespace latchkey::broker
