// SPDX-License-Identifier: MIT
#include "broker/random_guid.h"

#include "core/invariant.h"

#include <sys/random.h>

namespace latchkey::broker {

core::Guid random_guid()
{
    core::Guid guid;
    bool const complete = ::getrandom(&guid, sizeof guid, 0) == static_cast<ssize_t>(sizeof guid);
    core::invariant(complete, "the kernel gives 16 random bytes at once");
    guid.high = (guid.high & ~0xf000ULL) | 0x4000ULL;
    guid.low = (guid.low & ~0xc000000000000000ULL) | 0x8000000000000000ULL;
    return guid;
}

} // namespace latchkey::broker
