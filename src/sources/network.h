// SPDX-License-Identifier: MIT
#pragma once

// The network: whether the Internet can be reached, at what cost, and when that changes. NetworkManager is believed
// where it runs (it asks a server, and knows what is metered); else the kernel's default routes decide, and a network
// whose cost nobody tells is free. A NetworkManager that manages no connection is not believed over a default route.

#include "sources/sources.h"
#include "sources/system_bus.h"

namespace latchkey::sources {

// NetworkStateChange is told once for what happens within this time.
inline constexpr std::chrono::milliseconds kNetworkFold{1000};

std::unique_ptr<Source> make_network_source(ipc::EventLoop& loop, SystemBus& bus, Happened happened);

} // namespace latchkey::sources
