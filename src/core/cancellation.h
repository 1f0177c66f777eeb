// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace latchkey::core {

// BackgroundTaskCancellationReason of Windows, with its numbers.
enum class CancellationReason : std::uint8_t {
    Abort = 0,
    Terminating = 1,
    LoggingOff = 2,
    ServicingUpdate = 3,
    IdleTask = 4,
    Uninstall = 5,
    ConditionLoss = 6,
    SystemPolicy = 7,
    QuietHoursEntered = 8,
    ExecutionTimeExceeded = 9,
    ResourceRevocation = 10,
    EnergySaver = 11,
};

struct CancellationReasonInfo {
    CancellationReason reason;
    std::string_view name;
    std::string_view means; // completes "cancelled because …"
};
inline constexpr std::array kCancellationReasons{
    CancellationReasonInfo{CancellationReason::Abort, "Abort", "it was unregistered, cancelled or lost external power"},
    CancellationReasonInfo{CancellationReason::Terminating, "Terminating", "the app is about to be terminated"},
    CancellationReasonInfo{CancellationReason::LoggingOff, "LoggingOff", "the user logs off"},
    CancellationReasonInfo{CancellationReason::ServicingUpdate, "ServicingUpdate", "the app is being updated"},
    CancellationReasonInfo{CancellationReason::IdleTask, "IdleTask", "it was active but did nothing"},
    CancellationReasonInfo{CancellationReason::Uninstall, "Uninstall", "the app was removed"},
    CancellationReasonInfo{CancellationReason::ConditionLoss, "ConditionLoss", "a condition no longer holds"},
    CancellationReasonInfo{CancellationReason::SystemPolicy, "SystemPolicy",
                           "the app may no longer run in the background"},
    CancellationReasonInfo{CancellationReason::QuietHoursEntered, "QuietHoursEntered", "quiet hours began"},
    CancellationReasonInfo{CancellationReason::ExecutionTimeExceeded, "ExecutionTimeExceeded",
                           "it ran longer than allowed"},
    CancellationReasonInfo{CancellationReason::ResourceRevocation, "ResourceRevocation",
                           "the system needs the resources"},
    CancellationReasonInfo{CancellationReason::EnergySaver, "EnergySaver", "energy is being saved"},
};

constexpr CancellationReasonInfo const& info_of(CancellationReason reason)
{
    return kCancellationReasons[static_cast<std::size_t>(reason)];
}
constexpr std::string_view name_of(CancellationReason reason)
{
    return info_of(reason).name;
}
constexpr std::optional<CancellationReason> parse_cancellation_reason(std::string_view name)
{
    for (auto const& row : kCancellationReasons) {
        if (row.name == name) return row.reason;
    }
    return std::nullopt;
}
static_assert([] {
    for (std::size_t i = 0; i < kCancellationReasons.size(); ++i) {
        if (static_cast<std::size_t>(kCancellationReasons[i].reason) != i) return false;
    }
    return true;
}());

} // namespace latchkey::core
