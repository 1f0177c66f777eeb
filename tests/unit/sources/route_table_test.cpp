// SPDX-License-Identifier: MIT
#include "sources/route_table.h"

#include <cstring>
#include <initializer_list>
#include <string_view>

#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

namespace latchkey::sources {
namespace {

// Writes datagrams as the kernel does.
class Datagram {
public:
    Datagram& link(std::uint32_t index, unsigned flags)
    {
        ifinfomsg info{};
        info.ifi_index = static_cast<int>(index);
        info.ifi_flags = flags;
        begin(RTM_NEWLINK, &info, sizeof info);
        attribute(IFLA_IFNAME, "network", 8);
        return end();
    }
    Datagram& route(std::uint32_t link, unsigned flags = 0, unsigned char type = RTN_UNICAST,
                    std::uint32_t table = RT_TABLE_MAIN)
    {
        begin_route(flags, type);
        attribute(RTA_OIF, &link, sizeof link);
        attribute(RTA_TABLE, &table, sizeof table);
        return end();
    }
    Datagram& multipath_route(std::initializer_list<std::pair<std::uint32_t, unsigned>> hops)
    {
        begin_route(0, RTN_UNICAST);
        std::string list;
        for (auto const& [link, flags] : hops) {
            rtnexthop hop{};
            hop.rtnh_len = sizeof hop;
            hop.rtnh_flags = static_cast<unsigned char>(flags);
            hop.rtnh_ifindex = static_cast<int>(link);
            list.append(reinterpret_cast<char const*>(&hop), sizeof hop);
        }
        attribute(RTA_MULTIPATH, list.data(), list.size());
        return end();
    }
    Datagram& done()
    {
        int const zero = 0;
        begin(NLMSG_DONE, &zero, sizeof zero);
        return end();
    }
    Datagram& flags(unsigned short flags)
    {
        nlmsghdr head{};
        std::memcpy(&head, m_bytes.data() + m_message, sizeof head);
        head.nlmsg_flags = static_cast<unsigned short>(head.nlmsg_flags | flags);
        std::memcpy(m_bytes.data() + m_message, &head, sizeof head);
        return *this;
    }

    std::string const& bytes() const { return m_bytes; }

private:
    void begin_route(unsigned flags, unsigned char type)
    {
        rtmsg info{};
        info.rtm_family = AF_INET;
        info.rtm_type = type;
        info.rtm_flags = flags;
        begin(RTM_NEWROUTE, &info, sizeof info);
    }
    void begin(std::uint16_t type, void const* body, std::size_t length)
    {
        m_message = m_bytes.size();
        nlmsghdr head{};
        head.nlmsg_type = type;
        m_bytes.append(reinterpret_cast<char const*>(&head), sizeof head);
        m_bytes.append(static_cast<char const*>(body), length);
    }
    void attribute(unsigned short type, void const* value, std::size_t length)
    {
        m_bytes.resize((m_bytes.size() + 3) & ~std::size_t{3});
        rtattr head{};
        head.rta_type = type;
        head.rta_len = static_cast<unsigned short>(sizeof head + length);
        m_bytes.append(reinterpret_cast<char const*>(&head), sizeof head);
        m_bytes.append(static_cast<char const*>(value), length);
    }
    Datagram& end()
    {
        auto const length = static_cast<std::uint32_t>(m_bytes.size() - m_message);
        std::memcpy(m_bytes.data() + m_message, &length, sizeof length);
        m_bytes.resize((m_bytes.size() + 3) & ~std::size_t{3});
        return *this;
    }

    std::string m_bytes;
    std::size_t m_message = 0;
};

DumpProgress read(RouteTable& table, std::string_view bytes)
{
    return table.read(std::as_bytes(std::span(bytes)));
}

constexpr unsigned kUp = IFF_UP | IFF_RUNNING;

bool reaches(Datagram const& datagram)
{
    RouteTable table;
    EXPECT_EQ(read(table, datagram.bytes()), DumpProgress::More);
    return table.reaches_outside();
}

TEST(RouteTableTest, ReachesOutsideByADefaultRouteOverALinkThatRuns)
{
    EXPECT_TRUE(reaches(Datagram().link(2, kUp).route(2)));
    EXPECT_FALSE(reaches(Datagram().link(2, kUp)));
    EXPECT_FALSE(reaches(Datagram().link(2, IFF_UP).route(2))) << "no carrier";
    EXPECT_FALSE(reaches(Datagram().link(2, kUp).route(3))) << "a link that is not there";
    EXPECT_FALSE(reaches(Datagram().link(1, kUp | IFF_LOOPBACK).route(1)));
    EXPECT_FALSE(reaches(Datagram().link(2, kUp).route(2, RTNH_F_LINKDOWN)));
    EXPECT_FALSE(reaches(Datagram().link(2, kUp).route(2, RTNH_F_DEAD)));
    EXPECT_FALSE(reaches(Datagram().link(2, kUp).route(2, 0, RTN_UNREACHABLE)));
    EXPECT_FALSE(reaches(Datagram().link(2, kUp).route(2, 0, RTN_UNICAST, RT_TABLE_LOCAL)));
}

TEST(RouteTableTest, ReachesOutsideByAnyOfSeveralWays)
{
    EXPECT_TRUE(reaches(Datagram().link(2, IFF_UP).link(3, kUp).multipath_route({{2, 0}, {3, 0}})));
    EXPECT_FALSE(
        reaches(Datagram().link(2, kUp).link(3, kUp).multipath_route({{2, RTNH_F_LINKDOWN}, {3, RTNH_F_DEAD}})));
    EXPECT_TRUE(reaches(Datagram().route(0))) << "a nexthop object names no link; the kernel's flags say that it lives";
}

TEST(RouteTableTest, HasAnotherFingerprintOnlyWhenTheWayOutIsAnother)
{
    auto const of = [](Datagram const& datagram) {
        RouteTable table;
        read(table, datagram.bytes());
        return table.fingerprint();
    };
    auto const one = of(Datagram().link(2, kUp).link(3, kUp).route(2));
    EXPECT_EQ(one, of(Datagram().link(2, kUp).route(2))) << "a link without a way out does not matter";
    EXPECT_EQ(one, of(Datagram().link(2, kUp).route(2).route(9)));
    EXPECT_NE(one, of(Datagram().link(2, kUp).link(3, kUp).route(2).route(3)));
    EXPECT_EQ(of(Datagram().link(2, IFF_UP).route(2)), "");
}

TEST(RouteTableTest, KnowsTheEndOfAnAnswerAndThatItMustBeAskedAgain)
{
    RouteTable table;
    EXPECT_EQ(read(table, Datagram().link(2, kUp).done().bytes()), DumpProgress::Done);
    EXPECT_EQ(read(table, Datagram().link(2, kUp).flags(NLM_F_DUMP_INTR).bytes()), DumpProgress::Interrupted);
}

TEST(RouteTableTest, RefusesAMessageThatEndsAnywhere)
{
    auto const whole = Datagram().link(2, kUp).route(2).bytes();
    for (std::size_t length = 1; length < whole.size(); ++length) {
        RouteTable table;
        auto const progress = read(table, std::string_view(whole).substr(0, length));
        auto const first = Datagram().link(2, kUp).bytes().size();
        EXPECT_EQ(progress, length == first ? DumpProgress::More : DumpProgress::Failed) << length;
    }
}

} // namespace
} // namespace latchkey::sources
