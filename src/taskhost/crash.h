// SPDX-License-Identifier: MIT
#pragma once

// Who ended the process: a fatal signal on a thread that belongs to an instance, or a call of exit there, is written
// into the instance's slot, where the broker finds it when the process is gone.

#include <array>

#include <latchkey/host_protocol.h>

namespace latchkey::taskhost {

// Handlers for the fatal signals and exit(). Once a process, before the first OnInstance.
void watch_for_crashes();

// While it lives, what the calling thread does is done by the instance of this slot. Also gives the thread a stack on
// which an overflow of its own can be reported.
class OnInstance {
public:
    explicit OnInstance(LatchkeyProgressSlot& slot);
    ~OnInstance();
    OnInstance(OnInstance const&) = delete;
    OnInstance& operator=(OnInstance const&) = delete;

private:
    std::array<char, 32768> m_signal_stack;
};

} // namespace latchkey::taskhost
