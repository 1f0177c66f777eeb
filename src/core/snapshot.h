// SPDX-License-Identifier: MIT
#pragma once

#include "core/access.h"
#include "core/completion.h"
#include "core/quota.h"
#include "core/registration.h"

#include <cstdint>
#include <vector>

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

// Everything durable that the rules need: what the store reads at start. History and payloads stay in the store.
struct Snapshot {
    struct Task {
        Registration registration;
        TaskState state;
        InstanceId undelivered; // of the stored completion; 0: none
        std::uint32_t details_first = 0;
        std::uint8_t details_count = 0;
    };
    Guid installation;
    InstanceId last_instance; // the highest number ever used
    std::vector<PackageRecord> packages;
    std::vector<Task> tasks;
    std::vector<InstanceRecord> instances;
    std::vector<HostProcess> hosts; // not used by the rules
};

} // namespace latchkey::core
