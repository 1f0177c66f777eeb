// SPDX-License-Identifier: MIT
// What the kernel, or somebody who pretends to be it, may write to a netlink socket.
#include "sources/route_table.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    latchkey::sources::RouteTable table;
    (void)table.read(std::as_bytes(std::span(data, size)));
    if (table.reaches_outside() && table.fingerprint().empty()) __builtin_trap();
    return 0;
}
