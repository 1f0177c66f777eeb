// SPDX-License-Identifier: MIT
// /etc/localtime may be anything.
#include "sources/zone_file.h"

using namespace latchkey;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    auto const zone = sources::ZoneFile::parse({reinterpret_cast<char const*>(data), size});
    if (!zone) return 0;
    for (std::int64_t seconds : {-4'000'000'000LL, 0LL, 1'800'000'000LL, 4'000'000'000LL}) {
        auto const time = core::WallTime(std::chrono::seconds(seconds));
        auto const next = zone->next_change_after(time);
        // The offset is another one at the next change, and not before.
        if (next && (*next <= time || zone->offset_at(*next) == zone->offset_at(time))) __builtin_trap();
    }
    return 0;
}
