// SPDX-License-Identifier: MIT
#pragma once

// A machine of the test's own, where the kernel lets an ordinary user have one: a network with one cable, and a boot id
// that changes when the test says that the machine was started again.

#include "ipc/fd.h"

#include <string>

namespace latchkey::test {

class Machine {
public:
    // Puts this process into such a machine and starts it anew, as an ordinary user without privileges; comes back only
    // in the new process. Without namespaces everything else is the same, and why() says what was not possible.
    static void enter(int count, char** words);
    // In the new process.
    static Machine& of_this_process();

    ~Machine();
    Machine(Machine const&) = delete;

    bool is_own() const { return m_why.empty(); }
    std::string const& why() const { return m_why; }
    // The kernel has it when this returns; brokers hear of it a little later.
    void plug(bool in);
    void new_boot();
    // A folder on a disk of its own that is soon full; only where the machine is our own.
    std::string const& small_disk() const { return m_small_disk; }

private:
    Machine();

    ipc::Fd m_cable;
    std::string m_boot_file;
    std::string m_small_disk;
    std::string m_why;
};

} // namespace latchkey::test
