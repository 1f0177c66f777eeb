// SPDX-License-Identifier: MIT
#pragma once

// Who may call what: the one table. "A package" is a caller that belongs to an installed package, "the user" any other
// process of the same user, which is trusted like the user (docs/security.md). A caller of whom neither is proved may
// call nothing. Within what it may call, a package sees and changes only what is its own.

#include <array>
#include <string_view>

namespace latchkey::broker {

enum class Who {
    Both,    // a package for itself, the user for all
    Package, // only with package identity: the answer is about the caller itself
    User,    // never a package
};

struct Rule {
    std::string_view method;
    Who who;
};

inline constexpr std::array kRules{
    Rule{"Register", Who::Both}, // the user names the package
    Rule{"Unregister", Who::Both},
    Rule{"List", Who::Both},
    Rule{"Attach", Who::Package},
    Rule{"Acknowledge", Who::Package},
    Rule{"WhoAmI", Who::Both},
    Rule{"RequestApplicationTrigger", Who::Package},
    Rule{"GetAccess", Who::Package},
    Rule{"RequestAccess", Who::Package},
    Rule{"RemoveAccess", Who::Package},
    Rule{"GetWorkCost", Who::Both},
    Rule{"SettingsRead", Who::Package},
    Rule{"SettingsLookup", Who::Package},
    Rule{"SettingsInsert", Who::Package},
    Rule{"SettingsRemove", Who::Package},
    Rule{"SettingsContainers", Who::Package},
    Rule{"SettingsCreateContainer", Who::Package},
    Rule{"SettingsDeleteContainer", Who::Package},
    Rule{"SettingsClear", Who::Package},
    Rule{"SettingsVersion", Who::Package},
    Rule{"SettingsSetVersion", Who::Package},
    Rule{"SignalDataChanged", Who::Package},
    Rule{"Install", Who::User},
    Rule{"Remove", Who::User},
    Rule{"ListPackages", Who::Both},
    Rule{"Launch", Who::User},
    Rule{"Allow", Who::User},
    Rule{"Deny", Who::User},
    Rule{"Explain", Who::Both},
    Rule{"Fire", Who::User},
    Rule{"Cancel", Who::User},
    Rule{"Log", Who::Both},
    Rule{"Watch", Who::User},
    Rule{"Reload", Who::User},
    Rule{"Doctor", Who::Both},
};

constexpr Rule const* find_rule(std::string_view method)
{
    for (Rule const& rule : kRules) {
        if (rule.method == method) return &rule;
    }
    return nullptr;
}

} // namespace latchkey::broker
