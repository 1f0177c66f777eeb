// SPDX-License-Identifier: MIT
#pragma once

#include "core/cancellation.h"
#include "core/completion.h"
#include "core/condition.h"
#include "core/names.h"
#include "core/registration.h"
#include "core/snapshot.h"
#include "core/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace latchkey::core {

// The one reason why a task does not run at this moment, or that it does.
enum class Verdict : std::uint8_t {
    Runs,
    BeingCancelled,
    Throttled,       // it runs, but is frozen: the budget is used up
    Spent,           // a one-shot that has run
    WaitsForTrigger, // nothing has fired
    NotAllowed,      // a firing would not be used
    BufferedBehindInstance,
    WaitsForConditions,
    PackageBeingServiced,
    PackageNotReadable, // its manifest was not given since the broker started
    QuotaUsedUp,
    TooManyOfPackage,
    HostGoing, // the app's process is being ended
    WaitsForItsTurn,
    Quarantined,
    BrokerStarting,
    SessionEnding,
};

struct ConditionNow {
    Condition condition{};
    bool holds = false;
    FactValue value = FactValue::Unknown; // of the fact behind it
    WallTime since{};                     // epoch: never told
    std::string source;                   // empty: no source has told
};

// Everything that `latchkey why` shows about one task, in the order in which it shows it.
struct Explanation {
    Registration registration;
    TaskState state;
    Verdict verdict{};
    std::string sentence; // answers "why has it not run?" in one sentence
    std::vector<ConditionNow> conditions;
    Access access{};
    bool may_fire = false;
    bool quota_limited = false;
    bool foreground = false;
    Duration quota_used{};
    Duration quota_cpu{};
    std::optional<Duration> quota_renews_in;
    AppState app{};
    std::optional<InstanceId> instance; // the one that runs
    WallTime instance_started{};
    std::uint32_t progress = 0;
    std::uint32_t suspended_count = 0;
    std::optional<CancellationReason> cancelled;
    bool buffered = false;             // one more firing waits behind it
    std::uint32_t details_waiting = 0; // firings with details, with the one that runs
    std::optional<WallTime> next_run;  // timed triggers: the tick at which it is due
    InstanceId undelivered;
};

std::string_view name_of(Verdict verdict);

} // namespace latchkey::core
