// SPDX-License-Identifier: MIT
#pragma once

#include "core/hresult.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace latchkey::core {

// Why the broker says no. Each value has an HRESULT that an application sees, a D-Bus error name and a test.
enum class Refusal : std::uint8_t {
    NoPackageIdentity,
    UnknownPackage,
    PackageIsBeingRemoved,
    UnknownTask,
    DuplicateTaskId,
    EntryPointMissing,
    EntryPointNotDeclared,
    TriggerNotDeclared,
    TriggerMissing,
    TriggerUnknown,
    TriggerUnsupported,
    TriggerMustRepeat,
    FreshnessTooShort,
    FreshnessTooLong,
    ConditionUnknown,
    TooManyConditions,
    TooManyRegistrations,
    TooManyRegistrationsOfPackage,
    TextTooLong,
    OneRegistrationOnly,
    DetailsQueueFull,
    AlreadyRun,
    NotAllowed,
    NotRunning,
    TooManyLockScreenApps,
    AccessDenied,
};

struct RefusalInfo {
    Refusal refusal;
    std::string_view name; // org.latchkey.Error.NAME on D-Bus
    HResult result;
    std::string_view means;
};

inline constexpr std::string_view kErrorNamePrefix = "org.latchkey.Error.";

inline constexpr std::array kRefusals{
    RefusalInfo{Refusal::NoPackageIdentity, "NoPackageIdentity", kNotFound,
                "the calling process belongs to no installed package"},
    RefusalInfo{Refusal::UnknownPackage, "UnknownPackage", kNotFound, "no such package is installed"},
    RefusalInfo{Refusal::PackageIsBeingRemoved, "PackageIsBeingRemoved", kNotFound, "the package is being removed"},
    RefusalInfo{Refusal::UnknownTask, "UnknownTask", kNotFound, "no such task is registered"},
    RefusalInfo{Refusal::DuplicateTaskId, "DuplicateTaskId", kInvalidArgument, "a task with this id exists already"},
    RefusalInfo{Refusal::EntryPointMissing, "EntryPointMissing", kInvalidArgument,
                "the task has no entry point, and its package has no in-process tasks"},
    RefusalInfo{Refusal::EntryPointNotDeclared, "EntryPointNotDeclared", kClassNotRegistered,
                "the package's manifest does not declare this entry point"},
    RefusalInfo{Refusal::TriggerNotDeclared, "TriggerNotDeclared", kClassNotRegistered,
                "the package's manifest does not declare this type of trigger for the entry point"},
    RefusalInfo{Refusal::TriggerMissing, "TriggerMissing", kInvalidArgument, "the task has no trigger"},
    RefusalInfo{Refusal::TriggerUnknown, "TriggerUnknown", kInvalidArgument, "there is no such trigger"},
    RefusalInfo{Refusal::TriggerUnsupported, "TriggerUnsupported", kNotSupported,
                "nothing on Linux could fire this trigger"},
    RefusalInfo{Refusal::TriggerMustRepeat, "TriggerMustRepeat", kInvalidArgument, "this trigger cannot be one-shot"},
    RefusalInfo{Refusal::FreshnessTooShort, "FreshnessTooShort", kInvalidArgument,
                "the freshness time is below the floor (15 minutes unless policy says otherwise)"},
    RefusalInfo{Refusal::FreshnessTooLong, "FreshnessTooLong", kInvalidArgument,
                "the freshness time of a maintenance trigger is above 30 days"},
    RefusalInfo{Refusal::ConditionUnknown, "ConditionUnknown", kInvalidArgument, "there is no such condition"},
    RefusalInfo{Refusal::TooManyConditions, "TooManyConditions", kNotEnoughQuota, "more than 16 conditions"},
    RefusalInfo{Refusal::TooManyRegistrations, "TooManyRegistrations", kNotEnoughQuota,
                "the broker keeps no more registrations"},
    RefusalInfo{Refusal::TooManyRegistrationsOfPackage, "TooManyRegistrationsOfPackage", kNotEnoughQuota,
                "the package has as many registrations as a package may have"},
    RefusalInfo{Refusal::TextTooLong, "TextTooLong", kNotEnoughQuota, "a name is longer than 4 KiB"},
    RefusalInfo{Refusal::OneRegistrationOnly, "OneRegistrationOnly", kNotEnoughQuota,
                "the package has a registration with this trigger already and may have one only"},
    RefusalInfo{Refusal::DetailsQueueFull, "DetailsQueueFull", kNotEnoughQuota,
                "as many firings wait as the task's queue holds"},
    RefusalInfo{Refusal::AlreadyRun, "AlreadyRun", kInvalidState, "the one-shot task has been activated already"},
    RefusalInfo{Refusal::NotAllowed, "NotAllowed", kAccessDenied, "the app may not run in the background"},
    RefusalInfo{Refusal::NotRunning, "NotRunning", kInvalidState, "no instance of the task runs"},
    RefusalInfo{Refusal::TooManyLockScreenApps, "TooManyLockScreenApps", kNotEnoughQuota,
                "as many apps are on the lock screen as may be"},
    RefusalInfo{Refusal::AccessDenied, "AccessDenied", kAccessDenied, "the caller may not do this"},
};

constexpr RefusalInfo const& info_of(Refusal refusal)
{
    return kRefusals[static_cast<std::size_t>(refusal)];
}
static_assert([] {
    for (std::size_t i = 0; i < kRefusals.size(); ++i) {
        if (static_cast<std::size_t>(kRefusals[i].refusal) != i) return false;
    }
    return true;
}());

} // namespace latchkey::core
