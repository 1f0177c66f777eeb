// SPDX-License-Identifier: MIT
#pragma once

// What the kernel says about network links and default routes (rtnetlink), and the verdict that conditions need: can
// anything outside be reached at all. Bytes in, values out: no socket here.

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace latchkey::sources {

inline constexpr std::size_t kMaxDefaultRoutes = 256;
inline constexpr std::size_t kMaxLinks = 65'536;

enum class DumpProgress { More, Done, Interrupted, Failed };

class RouteTable {
public:
    // One datagram of the kernel's answer to a dump of links or routes. Interrupted: something changed meanwhile, ask
    // again. Failed: it is none, or the kernel refused.
    DumpProgress read(std::span<std::byte const> datagram);

    // A unicast default route over a link that is up and has a carrier. The route of a cable that was pulled stays in
    // the table, marked; a link that is down has none.
    bool reaches_outside() const;
    // Another text when, and only when, what a program could notice of the network has changed.
    std::string fingerprint() const;

private:
    struct Link {
        std::string name;
        bool usable = false; // up, with a carrier, not the loopback
    };
    struct Hop {
        std::uint32_t link = 0; // 0: not named
        bool dead = false;
        std::string gateway;
        friend auto operator<=>(Hop const&, Hop const&) = default;
    };
    struct Route {
        std::uint8_t family = 0;
        std::uint32_t table = 0;
        std::uint32_t metric = 0;
        std::vector<Hop> hops;
        friend auto operator<=>(Route const&, Route const&) = default;
    };

    void read_link(std::span<std::byte const> message);
    void read_route(std::span<std::byte const> message);
    bool usable(Hop const& hop) const;

    std::map<std::uint32_t, Link> m_links;
    std::vector<Route> m_routes;
};

} // namespace latchkey::sources
