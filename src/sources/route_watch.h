// SPDX-License-Identifier: MIT
#pragma once

// Tells the kernel's links and default routes: once soon, then whenever something about them changed. Needs no
// privilege. A burst of news is answered by one look.

#include "ipc/event_loop.h"
#include "ipc/fd.h"
#include "ipc/io.h"
#include "sources/route_table.h"

#include <chrono>
#include <functional>

namespace latchkey::sources {

inline constexpr std::chrono::milliseconds kRouteSettle{50};

class RouteWatch {
public:
    using Told = std::function<void(ipc::Io<RouteTable> const&)>;

    RouteWatch(ipc::EventLoop& loop, Told told);
    RouteWatch(RouteWatch const&) = delete;
    RouteWatch& operator=(RouteWatch const&) = delete;

    ipc::Io<void> start();
    void stop();

private:
    void news();
    void look();

    ipc::EventLoop& m_loop;
    Told m_told;
    ipc::Fd m_socket;
    ipc::Source m_ready;
    ipc::Source m_settled;
    bool m_settling = false;
};

// What the kernel has now.
ipc::Io<RouteTable> read_route_table();

} // namespace latchkey::sources
