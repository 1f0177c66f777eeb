// SPDX-License-Identifier: MIT
#pragma once

#include "core/trigger.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace latchkey::core {

// Which Windows the rules about access and budgets follow.
enum class Profile : std::uint8_t { DeveloperPreview, Windows8, Windows10 };

// What was decided about an app's work in the background. Allowed and AlwaysAllowed are "on the lock screen".
enum class Access : std::uint8_t { Unspecified, Allowed, AlwaysAllowed, DeniedByUser, DeniedByPolicy };

// BackgroundAccessStatus of Windows, with its numbers.
enum class BackgroundAccessStatus : std::uint8_t {
    Unspecified = 0,
    AllowedWithAlwaysOnRealTimeConnectivity = 1,
    AllowedMayUseActiveRealTimeConnectivity = 2,
    Denied = 3,
    AlwaysAllowed = 4,
    AllowedSubjectToSystemPolicy = 5,
    DeniedBySystemPolicy = 6,
    DeniedByUser = 7,
};

struct ProfileInfo {
    Profile profile;
    std::string_view name;
};
inline constexpr std::array kProfiles{
    ProfileInfo{Profile::DeveloperPreview, "developer-preview"},
    ProfileInfo{Profile::Windows8, "windows-8"},
    ProfileInfo{Profile::Windows10, "windows-10"},
};

struct AccessInfo {
    Access access;
    std::string_view name;               // in the store and on the command line
    BackgroundAccessStatus as_windows_8; // also the Developer Preview's
    BackgroundAccessStatus as_windows_10;
};
inline constexpr std::array kAccess{
    AccessInfo{Access::Unspecified, "unspecified", BackgroundAccessStatus::Unspecified,
               BackgroundAccessStatus::Unspecified},
    AccessInfo{Access::Allowed, "allowed", BackgroundAccessStatus::AllowedMayUseActiveRealTimeConnectivity,
               BackgroundAccessStatus::AllowedSubjectToSystemPolicy},
    AccessInfo{Access::AlwaysAllowed, "always-allowed", BackgroundAccessStatus::AllowedWithAlwaysOnRealTimeConnectivity,
               BackgroundAccessStatus::AlwaysAllowed},
    AccessInfo{Access::DeniedByUser, "denied-by-user", BackgroundAccessStatus::Denied,
               BackgroundAccessStatus::DeniedByUser},
    AccessInfo{Access::DeniedByPolicy, "denied-by-policy", BackgroundAccessStatus::Denied,
               BackgroundAccessStatus::DeniedBySystemPolicy},
};

constexpr AccessInfo const& info_of(Access access)
{
    return kAccess[static_cast<std::size_t>(access)];
}
constexpr std::string_view name_of(Access access)
{
    return info_of(access).name;
}
constexpr std::string_view name_of(Profile profile)
{
    return kProfiles[static_cast<std::size_t>(profile)].name;
}
constexpr BackgroundAccessStatus status_of(Profile profile, Access access)
{
    return profile == Profile::Windows10 ? info_of(access).as_windows_10 : info_of(access).as_windows_8;
}
constexpr bool is_on_lock_screen(Access access)
{
    return access == Access::Allowed || access == Access::AlwaysAllowed;
}
constexpr bool is_denied(Access access)
{
    return access == Access::DeniedByUser || access == Access::DeniedByPolicy;
}
std::string_view name_of(BackgroundAccessStatus status);

// Whether a firing of this trigger may be used by an app with this access. Registering is always allowed.
// LockScreenApplicationRemoved is the one that an app hears although it was just denied.
bool may_fire(Profile profile, Access access, Trigger const& trigger);

} // namespace latchkey::core
