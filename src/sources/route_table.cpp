// SPDX-License-Identifier: MIT
#include "sources/route_table.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

#include <fmt/format.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

namespace latchkey::sources {

namespace {

using Bytes = std::span<std::byte const>;

template <class Value>
std::optional<Value> value_at(Bytes bytes, std::size_t offset = 0)
{
    if (bytes.size() < sizeof(Value) || offset > bytes.size() - sizeof(Value)) return std::nullopt;
    Value value{};
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

constexpr std::size_t aligned(std::size_t length)
{
    return (length + 3) & ~std::size_t{3};
}

Bytes behind(Bytes bytes, std::size_t length)
{
    return bytes.subspan(std::min(aligned(length), bytes.size()));
}

// Calls with the type and contents of each attribute; stops where they make no sense.
template <class Each>
void for_each_attribute(Bytes bytes, Each&& each)
{
    while (auto const head = value_at<rtattr>(bytes)) {
        if (head->rta_len < sizeof(rtattr) || head->rta_len > bytes.size()) return;
        each(head->rta_type & NLA_TYPE_MASK, bytes.subspan(sizeof(rtattr), head->rta_len - sizeof(rtattr)));
        bytes = behind(bytes, head->rta_len);
    }
}

std::string hex_of(Bytes bytes)
{
    std::string text;
    for (std::byte const one : bytes.first(std::min<std::size_t>(bytes.size(), 16))) {
        text += fmt::format("{:02x}", static_cast<unsigned>(one));
    }
    return text;
}

} // namespace

DumpProgress RouteTable::read(Bytes datagram)
{
    while (auto const head = value_at<nlmsghdr>(datagram)) {
        if (head->nlmsg_len < sizeof(nlmsghdr) || head->nlmsg_len > datagram.size()) return DumpProgress::Failed;
        if ((head->nlmsg_flags & NLM_F_DUMP_INTR) != 0) return DumpProgress::Interrupted;
        auto const message = datagram.subspan(sizeof(nlmsghdr), head->nlmsg_len - sizeof(nlmsghdr));
        switch (head->nlmsg_type) {
        case NLMSG_DONE:
            return DumpProgress::Done;
        case NLMSG_ERROR:
            return DumpProgress::Failed;
        case RTM_NEWLINK:
            read_link(message);
            break;
        case RTM_NEWROUTE:
            read_route(message);
            break;
        default:
            break;
        }
        datagram = behind(datagram, head->nlmsg_len);
    }
    return datagram.empty() ? DumpProgress::More : DumpProgress::Failed;
}

void RouteTable::read_link(Bytes message)
{
    auto const info = value_at<ifinfomsg>(message);
    if (!info || m_links.size() >= kMaxLinks) return;
    Link link;
    link.usable = (info->ifi_flags & IFF_UP) != 0 && (info->ifi_flags & IFF_RUNNING) != 0 &&
                  (info->ifi_flags & IFF_LOOPBACK) == 0;
    for_each_attribute(behind(message, sizeof(ifinfomsg)), [&](int type, Bytes value) {
        if (type != IFLA_IFNAME || value.empty()) return;
        std::string_view const name(reinterpret_cast<char const*>(value.data()), value.size());
        link.name = name.substr(0, name.find('\0'));
    });
    m_links.insert_or_assign(static_cast<std::uint32_t>(info->ifi_index), std::move(link));
}

void RouteTable::read_route(Bytes message)
{
    auto const info = value_at<rtmsg>(message);
    if (!info || info->rtm_dst_len != 0 || info->rtm_type != RTN_UNICAST || (info->rtm_flags & RTM_F_CLONED) != 0 ||
        m_routes.size() >= kMaxDefaultRoutes) {
        return;
    }
    Route route{.family = info->rtm_family, .table = info->rtm_table, .metric = 0, .hops = {}};
    Hop only;
    only.dead = (info->rtm_flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN)) != 0;
    for_each_attribute(behind(message, sizeof(rtmsg)), [&](int type, Bytes value) {
        if (type == RTA_OIF) only.link = value_at<std::uint32_t>(value).value_or(0);
        if (type == RTA_TABLE) route.table = value_at<std::uint32_t>(value).value_or(route.table);
        if (type == RTA_PRIORITY) route.metric = value_at<std::uint32_t>(value).value_or(0);
        if (type == RTA_GATEWAY) only.gateway = hex_of(value);
        if (type != RTA_MULTIPATH) return;
        while (auto const hop = value_at<rtnexthop>(value)) {
            if (hop->rtnh_len < sizeof(rtnexthop) || hop->rtnh_len > value.size()) return;
            route.hops.push_back({.link = static_cast<std::uint32_t>(hop->rtnh_ifindex),
                                  .dead = (hop->rtnh_flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN)) != 0,
                                  .gateway = {}});
            value = behind(value, hop->rtnh_len);
        }
    });
    if (route.table == RT_TABLE_LOCAL) return;
    if (route.hops.empty()) route.hops.push_back(std::move(only));
    m_routes.push_back(std::move(route));
}

bool RouteTable::usable(Hop const& hop) const
{
    if (hop.dead) return false;
    if (hop.link == 0) return true; // a nexthop object; its state is in the flags
    auto const link = m_links.find(hop.link);
    return link != m_links.end() && link->second.usable;
}

bool RouteTable::reaches_outside() const
{
    return std::any_of(m_routes.begin(), m_routes.end(), [this](Route const& route) {
        return std::any_of(route.hops.begin(), route.hops.end(), [this](Hop const& hop) { return usable(hop); });
    });
}

std::string RouteTable::fingerprint() const
{
    auto routes = m_routes;
    std::sort(routes.begin(), routes.end());
    std::string text;
    for (auto const& route : routes) {
        for (auto const& hop : route.hops) {
            if (!usable(hop)) continue;
            auto const link = m_links.find(hop.link);
            text += fmt::format("{}/{}/{} {}%{}\n", route.family, route.table, route.metric, hop.gateway,
                                link == m_links.end() ? std::string() : link->second.name);
        }
    }
    return text;
}

} // namespace latchkey::sources
