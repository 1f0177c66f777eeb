// SPDX-License-Identifier: MIT
#pragma once

#include "core/access.h"
#include "core/completion.h"
#include "core/quota.h"
#include "core/stored_tasks.h"

#include <cstdint>
#include <vector>

namespace latchkey::core {

// An instance that was started and has not ended. A record that is found at start belongs to an interrupted instance.
struct InstanceRecord {
    InstanceId instance;
    TaskId task;
    HostId host;
    WallTime started{};
    bool unconditional = false;
    std::uint8_t restarts = 0;
    std::uint32_t details = 0; // number of the firing in its task's queue; only for triggers with details

    friend bool operator==(InstanceRecord const&, InstanceRecord const&) = default;
};

struct PackageRecord {
    SharedText family;
    SharedText version;
    Access access = Access::Unspecified;
    bool servicing = false;
    QuotaRecord quota;

    friend bool operator==(PackageRecord const&, PackageRecord const&) = default;
};

// How the hosts room knows again, after a crash of the broker, the processes that it must prove gone.
struct HostProcess {
    HostId host;
    std::int64_t pid = 0;
    std::uint64_t start_ticks = 0; // /proc/PID/stat field 22: pids are reused

    friend bool operator==(HostProcess const&, HostProcess const&) = default;
};

// Everything durable that the rules need: what the store reads at start. History and payloads stay in the store. Can be
// moved, not copied: the rules take the tasks over as they are.
struct Snapshot {
    using Task = StoredTasks::Task;

    Guid installation;
    InstanceId last_instance; // the highest number ever used
    std::vector<PackageRecord> packages;
    StoredTasks tasks;
    std::vector<InstanceRecord> instances;
    std::vector<HostProcess> hosts; // the rules only forget them at ProcessesGone
};

} // namespace latchkey::core
