// SPDX-License-Identifier: MIT
#pragma once

#include "core/condition.h"
#include "core/hresult.h"
#include "core/time.h"

#include <cstdint>

namespace latchkey::core {

// The changing part of a registration that survives a crash.
struct TaskState {
    // Timed triggers: when it is due next (before the grid). A spent one-shot: when it is forgotten at the latest.
    WallTime due{};
    bool pending = false; // a firing waits: latched, buffered, or for its turn
    WallTime pending_since{};
    Condition first_missing = Condition::Invalid; // when it was latched; Invalid: it waits for something else
    bool unconditional = false;                   // the waiting firing was asked for by "fire --now"
    bool spent = false;                           // a one-shot that has been activated: never fires again
    bool quarantined = false;
    bool sibling_restarted = false; // the firing was started again after another task ended its host: not a second time
    std::uint8_t restarts = 0;      // of the firing that waits or runs
    WallTime last_ended{};          // epoch: never ran
    HResult last_result = kOk;

    friend bool operator==(TaskState const&, TaskState const&) = default;
};

} // namespace latchkey::core
