// SPDX-License-Identifier: MIT
#include "core/registration.h"

namespace latchkey::core {
namespace {

std::optional<Refusal> check_trigger(Trigger const& trigger, Policy const& policy)
{
    if (trigger.kind == TriggerKind::Invalid) return Refusal::TriggerMissing;
    auto const* kind = find_trigger_kind(trigger.kind);
    if (!kind) return Refusal::TriggerUnknown;
    if (kind->meaning == Meaning::Nothing) return Refusal::TriggerUnsupported;
    if (trigger.parameter.size() > policy.max_text_bytes) return Refusal::TextTooLong;

    if (trigger.kind == TriggerKind::System) {
        auto const type = static_cast<SystemTriggerType>(trigger.type);
        auto const* row = find_system_trigger(type);
        if (!row) return Refusal::TriggerUnknown;
        if (row->meaning == Meaning::Nothing) return Refusal::TriggerUnsupported;
        if (type == SystemTriggerType::ControlChannelReset && trigger.one_shot) return Refusal::TriggerMustRepeat;
    }
    if (trigger.kind == TriggerKind::Preview && !find_preview_trigger(static_cast<PreviewTriggerType>(trigger.type))) {
        return Refusal::TriggerUnknown;
    }
    if (is_timed(trigger.kind)) {
        Duration const freshness = policy.freshness_unit * std::int64_t{trigger.freshness_minutes};
        if (freshness <= Duration::zero() || freshness < policy.freshness_floor) return Refusal::FreshnessTooShort;
        if (trigger.kind == TriggerKind::Maintenance && freshness > policy.maintenance_freshness_max) {
            return Refusal::FreshnessTooLong;
        }
    }
    return std::nullopt;
}

} // namespace

DeclaredEntryPoint const* PackageDeclaration::find(std::string_view entry_point) const
{
    for (auto const& declared : entry_points) {
        if (declared.name == entry_point) return &declared;
    }
    return nullptr;
}

std::optional<Refusal> check(RegisterRequest const& request, PackageDeclaration const& declaration,
                             Policy const& policy)
{
    for (auto const* text : {&request.name, &request.entry_point, &request.group_id, &request.group_name}) {
        if (text->size() > policy.max_text_bytes) return Refusal::TextTooLong;
    }
    if (request.conditions.size() > policy.max_conditions) return Refusal::TooManyConditions;
    for (Condition const condition : request.conditions) {
        auto const* row = find_condition(condition);
        if (!row || !row->registrable) return Refusal::ConditionUnknown;
    }
    if (auto const refusal = check_trigger(request.trigger, policy)) return refusal;

    if (request.entry_point.empty()) {
        if (!declaration.in_process_tasks) return Refusal::EntryPointMissing;
        return std::nullopt; // in-process tasks are not declared
    }
    auto const* declared = declaration.find(request.entry_point);
    if (!declared) return Refusal::EntryPointNotDeclared;
    if (!declared->types.intersects(find_trigger_kind(request.trigger.kind)->declared_as)) {
        return Refusal::TriggerNotDeclared;
    }
    return std::nullopt;
}

ConditionSet required_conditions(ConditionSet registered, TriggerKind kind)
{
    return kind == TriggerKind::Maintenance ? registered.with(Condition::ExternalPower) : registered;
}

} // namespace latchkey::core
