// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio> // style: only to say what is broken before the process ends
#include <cstdlib>

namespace latchkey::core {

// Ends the process when something is false that can only be false by a bug; in release builds too, because the store is
// a better place to start again from than a broker that is wrong. what states the property positively.
inline void invariant(bool holds, char const* what)
{
    if (holds) [[likely]]
        return;
    std::fprintf(stderr, "latchkey: broken invariant: %s\n", what);
    std::abort();
}

} // namespace latchkey::core
