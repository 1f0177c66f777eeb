// SPDX-License-Identifier: MIT
#include "sources/route_watch.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace latchkey::sources {

namespace {

constexpr int kMaxDumpTries = 5; // a table that changes while it is read is read again
constexpr std::size_t kDatagramBytes = 64 * 1024;

ipc::Io<ipc::Fd> open_socket(unsigned groups)
{
    ipc::Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
    if (!socket) return ipc::io_error(errno, "open a netlink socket");
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = groups;
    if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) < 0) {
        return ipc::io_error(errno, "listen to the kernel's network news");
    }
    return socket;
}

template <class Body>
ipc::Io<void> ask(ipc::Fd const& socket, std::uint16_t type, Body const& body)
{
    struct {
        nlmsghdr head;
        Body body;
    } request{};
    request.head.nlmsg_len = NLMSG_LENGTH(sizeof(Body));
    request.head.nlmsg_type = type;
    request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request.body = body;
    if (::send(socket.get(), &request, request.head.nlmsg_len, 0) < 0)
        return ipc::io_error(errno, "ask for the network's state");
    return {};
}

// The kernel writes a dump while it is read, so there is always something to read or an error.
ipc::Io<DumpProgress> answer(ipc::Fd const& socket, RouteTable& table)
{
    std::array<std::byte, kDatagramBytes> buffer{};
    for (;;) {
        sockaddr_nl from{};
        socklen_t length = sizeof from;
        auto const got =
            ::recvfrom(socket.get(), buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &length);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return ipc::io_error(errno, "read the network's state");
        if (from.nl_pid != 0) continue; // not the kernel
        auto const progress = table.read(std::span(buffer).first(static_cast<std::size_t>(got)));
        if (progress != DumpProgress::More) return progress;
    }
}

template <class Body>
ipc::Io<DumpProgress> dump(RouteTable& table, std::uint16_t type, Body const& body)
{
    auto const socket = open_socket(0);
    if (!socket) return tl::unexpected(socket.error());
    if (auto const asked = ask(*socket, type, body); !asked) return tl::unexpected(asked.error());
    return answer(*socket, table);
}

ipc::Io<DumpProgress> dump_all(RouteTable& table)
{
    auto progress = dump(table, RTM_GETLINK, ifinfomsg{});
    for (int const family : {AF_INET, AF_INET6}) {
        if (!progress || *progress != DumpProgress::Done) return progress;
        rtmsg routes{};
        routes.rtm_family = static_cast<unsigned char>(family);
        progress = dump(table, RTM_GETROUTE, routes);
        // A kernel without IPv6 refuses the second.
        if (family == AF_INET6 && progress && *progress == DumpProgress::Failed) progress = DumpProgress::Done;
    }
    return progress;
}

} // namespace

ipc::Io<RouteTable> read_route_table()
{
    for (int tries = 0; tries < kMaxDumpTries; ++tries) {
        RouteTable table;
        auto const progress = dump_all(table);
        if (!progress) return tl::unexpected(progress.error());
        if (*progress == DumpProgress::Done) return table;
        if (*progress == DumpProgress::Failed) return ipc::io_error(EPROTO, "read the network's state");
    }
    return ipc::io_error(EAGAIN, "read the network's state, which changes all the time");
}

RouteWatch::RouteWatch(ipc::EventLoop& loop, Told told) : m_loop(loop), m_told(std::move(told)) {}

ipc::Io<void> RouteWatch::start()
{
    auto socket =
        open_socket(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE);
    if (!socket) return tl::unexpected(socket.error());
    auto ready = m_loop.on_ready(socket->get(), EPOLLIN, [this](std::uint32_t) { news(); });
    if (!ready) return tl::unexpected(ready.error());
    auto settled = m_loop.soon([this] { look(); });
    if (!settled) return tl::unexpected(settled.error());
    m_socket = std::move(*socket);
    m_ready = std::move(*ready);
    m_settled = std::move(*settled);
    m_settling = true;
    return {};
}

void RouteWatch::stop()
{
    m_ready = {};
    m_settled = {};
    m_socket.reset();
    m_settling = false;
}

// What the news say is not kept: some changes are not told at all (routes that vanish with their link), so the tables
// are read again.
void RouteWatch::news()
{
    std::array<std::byte, 8192> ignored{};
    while (::recv(m_socket.get(), ignored.data(), ignored.size(), 0) >= 0 || errno == ENOBUFS || errno == EINTR) {
    }
    if (m_settling) return;
    auto settled = m_loop.at(m_loop.boot_time() + kRouteSettle, kRouteSettle / 5, [this] { look(); });
    if (!settled) return;
    m_settled = std::move(*settled);
    m_settling = true;
}

void RouteWatch::look()
{
    m_settling = false;
    auto const told = m_told; // which may stop this
    told(read_route_table());
}

} // namespace latchkey::sources
