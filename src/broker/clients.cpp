// SPDX-License-Identifier: MIT
#include "broker/clients.h"

#include "broker/journal.h"

#include <algorithm>
#include <cerrno>

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

namespace latchkey::broker {

namespace {

std::uint64_t unread(sd_bus* bus)
{
    std::uint64_t count = 0;
    sd_bus_get_n_queued_write(bus, &count);
    return count;
}

} // namespace

void Client::EndTrack::operator()(sd_bus_track* track) const
{
    sd_bus_track_unref(track);
}

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

ipc::Io<void> Clients::join(ipc::Bus session)
{
    m_session = add(std::move(session));
    if (m_session == nullptr) return ipc::io_error(EIO, "serve the session bus");
    return {};
}

void Clients::close(sd_bus* bus)
{
    auto const found = m_connections.find(bus);
    if (found == m_connections.end()) return;
    if (found->second.get() == m_session) m_session = nullptr;
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
    return found->second.get() == m_session ? session_client(message) : &found->second->peer;
}

Client* Clients::client_of(sd_bus* bus)
{
    if (sd_bus_message* const current = sd_bus_get_current_message(bus)) return client_of(current);
    auto const found = m_connections.find(bus);
    return found == m_connections.end() || found->second.get() == m_session ? nullptr : &found->second->peer;
}

Client* Clients::session_client(sd_bus_message* message)
{
    char const* const sender = sd_bus_message_get_sender(message);
    if (sender == nullptr) return nullptr;
    auto const known = m_session->by_sender.find(sender);
    if (known != m_session->by_sender.end()) return &known->second;
    if (m_session->by_sender.size() >= kMaxSessionClients) return nullptr;

    Client client;
    client.m_bus = &m_session->bus;
    client.m_name = sender;
    sd_bus_creds* credentials = nullptr;
    if (sd_bus_query_sender_creds(message, SD_BUS_CREDS_PID | SD_BUS_CREDS_EUID, &credentials) >= 0) {
        sd_bus_creds_get_pid(credentials, &client.m_peer.pid);
        sd_bus_creds_get_euid(credentials, &client.m_peer.uid);
        sd_bus_creds_unref(credentials);
        client.m_peer.pidfd = ipc::Fd(static_cast<int>(::syscall(SYS_pidfd_open, client.m_peer.pid, 0)));
        client.m_peer.start_time = ipc::start_time_of(client.m_peer.pid).value_or(0);
    }
    // Told when the sender leaves the bus, without listening to everybody who comes and goes.
    sd_bus_track* track = nullptr;
    auto const gone = [](sd_bus_track* of, void* data) {
        auto* const self = static_cast<Clients*>(data);
        if (self->m_session == nullptr) return 0;
        for (auto const& [name, candidate] : self->m_session->by_sender) {
            if (candidate.m_track.get() == of) {
                self->forget_sender(std::string(name));
                break;
            }
        }
        return 0;
    };
    if (sd_bus_track_new(m_session->bus.get(), &track, gone, this) >= 0) {
        client.m_track.reset(track);
        sd_bus_track_add_sender(track, message);
    }
    return &m_session->by_sender.emplace(sender, std::move(client)).first->second;
}

void Clients::forget_sender(std::string const& name)
{
    m_session->by_sender.erase(name);
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
    return (m_session == nullptr || bus != m_session->bus.get()) && unread(bus) > kMaxUnreadForLists;
}

// 1: nobody looks at this message any more.
int Clients::take_in(sd_bus_message* message)
{
    auto const found = m_connections.find(sd_bus_message_get_bus(message));
    if (found == m_connections.end()) return 0;
    Connection& connection = *found->second;
    if (!connection.doomed && !is_deaf(connection)) return 0;
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
