// SPDX-License-Identifier: MIT
#pragma once

#include "core/condition.h"
#include "core/names.h"
#include "core/policy.h"
#include "core/refusal.h"
#include "core/trigger.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace latchkey::core {

// In what process an instance runs. The packages room decides it from the manifest's schema (design, Package).
enum class HostKind : std::uint8_t {
    SystemHost, // latchkey-host, in the app's container
    ScriptHost, // latchkey-jshost
    AppProcess, // the app's process, the class activated on another thread
    InProcess,  // the app's process, no entry point: BackgroundActivated
};
constexpr bool is_app_hosted(HostKind kind)
{
    return kind == HostKind::AppProcess || kind == HostKind::InProcess;
}
constexpr std::string_view name_of(HostKind kind)
{
    switch (kind) {
    case HostKind::SystemHost:
        return "SystemHost";
    case HostKind::ScriptHost:
        return "ScriptHost";
    case HostKind::AppProcess:
        return "AppProcess";
    case HostKind::InProcess:
        return "InProcess";
    }
    return "SystemHost";
}

struct DeclaredEntryPoint {
    std::string name; // class or script
    ManifestTaskTypes types;
    HostKind host = HostKind::SystemHost;
    std::string resource_group; // tasks of different groups get different hosts
};

// What an installed package's manifest says about background tasks. A package with several applications counts as one
// app here.
struct PackageDeclaration {
    SharedText family;
    std::string version;
    std::vector<DeclaredEntryPoint> entry_points;
    bool in_process_tasks = false; // schema windows10: a registration without entry point runs inside the app

    DeclaredEntryPoint const* find(std::string_view entry_point) const;
};

// What BackgroundTaskBuilder.Register carries. Numbers come from a client and may be anything.
struct RegisterRequest {
    TaskId task; // made by the caller, random
    SharedText package;
    std::string name; // a description; need not be unique
    std::string entry_point;
    Trigger trigger;
    std::vector<Condition> conditions;
    bool cancel_on_condition_loss = false;
    bool network_requested = false;
    std::string group_id; // empty: no group
    std::string group_name;
};

// What was registered, as the store keeps it. Never changes.
struct Registration {
    TaskId task;
    SharedText package;
    std::string name;
    std::string entry_point;
    Trigger trigger;
    ConditionSet conditions; // without the external power that a MaintenanceTrigger brings
    bool cancel_on_condition_loss = false;
    bool network_requested = false;
    std::string group_id;
    std::string group_name;
    WallTime registered{};

    friend bool operator==(Registration const&, Registration const&) = default;
};

// Whether the request can be registered for a package that declares this, as far as the request alone tells (the
// broker's counts come on top). The first rule that refuses, in the order of the enum's groups.
std::optional<Refusal> check(RegisterRequest const& request, PackageDeclaration const& declaration,
                             Policy const& policy);

// All conditions that must hold: the registered ones and what the trigger brings.
ConditionSet required_conditions(ConditionSet registered, TriggerKind kind);

} // namespace latchkey::core
