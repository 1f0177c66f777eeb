// SPDX-License-Identifier: MIT
#pragma once

// org.latchkey.Broker1 on a connection: data/org.latchkey.Broker1.xml in code. One table says who may call what
// (authorisation.h); the methods are in one file a group, each group a list of names, signatures and functions.

#include "broker/call.h"
#include "broker/clients.h"
#include "broker/engine.h"
#include "hosts/apps.h"
#include "hosts/hosts.h"
#include "ipc/broker_place.h"
#include "packages/servicing.h"
#include "sources/sources.h"

#include <functional>
#include <map>
#include <span>
#include <string>

struct sd_bus_vtable;

namespace latchkey::broker {

inline constexpr char kPath[] = "/org/latchkey/Broker1";
inline constexpr char kName[] = "org.latchkey.Broker1";
inline constexpr char kRegistrationPath[] = "/org/latchkey/Broker1/registration";
inline constexpr char kRegistrationName[] = "org.latchkey.Registration1";

class Settings;

// What the methods work on; all of it outlives them.
struct Rooms {
    Engine& engine;
    Clients& clients;
    packages::InstalledPackages& packages;
    packages::Servicing& servicing;
    hosts::Hosts& hosts;
    hosts::Apps& apps;
    sources::Sources& sources;
    ipc::BrokerPlace const& place;
    std::function<core::Now()> now;
    // Reads the policy file again; the error is a message for people.
    std::function<tl::expected<void, std::string>()> reload;
    // What was wrong with the files that the broker began with; empty: nothing.
    std::vector<std::string> const& notices;
    Settings& settings;
};

struct Method {
    char const* name;
    char const* in; // D-Bus signatures
    char const* out;
    char const* arguments; // names of in, then of out, each ended by \0
    void (*handle)(Rooms& rooms, Call call);
};

std::span<Method const> registration_methods();
std::span<Method const> access_methods();
std::span<Method const> package_methods();
std::span<Method const> answer_methods();
std::span<Method const> settings_methods();

// The objects of the broker, to be put on connections. Outlives them.
class Interface {
public:
    Interface(Rooms rooms, std::span<std::span<Method const> const> groups);
    ~Interface();
    Interface(Interface const&) = delete;

    // Puts all objects on the connection.
    ipc::Io<void> serve_on(ipc::Bus& bus);

    // Signals of org.freedesktop.DBus.ObjectManager to those who watch.
    void announce(core::TaskId task);
    void withdraw(core::TaskId task);

    Rooms& rooms() { return m_rooms; }

private:
    void call(Method const& method, sd_bus_message* message);
    // Of org.latchkey.Registration1. Asked for one by one by sd-bus, so the last task's are kept until the next turn.
    ipc::Dictionary const& properties_of(core::TaskId task);
    struct Callbacks; // what sd-bus calls
    struct Tables;
    Rooms m_rooms;
    std::map<std::string, Method const*, std::less<>> m_methods;
    std::unique_ptr<Tables> m_tables;
    core::TaskId m_shown;
    std::uint64_t m_shown_in = 0;
    ipc::Dictionary m_properties;
};

// The task that a word names, for this caller: a package has only its own.
Judged<core::TaskId> task_of(Rooms& rooms, Call const& call, std::string_view word);
// What the rules answered, as the caller is told: Done and TaskId are no refusal.
void reply_or_refuse(Call& call, core::effect::Answer const& answer, std::string_view about = {});

// Path of a registration's object.
std::string path_of(core::TaskId task);

} // namespace latchkey::broker
