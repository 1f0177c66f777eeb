// SPDX-License-Identifier: MIT
#pragma once

// The memory that a host and the broker share: one slot an instance. The host may write anything into it at any time,
// so what is read is only ever a number. Its size cannot be changed by the host, or looking would end the broker.

#include "ipc/fd.h"
#include "ipc/io.h"

#include <cstdint>
#include <optional>

#include <latchkey/host_protocol.h>

namespace latchkey::hosts {

class ProgressPage {
public:
    ProgressPage() = default;
    static ipc::Io<ProgressPage> create();
    ProgressPage(ProgressPage&& other) noexcept;
    ProgressPage& operator=(ProgressPage&& other) noexcept;
    ~ProgressPage();

    int memory() const { return m_memory.get(); }
    int wake() const { return m_wake.get(); } // readable: a slot has changed
    // The host has its own of both by now, or never will.
    void close_memory() { m_memory.reset(); }

    // Before the slot's instance is activated.
    void clear(std::uint32_t slot, std::uint32_t suspended_count);
    void set_suspended_count(std::uint32_t slot, std::uint32_t count);
    // The value, when it was set since the last call.
    std::optional<std::uint32_t> take(std::uint32_t slot);
    // How the instance ended the process; 0: it did not, as far as is known.
    std::uint32_t culprit(std::uint32_t slot) const;
    // Makes wake() unreadable until the host changes something again.
    void hear();

private:
    LatchkeyProgressSlot* m_slots = nullptr;
    ipc::Fd m_memory;
    ipc::Fd m_wake;
};

} // namespace latchkey::hosts
