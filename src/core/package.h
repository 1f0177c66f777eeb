// SPDX-License-Identifier: MIT
#pragma once

#include "core/completion.h"
#include "core/instance_life.h"
#include "core/quota.h"
#include "core/registration.h"
#include "core/snapshot.h"
#include "core/task.h"

#include <memory>
#include <optional>
#include <vector>

namespace latchkey::core {

// A running instance in memory.
struct Instance {
    InstanceId id; // 0: the slot is free
    Index task = kNone;
    Index host = kNone;
    InstanceLife life;
    BootTime run_limit_at = BootTime::max(); // max: none
    BootTime idle_at = BootTime::max();
    BootTime grace_ends = BootTime::max();
    BootTime frozen_since{}; // while its host is frozen its limits stand still
    WallTime started{};
    std::uint32_t suspended_count = 0;
    std::uint32_t progress = 0;
    std::uint32_t details = 0;
    bool has_details = false;
    bool unconditional = false;
};

// A host process in memory: one for each app, kind and resource group, unless one of its tasks is being cancelled.
struct Host {
    HostId id; // 0: the slot is free
    Index package = kNone;
    HostKind kind = HostKind::SystemHost;
    std::uint32_t resource_group = 0; // number in the NameTable
    std::uint32_t instances = 0;
    std::uint32_t cancelling = 0;
    bool killed = false; // nothing new may start in it; it stays until HostExited
    bool frozen = false;
};

// The group that an app gave to registrations: a name space of its own.
struct TaskGroup {
    std::uint32_t id = 0; // numbers in the NameTable
    std::uint32_t name = 0;
    std::uint32_t tasks = 0;
};

struct Package {
    SharedText family;
    SharedText version;
    std::shared_ptr<PackageDeclaration const> declaration; // null until PackageConfigured
    Access access = Access::Unspecified;
    AppState app = AppState::Terminated;
    bool foreground = false;
    bool servicing = false;
    bool removed = false; // uninstalled; forgotten when its last instance has ended
    bool dirty = false;
    CpuQuota quota;
    PackageList tasks;
    WaitingList waiting; // for the package: serviced, out of budget, too many instances, app host going
    std::uint32_t running = 0;
    std::vector<TaskGroup> groups;

    // Foreground apps are exempt from the budget.
    bool throttled() const { return quota.exhausted() && !foreground; }
};

} // namespace latchkey::core
