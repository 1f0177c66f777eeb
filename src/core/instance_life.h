// SPDX-License-Identifier: MIT
#pragma once

#include "core/cancellation.h"

#include <cstdint>

namespace latchkey::core {

enum class InstancePhase : std::uint8_t { Starting, Running, Cancelling, Killed };

// The life of one instance, from the decision to start it to its end:
//
//   Starting --- Run was entered ---> Running
//   Starting, Running --- cancel ---> Cancelling --- grace over ---> Killed
//
// It ends (completed, activation failed, host gone) from any phase; the owner then forgets it. The first cancellation
// counts, later ones change nothing; a task is killed once.
class InstanceLife {
public:
    void started()
    {
        if (m_phase == InstancePhase::Starting) m_phase = InstancePhase::Running;
    }

    // True when the task is to be told, which starts its grace.
    [[nodiscard]] bool cancel(CancellationReason reason)
    {
        if (is_cancelled()) return false;
        m_phase = InstancePhase::Cancelling;
        m_reason = reason;
        return true;
    }

    // True when its host is to be killed.
    [[nodiscard]] bool grace_over()
    {
        if (m_phase != InstancePhase::Cancelling) return false;
        m_phase = InstancePhase::Killed;
        return true;
    }

    InstancePhase phase() const { return m_phase; }
    bool is_cancelled() const { return m_phase == InstancePhase::Cancelling || m_phase == InstancePhase::Killed; }
    // Only meaningful once cancelled.
    CancellationReason reason() const { return m_reason; }

private:
    InstancePhase m_phase = InstancePhase::Starting;
    CancellationReason m_reason = CancellationReason::Abort;
};

} // namespace latchkey::core
