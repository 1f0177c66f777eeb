// SPDX-License-Identifier: MIT
// Rules about the constructors of classes: who makes them, and what a sealed class cannot have. Also the methods that
// every object has from System.Object.
#include "winmd/validator.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

namespace latchkey::winmd {

namespace {

constexpr std::size_t kComposableExtras = 2; // outer and inner object, which callers do not give

uint16_t access_of(MethodDef method)
{
    return method.flags() & method_flags::kAccessMask;
}

// "(String, Int32)", without so many at the end.
std::string parameters_text(MethodSignature const& signature, std::size_t leave_out)
{
    std::string text = "(";
    for (std::size_t i = 0; i + leave_out < signature.params.size(); ++i) {
        auto const& param = signature.params[i];
        text += fmt::format("{}{}{}", i == 0 ? "" : ", ", param.by_ref ? "ref " : "", to_string(param.type));
    }
    return text + ')';
}

} // namespace

void Validator::check_constructors(TypeDef type, std::vector<Factory> const& found)
{
    auto const name = to_string(type.full_name());
    std::set<std::string> makers[2]; // parameters of what protected [0] and public [1] factories make
    bool all_known = true;
    std::set<std::string_view> seen;
    for (auto const& factory : found) {
        if (factory.kind == FactoryKind::Static || !seen.insert(factory.interface).second) continue;
        if (factory.interface.empty()) {
            makers[1].insert("()");
            continue;
        }
        auto const interface = find(factory.interface);
        if (!interface) all_known = false;
        auto const leave_out = factory.kind == FactoryKind::Composable ? kComposableExtras : 0;
        for (auto const method : interface ? interface.methods() : Rows<MethodDef>{}) {
            auto const signature = method.signature();
            // Others are reported as no factory's methods.
            if (name_of(signature.return_type.type.type) == type.full_name() && signature.params.size() >= leave_out)
                makers[factory.is_public ? 1 : 0].insert(parameters_text(signature, leave_out));
        }
    }
    if (seen.empty()) return; // class.activatable has said it
    std::set<std::string> made;
    for (auto const method : type.methods()) {
        bool const is_public = access_of(method) == method_flags::kPublic;
        if (!method.is_constructor() || (!is_public && access_of(method) != method_flags::kFamily)) continue;
        auto const parameters = parameters_text(method.signature(), 0);
        made.insert(parameters);
        bool const is_refused = !is_public && type.is_sealed(); // class.protected-constructor
        if (all_known && !is_refused && !makers[is_public ? 1 : 0].contains(parameters))
            report(RuleId::ClassConstructor, method, member_name(type, ".ctor"),
                   fmt::format("no {} factory of the class makes the constructor {}, so nobody can call it",
                               is_public ? "public" : "protected", parameters));
    }
    for (auto const& list : makers)
        for (auto const& parameters : list)
            if (!made.contains(parameters))
                report(RuleId::ClassConstructor, type, name,
                       fmt::format("a factory makes it from {}, but it has no constructor {}", parameters, parameters));
}

void Validator::check_sealed_constructors(TypeDef type)
{
    for (auto const method : type.methods())
        if (method.is_constructor() && access_of(method) == method_flags::kFamily && type.is_sealed())
            report(RuleId::ClassProtectedConstructor, method, member_name(type, ".ctor"),
                   "the constructor is protected, but nothing can derive from a sealed class");
}

void Validator::check_object_methods(TypeDef type)
{
    // What a managed class overrides, winmdexp puts among its interface's methods.
    if (!is_component() || is_managed()) return;
    constexpr std::array<std::string_view, 4> kWithoutParameters{"GetHashCode", "GetType", "MemberwiseClone",
                                                                 "Finalize"};
    for (auto const method : type.methods()) {
        if (access_of(method) != method_flags::kPublic) continue;
        auto const params = method.signature().params;
        bool const is_equals =
            method.name() == "Equals" && params.size() == 1 && params[0].type.kind == ElementType::Object;
        bool const is_other = params.empty() && std::find(kWithoutParameters.begin(), kWithoutParameters.end(),
                                                          method.name()) != kWithoutParameters.end();
        if (!method.is_static() && (is_equals || is_other))
            report(RuleId::ClassObjectMethod, method, member_name(type, method.name()),
                   "it would override a method of Object; of those only ToString can be declared");
    }
}

} // namespace latchkey::winmd
