// SPDX-License-Identifier: MIT
#pragma once

#include "core/names.h"
#include "core/time.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace latchkey::core {

// What the history (and the journal) can say. 1 to 28 have the numbers and meanings of the Windows event log; 1001 and
// above are ours.
enum class EventNumber : std::uint16_t {
    InstanceCreated = 1,
    InstanceReturned = 2,
    SuspendedByCpuPolicy = 4,
    SuspendedByNetworkPolicy = 5,
    DidNotCompleteAfterCancel = 6,
    TriggerSignalled = 7,
    ConditionChanged = 10,
    PackageChanged = 12,
    Latched = 13,
    Unlatched = 14,
    Dropped = 15,
    BufferedBehindInstance = 16,
    Buffered = 17,
    Unbuffered = 18,
    InstanceCancelled = 19,
    Unregistered = 20,
    ActivationFailed = 21,
    InactiveInstance = 27,
    NotAllowed = 1001,
    Registered = 1002,
    Restarted = 1003,
    Quarantined = 1004,
    QuarantineEnded = 1005,
    ContinuedByCpuPolicy = 1006,
    ClockWentBack = 1007,
    AccessChanged = 1008,
    HostEnded = 1009,
};

// Event 17's BufferingReason, with Windows' numbers.
enum class BufferingReason : std::uint8_t {
    Condition = 0,
    PackageBeingServiced = 1,
    PackageBeingTerminated = 2,
    OnBattery = 3,
    InstanceRunning = 4,
    ComputerBeingRefreshed = 5,
    ResourcePolicy = 6,
    PackageBeingUninstalled = 7,
    QuietHours = 8,
    ServiceExtensionPolicy = 9,
    ErrorReportBeingCollected = 10,
};

// Event 20's DeletionReason, with Windows' numbers.
enum class DeletionReason : std::uint8_t {
    EntryPointGone = 0,
    OneShotActivated = 1,
    TriggerOrConditionDeleted = 2,
    Unregistered = 3,
};

// Event 12's PackageState, with Windows' numbers where there is one.
enum class PackageChange : std::uint8_t {
    ServicingStarted = 0,
    ServicingComplete = 2,
    Uninstalled = 3,
    Installed = 100,
};

struct EventInfo {
    EventNumber number;
    std::string_view name;
    std::string_view first;  // what the field of that name holds; empty: nothing
    std::string_view second; // the same for the second
    // {package} {task} {entry} {first} {second} {text} are filled in by whoever prints it.
    std::string_view text;
};
inline constexpr std::array kEvents{
    EventInfo{EventNumber::InstanceCreated, "InstanceCreated", "trigger_event_type", "restarts",
              "An instance of {task} with entry point {entry} was created"},
    EventInfo{EventNumber::InstanceReturned, "InstanceReturned", "result", "cpu_throttle_count",
              "The instance of {task} returned {first} {text}"},
    EventInfo{EventNumber::SuspendedByCpuPolicy, "SuspendedByCpuPolicy", "used_us", "renews_at_us",
              "Background work item for package \"{package}\" with entry point \"{entry}\" was throttled by sandboxing "
              "policy"},
    EventInfo{EventNumber::SuspendedByNetworkPolicy, "SuspendedByNetworkPolicy", "", "",
              "{task} was suspended by network resource policy"},
    EventInfo{EventNumber::DidNotCompleteAfterCancel, "DidNotCompleteAfterCancel", "reason", "",
              "{task} did not complete in response to a cancel notification; its host was ended"},
    EventInfo{EventNumber::TriggerSignalled, "TriggerSignalled", "trigger_event_type", "registrations",
              "Trigger {first} was signalled to {second} registrations"},
    EventInfo{EventNumber::ConditionChanged, "ConditionChanged", "old_value", "new_value",
              "{text} changed from {first} to {second}"},
    EventInfo{EventNumber::PackageChanged, "PackageChanged", "package_state", "", "{package} is now in state {first}"},
    EventInfo{EventNumber::Latched, "Latched", "condition_type", "condition_value",
              "{task} was latched: condition {first} has value {second}"},
    EventInfo{EventNumber::Unlatched, "Unlatched", "", "", "{task} was unlatched"},
    EventInfo{EventNumber::Dropped, "Dropped", "firings", "", "{first} firings of {task} were dropped: {text}"},
    EventInfo{EventNumber::BufferedBehindInstance, "BufferedBehindInstance", "", "",
              "Activation of {task} was buffered because an instance is already running"},
    EventInfo{EventNumber::Buffered, "Buffered", "buffering_reason", "",
              "Activation of {task} was buffered because of {first}"},
    EventInfo{EventNumber::Unbuffered, "Unbuffered", "buffering_reason", "", "Activation of {task} was unbuffered"},
    EventInfo{EventNumber::InstanceCancelled, "InstanceCancelled", "reason", "",
              "The instance of {task} was cancelled"},
    EventInfo{EventNumber::Unregistered, "Unregistered", "deletion_reason", "", "{task} was unregistered"},
    EventInfo{EventNumber::ActivationFailed, "ActivationFailed", "result", "",
              "{task} failed to activate: {first} {text}"},
    EventInfo{EventNumber::InactiveInstance, "InactiveInstance", "idle_us", "",
              "{task} is being cancelled: its instance is inactive"},
    EventInfo{EventNumber::NotAllowed, "NotAllowed", "access", "",
              "A firing of {task} was not used: {package} is not allowed"},
    EventInfo{EventNumber::Registered, "Registered", "", "", "{task} was registered"},
    EventInfo{EventNumber::Restarted, "Restarted", "restarts", "", "{task} is started again after its host went away"},
    EventInfo{EventNumber::Quarantined, "Quarantined", "restarts", "",
              "{task} is in quarantine after {first} restarts"},
    EventInfo{EventNumber::QuarantineEnded, "QuarantineEnded", "", "", "{task} left quarantine"},
    EventInfo{EventNumber::ContinuedByCpuPolicy, "ContinuedByCpuPolicy", "", "",
              "{package} continues: its quota was renewed"},
    EventInfo{EventNumber::ClockWentBack, "ClockWentBack", "old_due_us", "new_due_us",
              "The clock went back; {task} is due at {second} instead of {first}"},
    EventInfo{EventNumber::AccessChanged, "AccessChanged", "old_access", "new_access", "Access of {package} changed"},
    EventInfo{EventNumber::HostEnded, "HostEnded", "status", "", "The host of {package} ended unexpectedly"},
};

constexpr EventInfo const* find_event(EventNumber number)
{
    for (auto const& row : kEvents) {
        if (row.number == number) return &row;
    }
    return nullptr;
}
constexpr std::string_view name_of(EventNumber number)
{
    auto const* row = find_event(number);
    return row ? row->name : "Unknown";
}

// One line of the history. first and second mean what the event's row says.
struct HistoryEvent {
    EventNumber number{};
    WallTime at{};
    TaskId task{};         // nil: not about one task
    InstanceId instance{}; // 0: not about an instance
    SharedText package;    // empty: not about one package
    std::int64_t first = 0;
    std::int64_t second = 0;
    SharedText text;
};

} // namespace latchkey::core
