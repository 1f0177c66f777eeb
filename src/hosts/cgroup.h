// SPDX-License-Identifier: MIT
#pragma once

// Where the broker has a cgroup of its own (a systemd unit with Delegate=yes, or a folder of the user's), each host is
// made in one of its own below it: nothing that a task starts can leave that, one write stops or kills all of it, and
// its CPU time counts whoever used it. Needs cgroup2 and no controller. Elsewhere sessions and signals have to do.
//
// A cgroup serves one host: one that was killed once kills what is made in it.

#include "ipc/fd.h"
#include "ipc/io.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace latchkey::hosts {

// Of one host.
class HostCgroup {
public:
    HostCgroup(std::string folder, ipc::Fd descriptor);
    ~HostCgroup() { remove(); }
    HostCgroup(HostCgroup const&) = delete;
    HostCgroup& operator=(HostCgroup const&) = delete;

    int descriptor() const { return m_descriptor.get(); } // of the folder, for the clone
    // False: this kernel cannot; signals have to do.
    bool kill() const;
    bool set_frozen(bool frozen) const;
    // Kills whoever is still in it and takes the folder away. False: they are not gone yet.
    bool remove();
    // Of everybody who was ever in it.
    std::optional<std::chrono::microseconds> cpu() const;

private:
    bool write(char const* file, char const* text) const;

    std::string m_folder; // empty: it is gone
    ipc::Fd const m_descriptor;
};

class CgroupTree {
public:
    // Nothing: there is no cgroup that is ours to divide.
    CgroupTree() = default;
    // Looks for the one that this process is in. Ends what a broker before us left in it.
    static CgroupTree find();

    bool ours() const { return !m_folder.empty(); }
    std::string const& folder() const { return m_folder; }
    // Null when there is none, or it cannot be made.
    std::unique_ptr<HostCgroup> make(std::uint64_t host) const;
    // The number of the host in whose cgroup the process is; 0: in none.
    std::uint64_t host_of(pid_t pid) const;

private:
    std::string m_folder;
    std::string m_path; // as /proc/PID/cgroup has it
};

} // namespace latchkey::hosts
