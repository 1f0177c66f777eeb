// SPDX-License-Identifier: MIT
#pragma once

#include "core/access.h"
#include "core/quota.h"
#include "core/time.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace latchkey::core {

// What no policy can raise: an activation with all of it still fits one message to a host, and that many instances one
// host (latchkey/host_protocol.h).
inline constexpr std::uint32_t kMaxTextBytesEver = 4096;
inline constexpr std::uint32_t kMaxDetailsBytesEver = 64 * 1024;
inline constexpr std::uint32_t kMaxRunningPerPackageEver = 64;

// Every number that the rules use. One policy file sets them (the broker reads it); policy_of gives the three profiles.
// A duration of zero means "no such limit" where the comment says so.
struct Policy {
    Profile profile = Profile::DeveloperPreview;
    Access unasked = Access::Unspecified; // of an app that asks while nobody can be asked

    // Time triggers.
    Duration freshness_unit = std::chrono::minutes(1); // what one of FreshnessTime's minutes is; tests shrink it
    Duration freshness_floor = std::chrono::minutes(15);
    Duration timer_grid = std::chrono::minutes(15); // ticks are multiples of it since 1970, UTC
    Duration maintenance_freshness_max = std::chrono::days(30);
    // A clock that went back by more than this made every recorded due time wrong: they are moved to the new clock. By
    // less, they stand, so that no tick is served twice.
    Duration clock_back_tolerance = std::chrono::hours(24);

    // Budgets, per app over all its tasks. A cpu of zero: no budget.
    QuotaLimits lock_screen_quota{std::chrono::seconds(2), std::chrono::minutes(15)};
    QuotaLimits other_quota{std::chrono::seconds(1), std::chrono::hours(2)};

    // Cancellation and limits of one instance; zero: none.
    Duration cancel_grace = std::chrono::seconds(5);
    Duration run_limit{};         // wall clock, then ExecutionTimeExceeded
    Duration request_run_limit{}; // the same for ApplicationTrigger, MediaProcessingTrigger, MaintenanceTrigger
    Duration idle_limit = std::chrono::minutes(10); // without any activity reported, then IdleTask
    Duration host_linger{};                         // how long a host stays after its last task

    // Admission: more than this is not started at once; the rest waits its turn.
    std::uint32_t max_running = 256;
    std::uint32_t max_running_per_package = 32;

    // What is kept.
    std::uint32_t max_registrations = 200'000;
    std::uint32_t max_registrations_per_package = 1'000;
    std::uint32_t max_conditions = 16;
    std::uint32_t max_text_bytes = 4096;
    std::uint32_t max_details = 64;                   // firings that wait for one registration
    std::uint32_t max_details_bytes = 64 * 1024;      // of one firing
    std::uint32_t max_restarts = 3;                   // of one firing, after the broker or the machine died under it
    std::uint32_t max_lock_screen_apps = 0;           // zero: any number
    Duration spent_retention = std::chrono::days(30); // a one-shot that has run, while its completion is not delivered
};

Policy policy_of(Profile profile);

// What is wrong with a policy, in words that name the number; nullopt when it can be used. A broker asserts this.
std::optional<std::string> check(Policy const& policy);

} // namespace latchkey::core
