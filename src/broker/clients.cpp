// SPDX-License-Identifier: MIT
#include "broker/clients.h"

#include "broker/journal.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

namespace latchkey::broker {

namespace {

// What RequestName answers.
constexpr std::uint32_t kOwner = 1;
constexpr std::uint32_t kOwnerAlready = 4;

std::uint64_t unread(sd_bus* bus)
{
    std::uint64_t count = 0;
    sd_bus_get_n_queued_write(bus, &count);
    return count;
}

struct Credentials {
    std::uint32_t pid = 0; // 0: not told
    std::uint32_t uid = 0;
};

// Of all that GetConnectionCredentials answers, a{sv} with values of any kind.
Credentials read_credentials(sd_bus_message* message)
{
    Credentials read;
    if (sd_bus_message_enter_container(message, 'a', "{sv}") <= 0) return {};
    while (sd_bus_message_enter_container(message, 'e', "sv") > 0) {
        char const* name = nullptr;
        if (sd_bus_message_read(message, "s", &name) <= 0) return {};
        std::string_view const key = name;
        std::uint32_t* const wanted = key == "ProcessID" ? &read.pid : key == "UnixUserID" ? &read.uid : nullptr;
        int const result =
            wanted != nullptr ? sd_bus_message_read(message, "v", "u", wanted) : sd_bus_message_skip(message, "v");
        if (result < 0 || sd_bus_message_exit_container(message) < 0) return {};
    }
    return read;
}

} // namespace

Clients::Clients(ipc::EventLoop& loop, ServeOn serve_on, Identify identify)
    : m_loop(loop), m_serve_on(std::move(serve_on)), m_identify(std::move(identify))
{
    m_bury = loop.soon([this] {
                     std::vector<sd_bus*> doomed;
                     for (auto const& [bus, connection] : m_connections) {
                         if (connection->doomed) doomed.push_back(bus);
                     }
                     for (sd_bus* const bus : doomed) {
                         close(bus);
                     }
                 })
                 .value();
}

Clients::~Clients() = default;

ipc::Io<void> Clients::listen(ipc::Listener listener)
{
    m_listener = std::make_unique<ipc::Listener>(std::move(listener));
    return start_accepting();
}

ipc::Io<void> Clients::start_accepting()
{
    auto accepting = m_loop.on_ready(m_listener->fd(), EPOLLIN, [this](std::uint32_t) { accept(); });
    if (!accepting) return tl::unexpected(accepting.error());
    m_accepting = std::move(*accepting);
    return {};
}

void Clients::accept()
{
    for (;;) {
        auto socket = m_listener->accept();
        if (!socket) {
            accept_later(socket.error());
            return;
        }
        m_accept_again = ipc::Source();
        if (!*socket) return;
        if (m_connections.size() < kMaxConnections) take(std::move(*socket));
    }
}

// Out of descriptors: who waits is accepted when a connection has ended, or after a while, not in a busy loop.
void Clients::accept_later(ipc::IoError const& error)
{
    m_accepting = ipc::Source();
    if (!m_accept_again) say(error.text());
    auto again = m_loop.at(m_loop.boot_time() + kAcceptPause, kAcceptPause, [this] {
        if (!m_accepting) (void)start_accepting();
    });
    if (again) m_accept_again = std::move(*again);
}

void Clients::take(ipc::Fd socket)
{
    auto peer = ipc::peer_of(socket.get());
    // The folder of the socket is the user's; root may enter it too, and nobody else.
    if (!peer || (peer->uid != ::geteuid() && peer->uid != 0)) return;
    // One app is not to keep everybody else out.
    auto const of_it = std::ranges::count_if(m_connections, [&](auto const& entry) {
        return !entry.second->peer.m_given && entry.second->peer.m_peer.pid == peer->pid;
    });
    if (static_cast<std::size_t>(of_it) >= kMaxConnectionsOfAProcess) return;
    if (Connection* const connection = add(ipc::Bus::server(std::move(socket)))) {
        connection->peer.m_peer = std::move(*peer);
    }
}

void Clients::serve(ipc::Fd socket, std::string_view family)
{
    Connection* const connection = add(ipc::Bus::server(std::move(socket)));
    if (connection == nullptr) return;
    connection->peer.m_given = true;
    connection->peer.m_in_host = true;
    connection->peer.m_caller = {.kind = Caller::Kind::Package, .family = std::string(family)};
}

Clients::Connection* Clients::add(ipc::Io<ipc::Bus> bus)
{
    if (!bus) {
        // Who goes before anything was said is nothing to tell of.
        bool const gone = bus.error().code == std::errc::connection_reset || bus.error().code == std::errc::broken_pipe;
        if (!gone) say(bus.error().text());
        return nullptr;
    }
    auto connection = std::make_unique<Connection>(Connection{std::move(*bus), {}, {}, false});
    sd_bus* const key = connection->bus.get();
    connection->peer.m_bus = &connection->bus;
    connection->peer.unread = std::make_shared<Unread>();
    // Before sd-bus answers anything itself.
    auto const arrived = [](sd_bus_message* message, void* data, sd_bus_error*) {
        return static_cast<Clients*>(data)->take_in(message);
    };
    sd_bus_add_filter(key, nullptr, arrived, this);
    m_serve_on(connection->bus);
    if (auto attached = connection->bus.attach(m_loop); !attached) {
        say(attached.error().text());
        return nullptr;
    }
    connection->bus.on_closed([this, key] { close(key); });
    return m_connections.emplace(key, std::move(connection)).first->second.get();
}

ipc::Io<void> Clients::join(ipc::Bus session, std::string const& name, std::function<void(std::string const&)> joined)
{
    auto ends = Relay::make_ends();
    if (!ends) return tl::unexpected(ends.error());
    m_relay = std::make_unique<Relay>(std::move(ends->calling));
    if (auto attached = m_relay->attach(m_loop); !attached) return attached;
    Connection* const serving = add(std::move(ends->serving));
    m_session = serving == nullptr ? nullptr : add(std::move(session));
    if (m_session == nullptr) return ipc::io_error(EIO, "serve the session bus");
    m_serving = &serving->bus;
    m_joined = std::move(joined);
    auto const named = [](sd_bus_message* answer, void* data, sd_bus_error*) {
        auto* const self = static_cast<Clients*>(data);
        std::uint32_t result = 0;
        std::string problem;
        if (sd_bus_error const* const error = sd_bus_message_get_error(answer)) {
            problem =
                std::string("the session bus gives no name: ") + (error->message == nullptr ? "" : error->message);
        } else if (sd_bus_message_read(answer, "u", &result) < 0 || (result != kOwner && result != kOwnerAlready)) {
            problem = "the broker's name is taken on the session bus";
        }
        // Whoever has the name serves that bus; from inside of a callback, so at the next turn.
        if (!problem.empty() && self->m_session != nullptr) self->doom(*self->m_session);
        self->m_joined(problem);
        return 0;
    };
    sd_bus_slot* slot = nullptr;
    int const result = sd_bus_request_name_async(m_session->bus.get(), &slot, name.c_str(), 0, named, this);
    if (result < 0) return ipc::io_error(result, "ask the session bus for the name " + name);
    m_naming.reset(slot);
    return {};
}

void Clients::close(sd_bus* bus)
{
    auto const found = m_connections.find(bus);
    if (found == m_connections.end()) return;
    if (found->second.get() == m_session) {
        m_session = nullptr;
        m_naming.reset();
        m_waiting = 0;
    }
    if (&found->second->bus == m_serving) m_serving = nullptr;
    m_connections.erase(found);
    count_watchers();
    if (m_listener != nullptr && !m_accepting) (void)start_accepting();
}

void Clients::count_watchers()
{
    m_watchers = 0;
    for (auto const& [bus, connection] : m_connections) {
        m_watchers += connection->peer.watches ? 1 : 0;
        for (auto const& [name, client] : connection->by_sender) {
            m_watchers += client.watches ? 1 : 0;
        }
    }
}

void Clients::watch(Client& client)
{
    client.watches = true;
    count_watchers();
}

Client* Clients::client_of(sd_bus_message* message)
{
    auto const found = m_connections.find(sd_bus_message_get_bus(message));
    if (found == m_connections.end()) return nullptr;
    if (&found->second->bus == m_serving) return session_client(m_relay->sender_of(message));
    if (found->second.get() != m_session) return &found->second->peer;
    char const* const sender = sd_bus_message_get_sender(message);
    return session_client(sender == nullptr ? "" : sender);
}

Client* Clients::client_of(sd_bus* bus)
{
    if (sd_bus_message* const current = sd_bus_get_current_message(bus)) return client_of(current);
    auto const found = m_connections.find(bus);
    bool const of_one =
        found != m_connections.end() && found->second.get() != m_session && &found->second->bus != m_serving;
    return of_one ? &found->second->peer : nullptr;
}

Client* Clients::session_client(std::string_view sender)
{
    if (m_session == nullptr) return nullptr;
    auto const known = m_session->by_sender.find(sender);
    return known == m_session->by_sender.end() || !known->second.m_known ? nullptr : &known->second;
}

// A call from the session bus. 1: it waits, or was refused; nobody else looks at it.
int Clients::take_in_call(sd_bus_message* message)
{
    char const* const sender = sd_bus_message_get_sender(message);
    if (sender == nullptr || m_serving == nullptr) return 0;
    auto const known = m_session->by_sender.find(sender);
    Client* const client = known != m_session->by_sender.end() ? &known->second : ask_who(sender);
    if (client != nullptr && client->m_known && client->m_relayed == 0) return 0;
    bool const room = client != nullptr && client->m_waiting.size() + client->m_relayed < kMaxWaitingOfASender &&
                      m_waiting + m_relay->calls() < kMaxWaiting;
    if (!room) {
        sd_bus_error const error{"org.latchkey.Error.LimitExceeded", "0x80070718 too many clients on the session bus",
                                 0};
        sd_bus_reply_method_error(message, &error);
        return 1;
    }
    client->m_waiting.push_back(ipc::Message::borrow(message));
    ++m_waiting;
    if (client->m_known) put_through(*client);
    return 1;
}

// nullptr: too many, or the bus is closing. Whether the sender leaves is listened to before the question is asked, so
// its end cannot be missed; and to that of this sender only.
Client* Clients::ask_who(std::string const& sender)
{
    if (m_session->by_sender.size() >= kMaxSessionClients) return nullptr;
    Client& client = m_session->by_sender[sender];
    client.m_bus = &m_session->bus;
    client.m_name = sender;
    client.m_clients = this;
    sd_bus* const bus = m_session->bus.get();
    std::string const rule = "type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',"
                             "interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='" +
                             sender + "'";
    auto const left = [](sd_bus_message*, void* data, sd_bus_error*) {
        auto const* const gone = static_cast<Client*>(data);
        gone->m_clients->forget_sender(std::string(gone->m_name));
        return 0;
    };
    auto const listening = [](sd_bus_message*, void*, sd_bus_error*) { return 0; };
    sd_bus_slot* slot = nullptr;
    int result = sd_bus_add_match_async(bus, &slot, rule.c_str(), left, listening, &client);
    client.m_leaving.reset(slot);
    sd_bus_message* raw = nullptr;
    if (result >= 0) {
        result = sd_bus_message_new_method_call(bus, &raw, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                                "org.freedesktop.DBus", "GetConnectionCredentials");
    }
    ipc::Message question(raw);
    if (result >= 0) result = sd_bus_message_append(raw, "s", sender.c_str());
    auto const told = [](sd_bus_message* credentials, void* data, sd_bus_error*) {
        auto* const asked = static_cast<Client*>(data);
        asked->m_clients->answered(*asked, credentials);
        return 0;
    };
    slot = nullptr;
    if (result >= 0) {
        auto const patience = std::chrono::microseconds(kIdentityTimeout).count();
        result = sd_bus_call_async(bus, &slot, raw, told, &client, static_cast<std::uint64_t>(patience));
    }
    client.m_asking.reset(slot);
    if (result >= 0) return &client;
    forget_sender(sender);
    return nullptr;
}

void Clients::answered(Client& client, sd_bus_message* credentials)
{
    client.m_asking.reset();
    bool const failed = sd_bus_message_get_error(credentials) != nullptr;
    auto const [pid, uid] = failed ? Credentials() : read_credentials(credentials);
    if (pid == 0) {
        sd_bus_error const error{"org.latchkey.Error.AccessDenied",
                                 "0x80070005 the session bus does not say who is calling", 0};
        for (ipc::Message const& message : client.m_waiting) {
            sd_bus_reply_method_error(message.get(), &error);
        }
        return forget_sender(std::string(client.m_name)); // asked again at its next call
    }
    client.m_peer.pid = static_cast<pid_t>(pid);
    client.m_peer.uid = uid;
    client.m_peer.pidfd = ipc::Fd(static_cast<int>(::syscall(SYS_pidfd_open, client.m_peer.pid, 0)));
    client.m_peer.start_time = ipc::start_time_of(client.m_peer.pid).value_or(0);
    client.m_known = true;
    put_through(client);
}

// In the order in which they came; those that come before the last of them is answered are put through behind it.
void Clients::put_through(Client& client)
{
    auto const answered = [this](std::string const& sender) {
        if (Client* const of = session_client(sender)) --of->m_relayed;
    };
    m_waiting -= client.m_waiting.size();
    for (ipc::Message& message : std::exchange(client.m_waiting, {})) {
        if (m_relay->put(std::move(message), client.m_name, answered)) ++client.m_relayed;
    }
}

void Clients::forget_sender(std::string const& name)
{
    if (m_session == nullptr) return;
    auto const found = m_session->by_sender.find(name);
    if (found == m_session->by_sender.end()) return;
    m_waiting -= found->second.m_waiting.size();
    m_session->by_sender.erase(found);
    count_watchers();
}

Caller Clients::caller(Client& client)
{
    if (!client.m_given && client.m_generation != m_generation) {
        client.m_caller = m_identify(client.m_peer);
        client.m_generation = m_generation;
    }
    return client.m_caller;
}

void Clients::send(Connection& connection, Client& client, ipc::Message signal)
{
    if (!signal || signal.failed() || connection.doomed) return;
    sd_bus* const bus = connection.bus.get();
    int const sent = client.m_name.empty() ? sd_bus_send(bus, signal.get(), nullptr)
                                           : sd_bus_send_to(bus, signal.get(), client.m_name.c_str(), nullptr);
    if (client.unread) client.unread->sent(signal.weight(), unread(bus));
    if (&connection != m_session && (sent < 0 || is_deaf(connection))) doom(connection);
}

// Closed from the loop: it may be in the middle of something now.
void Clients::doom(Connection& connection)
{
    connection.doomed = true;
    m_bury.again();
}

// The session bus reads whatever comes, and has limits of its own for those who do not.
bool Clients::is_deaf(Connection const& connection) const
{
    return &connection != m_session && unread(connection.bus.get()) > kMaxUnread;
}

bool Clients::reads_too_slowly(sd_bus* bus) const
{
    auto const found = m_connections.find(bus);
    if (found == m_connections.end() || found->second.get() == m_session) return false;
    std::uint64_t const queued = unread(bus);
    return queued > kMaxUnreadForLists || found->second->peer.unread->weight(queued) > kMaxUnreadBytesForLists;
}

// 1: nobody looks at this message any more.
int Clients::take_in(sd_bus_message* message)
{
    auto const found = m_connections.find(sd_bus_message_get_bus(message));
    if (found == m_connections.end()) return 0;
    Connection& connection = *found->second;
    if (!connection.doomed && !is_deaf(connection)) {
        bool const asks = &connection == m_session && sd_bus_message_is_method_call(message, nullptr, nullptr) > 0;
        return asks ? take_in_call(message) : 0;
    }
    // Its end is told by such a message too.
    if (sd_bus_message_is_signal(message, "org.freedesktop.DBus.Local", "Disconnected") > 0) return 0;
    doom(connection);
    return 1;
}

template <class Chosen>
void Clients::tell(Chosen const& chosen, Make const& make)
{
    for (auto const& [bus, connection] : m_connections) {
        if (connection.get() != m_session && chosen(connection->peer)) {
            send(*connection, connection->peer, make(connection->bus));
        }
        for (auto& [name, client] : connection->by_sender) {
            if (chosen(client)) send(*connection, client, make(connection->bus));
        }
    }
}

void Clients::tell_watchers(Make const& make)
{
    if (m_watchers == 0) return;
    tell([](Client const& client) { return client.watches; }, make);
}

void Clients::tell_attached(std::string_view family, core::TaskId task, Make const& make)
{
    tell([&](Client const& client) { return listens(client, family, task); }, make);
}

bool Clients::listens(Client const& client, std::string_view family, core::TaskId task)
{
    return !client.m_in_host && client.m_caller.family == family && client.attached.has(task);
}

bool Clients::is_attached(std::string_view family, core::TaskId task) const
{
    for (auto const& [bus, connection] : m_connections) {
        if (listens(connection->peer, family, task)) return true;
        for (auto const& [name, client] : connection->by_sender) {
            if (listens(client, family, task)) return true;
        }
    }
    return false;
}

void Clients::tell_package(std::string_view family, Make const& make)
{
    tell([&](Client const& client) { return client.m_caller.family == family; }, make);
}

} // namespace latchkey::broker
