// SPDX-License-Identifier: MIT
//
// An event is an eventfd, so that waiting for it with a time limit, and from the thread pool, is waiting for a
// descriptor. Set means readable.
#pragma once

namespace latchkey::compat {

struct Event {
    int descriptor;
    bool manual_reset;

    // After the descriptor was seen readable: false when another waiter of an auto-reset event took the signal.
    bool take() const;
};

} // namespace latchkey::compat
