// SPDX-License-Identifier: MIT
#pragma once

// Everybody who talks to the broker: connections to the private socket, connections that the broker handed to hosts and
// apps, and senders on the session bus. A connection is a D-Bus peer of one client; the session bus has many.

#include "broker/relay.h"
#include "broker/unread.h"
#include "core/names.h"
#include "ipc/bus.h"
#include "ipc/listener.h"
#include "ipc/peer.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace latchkey::broker {

inline constexpr std::size_t kMaxConnections = 512; // to the private socket, at once
inline constexpr std::size_t kMaxConnectionsOfAProcess = 64;
inline constexpr std::size_t kMaxSessionClients = 1024; // senders on the session bus that are remembered
// Calls from the session bus that wait until the bus has said whose they are, or for others of their sender that did.
inline constexpr std::size_t kMaxWaitingOfASender = 64;
inline constexpr std::size_t kMaxWaiting = 1024;
inline constexpr std::chrono::seconds kIdentityTimeout{25}; // for the bus to say it
// A client that leaves more signals and answers unread than this is disconnected: the broker's memory is not its queue.
inline constexpr std::uint64_t kMaxUnread = 4'096;
// While so many, or so many bytes, are unread, it is given no more answers that are lists: those may be long.
inline constexpr std::uint64_t kMaxUnreadForLists = 16;
inline constexpr std::size_t kMaxUnreadBytesForLists = std::size_t{16} << 20;
inline constexpr std::chrono::seconds kAcceptPause{1}; // when there were no descriptors for a connection

struct Caller {
    enum class Kind : std::uint8_t {
        Unknown, // it is gone, may not be looked at or is confined by somebody: nothing is allowed
        User,    // a process of the user outside any package
        Package,
    };
    Kind kind = Kind::Unknown;
    std::string family{}; // of the package
    std::string reason{}; // of Unknown, for people
};

class Clients;

class Client {
public:
    // Which handlers of its package's registrations this client has.
    struct Attachment {
        bool all = false;
        std::set<core::TaskId> tasks;
        bool has(core::TaskId task) const { return all || tasks.contains(task); }
    };

    bool watches = false;
    Attachment attached;
    std::shared_ptr<Unread> unread; // none on the session bus, which reads whatever comes

private:
    friend class Clients;
    using Slot = std::unique_ptr<sd_bus_slot, ipc::SlotDeleter>;
    ipc::Bus* m_bus = nullptr;
    std::string m_name; // on the session bus; empty between peers
    bool m_in_host = false;
    bool m_given = false; // the identity came with the connection and never changes
    ipc::Peer m_peer;
    Caller m_caller;
    std::uint64_t m_generation = 0; // of what m_caller was found with; 0: never

    // On the session bus.
    Clients* m_clients = nullptr;
    bool m_known = false; // the bus has said who it is
    std::vector<ipc::Message> m_waiting;
    std::size_t m_relayed = 0; // calls that waited and are not answered
    Slot m_asking;
    Slot m_leaving;
};

class Clients {
public:
    // serve_on: puts the broker's objects on a new connection. identify: who the process is; may adopt it as an app.
    using ServeOn = std::function<void(ipc::Bus&)>;
    using Identify = std::function<Caller(ipc::Peer& peer)>;
    Clients(ipc::EventLoop& loop, ServeOn serve_on, Identify identify);
    ~Clients();

    // Takes connections from now on.
    ipc::Io<void> listen(ipc::Listener listener);
    // A connection whose other end was given to a process of this package.
    void serve(ipc::Fd socket, std::string_view family);
    // The session bus, to have the name on it. Nothing waits for the bus; when it has answered, joined is told what is
    // wrong, for people, or an empty text.
    ipc::Io<void> join(ipc::Bus session, std::string const& name, std::function<void(std::string const&)> joined);
    bool on_session_bus() const { return m_session != nullptr; }

    // Whoever sent the message; nullptr: unknown connection, or too many.
    Client* client_of(sd_bus_message* message);
    // Of the call that is being answered on this connection, else of its only client: for the callbacks of properties.
    Client* client_of(sd_bus* bus);
    Caller caller(Client& client);
    // Whether the peer reads so slowly that it gets no long answers now.
    bool reads_too_slowly(sd_bus* bus) const;
    // What packages are installed has changed: callers are looked at again at their next call.
    void packages_changed() { ++m_generation; }

    bool anybody_watches() const { return m_watchers > 0; }
    void watch(Client& client);
    // A signal is made for each connection it goes to.
    using Make = std::function<ipc::Message(ipc::Bus const&)>;
    void tell_watchers(Make const& make);
    // Attached apps, not the package's hosts.
    void tell_attached(std::string_view family, core::TaskId task, Make const& make);
    bool is_attached(std::string_view family, core::TaskId task) const;
    // Everybody of the package.
    void tell_package(std::string_view family, Make const& make);

    std::size_t connections() const { return m_connections.size(); }

private:
    struct Connection {
        ipc::Bus bus;
        Client peer;                                          // unless it is the session bus
        std::map<std::string, Client, std::less<>> by_sender; // of the session bus
        bool doomed = false;
    };
    Connection* add(ipc::Io<ipc::Bus> bus);
    ipc::Io<void> start_accepting();
    void accept_later(ipc::IoError const& error);
    void accept();
    void take(ipc::Fd socket);
    void close(sd_bus* bus);
    void forget_sender(std::string const& name);
    Client* session_client(std::string_view sender);
    int take_in_call(sd_bus_message* message);
    Client* ask_who(std::string const& sender);
    void answered(Client& client, sd_bus_message* credentials);
    void put_through(Client& client);
    static bool listens(Client const& client, std::string_view family, core::TaskId task);
    template <class Chosen>
    void tell(Chosen const& chosen, Make const& make);
    void send(Connection& connection, Client& client, ipc::Message signal);
    void doom(Connection& connection);
    bool is_deaf(Connection const& connection) const;
    int take_in(sd_bus_message* message);
    void count_watchers();

    ipc::EventLoop& m_loop;
    ServeOn m_serve_on;
    Identify m_identify;
    std::unique_ptr<ipc::Listener> m_listener;
    ipc::Source m_accepting;
    ipc::Source m_accept_again;
    std::map<sd_bus*, std::unique_ptr<Connection>> m_connections;
    Connection* m_session = nullptr;
    ipc::Bus* m_serving = nullptr; // the end of m_relay that has the objects
    std::unique_ptr<Relay> m_relay;
    Client::Slot m_naming;
    std::function<void(std::string const&)> m_joined;
    std::size_t m_waiting = 0;
    ipc::Source m_bury; // closes doomed connections, from the loop
    std::uint64_t m_generation = 1;
    std::size_t m_watchers = 0;
};

} // namespace latchkey::broker
