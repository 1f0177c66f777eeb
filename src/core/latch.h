// SPDX-License-Identifier: MIT
#pragma once

#include "core/condition.h"

#include <cstdint>

namespace latchkey::core {

enum class LatchVerdict : std::uint8_t { Wait, Run };

// Condition latching for one registration: remembers that the trigger fired until every condition holds, then says
// "run now" once. Pure: no clock, no I/O, no allocation.
//
//            trigger fires, all conditions hold
//   Idle ------------------------------------------> run, stay Idle
//   Idle --- trigger fires, a condition is false --> Latched
//   Latched -- last missing condition becomes true -> run, Idle
//
// A second trigger while Latched is absorbed: a latch holds one firing, not a count.
class ConditionLatch {
public:
    // required: the conditions added with BackgroundTaskBuilder.AddCondition; empty means "run on every trigger".
    constexpr explicit ConditionLatch(ConditionSet required, bool latched = false)
        : m_required(required), m_latched(latched)
    {}

    [[nodiscard]] constexpr LatchVerdict trigger_fired(ConditionSet holding)
    {
        m_latched = true;
        return conditions_changed(holding);
    }

    // Also the way to ask again after a restart: the state that matters is the snapshot, not the change.
    [[nodiscard]] constexpr LatchVerdict conditions_changed(ConditionSet holding)
    {
        if (!m_latched || !holding.contains(m_required)) return LatchVerdict::Wait;
        m_latched = false;
        return LatchVerdict::Run;
    }

    // The condition that event 13 names: the first one found wrong; Invalid when nothing is missing.
    constexpr Condition first_missing(ConditionSet holding) const { return m_required.without(holding).first(); }

    // True while a firing waits for its conditions. This is the bit that the store keeps across reboots.
    constexpr bool is_latched() const { return m_latched; }

private:
    ConditionSet m_required;
    bool m_latched;
};

} // namespace latchkey::core
