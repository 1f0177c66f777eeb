// SPDX-License-Identifier: MIT
#include "core/access.h"

namespace latchkey::core {
namespace {

bool is_real_time(Trigger const& trigger, SystemTriggerInfo const* system)
{
    if (system) return system->real_time;
    auto const* kind = find_trigger_kind(trigger.kind);
    return kind && kind->real_time;
}

} // namespace

std::string_view name_of(BackgroundAccessStatus status)
{
    switch (status) {
    case BackgroundAccessStatus::Unspecified:
        return "Unspecified";
    case BackgroundAccessStatus::AllowedWithAlwaysOnRealTimeConnectivity:
        return "AllowedWithAlwaysOnRealTimeConnectivity";
    case BackgroundAccessStatus::AllowedMayUseActiveRealTimeConnectivity:
        return "AllowedMayUseActiveRealTimeConnectivity";
    case BackgroundAccessStatus::Denied:
        return "Denied";
    case BackgroundAccessStatus::AlwaysAllowed:
        return "AlwaysAllowed";
    case BackgroundAccessStatus::AllowedSubjectToSystemPolicy:
        return "AllowedSubjectToSystemPolicy";
    case BackgroundAccessStatus::DeniedBySystemPolicy:
        return "DeniedBySystemPolicy";
    case BackgroundAccessStatus::DeniedByUser:
        return "DeniedByUser";
    }
    return "Unspecified";
}

bool may_fire(Profile profile, Access access, Trigger const& trigger)
{
    auto const* system = trigger.kind == TriggerKind::System
                             ? find_system_trigger(static_cast<SystemTriggerType>(trigger.type))
                             : nullptr;
    if (system && system->type == SystemTriggerType::LockScreenApplicationRemoved) return true;
    if (is_on_lock_screen(access)) return true;
    if (access != Access::Unspecified) return false;

    switch (profile) {
    case Profile::DeveloperPreview:
        return trigger.kind != TriggerKind::Time && !is_real_time(trigger, system);
    case Profile::Windows8:
        return trigger.kind != TriggerKind::Time && !is_real_time(trigger, system) &&
               !(system && system->lock_screen_app);
    case Profile::Windows10: // "will only run if RequestAccessAsync was called"
        return trigger.kind != TriggerKind::Time && trigger.kind != TriggerKind::Application;
    }
    return false;
}

} // namespace latchkey::core
