// SPDX-License-Identifier: MIT
// The connection of a subcommand to the broker, which is started when it is absent. What goes wrong is said on standard
// error, once, in words; the caller only returns the status.
#pragma once

#include "cli/command.h"
#include "ipc/broker_place.h"
#include "ipc/bus.h"

#include <chrono>
#include <string>

#include <tl/expected.hpp>

namespace latchkey::cli {

inline constexpr char const* kBrokerPath = "/org/latchkey/Broker1";
inline constexpr char const* kBrokerInterface = "org.latchkey.Broker1";

// Unpacking, and waiting for what runs, takes as long as it takes.
inline constexpr std::chrono::minutes kServicingWait{10};

// "no task "mail" is registered (0x80070490)": the HRESULT, which comes first, stands last for people.
std::string error_text(ipc::BusError const& error);
// NoBroker when the connection was lost, else Failed.
ExitStatus status_of(ipc::BusError const& error);

class BrokerLink {
public:
    static tl::expected<BrokerLink, ExitStatus> open(ipc::WhenAbsent absent = ipc::WhenAbsent::Start);

    // A call of org.latchkey.Broker1, to be written.
    ipc::Message method(char const* name) const;
    tl::expected<ipc::Message, ExitStatus> call(ipc::Message& message,
                                                std::chrono::microseconds timeout = std::chrono::seconds(25));
    template <class... Arguments>
    tl::expected<ipc::Message, ExitStatus> ask(char const* name, Arguments const&... arguments)
    {
        ipc::Message message = method(name);
        (message.write(arguments), ...);
        return call(message);
    }
    // The policy profile in force; empty when it cannot be had.
    std::string profile();

    ipc::Bus& bus() { return m_bus; }

private:
    explicit BrokerLink(ipc::Bus bus) : m_bus(std::move(bus)) {}
    ipc::Bus m_bus;
};

} // namespace latchkey::cli
