// SPDX-License-Identifier: MIT
#include "projection/class_members.h"

#include "projection/headers.h"
#include "projection/member_names.h"

#include <set>

namespace latchkey::projection {

using winmd::FactoryKind;

std::vector<Constructor> constructors_of(Type const& runtime_class)
{
    std::vector<Constructor> result;
    std::set<std::string> seen;
    for (auto const& factory : runtime_class.factories) {
        if (factory.kind == FactoryKind::Static) continue;
        if (factory.interface == nullptr) {
            if (factory.kind == FactoryKind::Activatable && seen.insert("()").second) result.push_back({});
            continue;
        }
        if (!factory.interface->is_usable) continue;
        for (auto const& method : factory.interface->methods) {
            if (!method.is_usable) continue;
            std::size_t const hidden = factory.kind == FactoryKind::Composable ? 2 : 0;
            if (method.parameters.size() < hidden) continue;
            auto const signature = overload_signature(method, {}, *factory.interface, hidden);
            if (!seen.insert(signature).second) continue;
            result.push_back({factory.interface, &method, hidden, factory.is_public});
        }
    }
    return result;
}

std::vector<StaticMember> statics_of(Type const& runtime_class)
{
    std::vector<StaticMember> result;
    std::set<std::string> seen;
    for (auto const& factory : runtime_class.factories) {
        if (factory.kind != FactoryKind::Static || factory.interface == nullptr || !factory.interface->is_usable)
            continue;
        for (auto const& method : factory.interface->methods) {
            if (!method.is_usable) continue;
            if (!seen.insert(method.name + overload_signature(method, {}, *factory.interface)).second) continue;
            // A member cannot have the name of its class.
            auto name = method.name == runtime_class.cpp_name ? method.name + '_' : method.name;
            result.push_back({factory.interface, &method, is_event(*factory.interface, method), std::move(name)});
        }
    }
    return result;
}

} // namespace latchkey::projection
