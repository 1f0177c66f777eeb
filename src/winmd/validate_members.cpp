// SPDX-License-Identifier: MIT
// Rules about methods, their parameters, properties and events.
#include "winmd/validator.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

namespace latchkey::winmd {

namespace {

bool is_public(MethodDef method)
{
    return (method.flags() & method_flags::kAccessMask) == method_flags::kPublic;
}

bool is_accessor_name(std::string_view name)
{
    return name.starts_with("get_") || name.starts_with("put_") || name.starts_with("add_") ||
           name.starts_with("remove_");
}

// A class's second member of one look is named after its interface: "Ns.IThing.Name" with "Ns.IThing.get_Name".
bool is_accessor(std::string_view method, std::string_view prefix, std::string_view member)
{
    auto const dot = member.rfind('.') + 1; // 0 when there is none
    return method.size() == prefix.size() + member.size() && method.substr(0, dot) == member.substr(0, dot) &&
           method.substr(dot, prefix.size()) == prefix && method.substr(dot + prefix.size()) == member.substr(dot);
}

} // namespace

std::string Validator::trouble(TypeSignature const& type, TypeDef where, bool array_allowed) const
{
    switch (type.kind) {
    case ElementType::Var:
        if (type.number < where.generic_params().size()) return {};
        return fmt::format("it uses type parameter {}, which its type does not have", type.number);
    case ElementType::SzArray:
        return array_allowed ? trouble(type.element(), where, false) : "an array is not allowed there";
    case ElementType::GenericInst:
        for (auto const& argument : type.arguments)
            if (auto text = trouble(argument, where, false); !text.empty()) return text;
        [[fallthrough]];
    case ElementType::Class:
    case ElementType::ValueType: {
        auto const name = name_of(type.type);
        if (name == TypeName{"System", "Guid"}) return {};
        if (name.name_space == "System" || name.name_space.starts_with("System."))
            return fmt::format("{} is not a Windows Runtime type", to_string(name));
        auto const definition = resolve(type.type);
        if (!definition) return {};
        auto const kind = category(definition);
        bool const value = kind == Category::Enum || kind == Category::Struct;
        if (kind == Category::StaticClass || kind == Category::Attribute || kind == Category::Contract)
            return fmt::format("{} is a {}, of which there are no values", to_string(name), to_string(kind));
        if (type.kind != ElementType::GenericInst && value != (type.kind == ElementType::ValueType))
            return fmt::format("{} is a {}, but the signature says {}", to_string(name), to_string(kind),
                               value ? "class" : "value type");
        return {};
    }
    case ElementType::I1:
    case ElementType::I:
    case ElementType::U:
    case ElementType::Ptr:
    case ElementType::Array:
    case ElementType::FnPtr:
    case ElementType::MVar:
    case ElementType::TypedByRef:
    case ElementType::Void:
        return fmt::format("{} is not a Windows Runtime type", to_string(type));
    default:
        return {};
    }
}

std::string Validator::field_trouble(TypeSignature const& type) const
{
    auto const allowed = "; right is a number, Boolean, Char, String, Guid, an enum, a struct or IReference";
    if (type.kind == ElementType::GenericInst)
        return name_of(type.type) == TypeName{"Windows.Foundation", "IReference`1"}
                   ? std::string{}
                   : fmt::format("a struct cannot hold {}{}", to_string(type), allowed);
    if (type.kind == ElementType::Class || type.kind == ElementType::Object || type.kind == ElementType::SzArray ||
        type.kind == ElementType::Var)
        return fmt::format("a struct cannot hold {}{}", to_string(type), allowed);
    return trouble(type, {}, false);
}

void Validator::check_methods(TypeDef type, Category kind)
{
    for (auto const method : type.methods()) {
        if (kind != Category::Interface && kind != Category::Delegate && !is_public(method)) continue;
        check_method_flags(type, kind, method);
        if (kind == Category::Delegate && method.is_constructor()) continue;
        check_signature(type, method);
    }
}

void Validator::check_method_flags(TypeDef type, Category kind, MethodDef method)
{
    uint16_t set = 0;
    uint16_t clear = 0;
    uint16_t right = 0;
    namespace f = method_flags;
    if (kind == Category::Interface) {
        set = f::kPublic | f::kVirtual | f::kHideBySig | f::kNewSlot | f::kAbstract;
        clear = f::kStatic | f::kFinal | f::kRtSpecialName;
        right = is_accessor_name(method.name()) ? 0x0dc6 : 0x05c6;
    } else if (kind == Category::Delegate) {
        set = method.is_constructor() ? f::kSpecialName | f::kRtSpecialName : f::kPublic | f::kVirtual | f::kHideBySig;
        clear = f::kStatic | f::kAbstract;
        right = method.is_constructor() ? 0x1881 : 0x08c6;
    } else if (method.is_constructor()) {
        set = f::kPublic | f::kSpecialName | f::kRtSpecialName;
        clear = f::kStatic | f::kAbstract | f::kVirtual;
        right = 0x1886;
    } else if (method.is_static()) {
        set = f::kPublic | f::kHideBySig;
        clear = f::kVirtual | f::kAbstract | f::kRtSpecialName;
        right = is_accessor_name(method.name()) ? 0x0896 : 0x0096;
    } else {
        set = f::kPublic | f::kVirtual | f::kHideBySig;
        clear = f::kAbstract | f::kRtSpecialName;
        right = is_accessor_name(method.name()) ? 0x09e6 : 0x01e6;
    }
    auto const name = member_name(type, method.name());
    if ((method.flags() & set) != set || (method.flags() & clear) != 0)
        report(RuleId::MethodFlags, method, name,
               fmt::format("the flags are {:#06x}; right is {:#06x}", method.flags(), right));
    // A method without a body must say that the runtime supplies one.
    bool const needs_body = kind != Category::Interface && method.rva() == 0;
    if (needs_body && (method.impl_flags() & method_flags::kRuntimeImplementation) == 0)
        report(RuleId::MethodFlags, method, name, "the implementation flags are 0; right is 3 (runtime)");
}

void Validator::check_signature(TypeDef type, MethodDef method)
{
    auto const signature = method.signature();
    auto const name = member_name(type, method.name());
    if (signature.generic_param_count != 0)
        report(RuleId::MethodSignature, method, name, "the method is generic; only types can be");
    if (signature.has_this == method.is_static())
        report(RuleId::MethodSignature, method, name, "the signature and the flags disagree whether it is static");
    if (!signature.return_type.is_void()) {
        auto text = signature.return_type.by_ref ? "it is returned by reference"
                                                 : trouble(signature.return_type.type, type, true);
        if (!text.empty()) report(RuleId::MethodSignature, method, name, "return value: " + text);
    }
    for (std::size_t i = 0; i < signature.params.size(); ++i)
        if (auto const text = trouble(signature.params[i].type, type, true); !text.empty())
            report(RuleId::MethodSignature, method, name, fmt::format("parameter {}: {}", i + 1, text));
    check_params(type, method, signature);
}

void Validator::check_params(TypeDef type, MethodDef method, MethodSignature const& signature)
{
    std::set<std::string_view> names;
    auto const name = member_name(type, method.name());
    std::size_t position = 0;
    for (auto const& param : parameters(method, signature)) {
        ++position;
        if (!param.row || param.name.empty()) {
            report(RuleId::ParamName, method, name, fmt::format("parameter {} has no name", position));
            continue;
        }
        if (!names.insert(param.name).second)
            report(RuleId::ParamName, param.row, name, fmt::format("two parameters are named {}", param.name));
        auto const direction = param.row.flags() & (param_flags::kIn | param_flags::kOut);
        auto const right =
            param.passing == Passing::In || param.passing == Passing::InArray ? param_flags::kIn : param_flags::kOut;
        if (direction != right)
            report(RuleId::ParamFlags, param.row, fmt::format("{} {}", name, param.name),
                   fmt::format("the flags are {:#x}; right is {:#x}, since it is passed by {}", param.row.flags(),
                               right, param.signature->by_ref ? "reference" : "value"));
    }
}

void Validator::check_method_impls(TypeDef type)
{
    std::set<uint32_t> bodies;
    for (auto const row : type.method_impls()) {
        auto const body = row.method_body();
        if (body.is<MethodDef>()) bodies.insert(body.row());
        auto const declaration = row.method_declaration();
        if (!declaration.is<MemberRef>()) continue;
        auto const parent = declaration.as<MemberRef>().class_();
        TypeName name;
        if (parent.is<TypeRef>()) name = parent.as<TypeRef>().full_name();
        if (parent.is<TypeSpec>()) name = name_of(TypeDefOrRef{parent.as<TypeSpec>()});
        if (parent.is<TypeDef>()) name = parent.as<TypeDef>().full_name();
        if (!interfaces_of(type).implemented.contains(to_string(name)))
            report(RuleId::ClassMethodImpl, row, to_string(type.full_name()),
                   fmt::format("it implements a method of {}, which is not among the class's interfaces",
                               to_string(name)));
    }
    for (auto const method : type.methods())
        if (is_public(method) && !method.is_static() && !method.is_constructor() && !bodies.contains(method.row()) &&
            (method.flags() & method_flags::kVirtual) != 0)
            report(RuleId::ClassMethodImpl, method, member_name(type, method.name()),
                   "no MethodImpl row says which interface's method this is");
}

void Validator::check_overloads(TypeDef type)
{
    std::set<std::string_view> abi_names;
    std::map<std::pair<std::string_view, std::size_t>, std::vector<MethodDef>> overloads;
    for (auto const method : type.methods()) {
        auto const name = abi_name(method);
        if (!abi_names.insert(name).second)
            report(RuleId::MethodOverload, method, member_name(type, method.name()),
                   fmt::format("another method is named {} in the ABI; right is an OverloadAttribute with a new name",
                               name));
        overloads[{method.name(), method.signature().params.size()}].push_back(method);
    }
    for (auto const& [key, methods] : overloads) {
        if (methods.size() < 2) continue;
        auto const defaults = std::count_if(methods.begin(), methods.end(), is_default_overload);
        if (defaults != 1)
            report(RuleId::MethodDefaultOverload, methods.back(), member_name(type, key.first),
                   fmt::format("{} of {} overloads with {} parameters have DefaultOverloadAttribute; right is one",
                               defaults, methods.size(), key.second));
    }
}

void Validator::check_properties(TypeDef type)
{
    for (auto const property : type.properties()) {
        auto const name = member_name(type, property.name());
        auto const getter = property.getter();
        auto const setter = property.setter();
        auto bad = [&](std::string text) { report(RuleId::PropertyAccessors, property, name, std::move(text)); };
        auto const signature = property.signature();
        // A later version of a class adds a setter in an interface of its own.
        bool const addition = is_exclusive(type) && setter;
        if (!getter && !addition) bad("it has no getter; a property that is only written is a method");
        if (getter && !is_accessor(getter.name(), "get_", property.name()))
            bad(fmt::format("its getter is named {}; right is get_{}", getter.name(), property.name()));
        if (setter && !is_accessor(setter.name(), "put_", property.name()))
            bad(fmt::format("its setter is named {}; right is put_{}", setter.name(), property.name()));
        if ((getter && !getter.is_special_name()) || (setter && !setter.is_special_name()))
            bad("its accessors do not have the special name flag 0x800");
        if (getter && getter.signature().return_type.type != signature.type.type)
            bad(fmt::format("it is of {}, but its getter returns {}", to_string(signature.type.type),
                            to_string(getter.signature().return_type.type)));
        if (!signature.params.empty()) bad("it has an index; right are methods");
    }
}

void Validator::check_events(TypeDef type)
{
    for (auto const event : type.events()) {
        auto const name = member_name(type, event.name());
        auto bad = [&](std::string text) { report(RuleId::EventShape, event, name, std::move(text)); };
        auto const add = event.add_method();
        auto const remove = event.remove_method();
        if (!add || !is_accessor(add.name(), "add_", event.name()))
            bad(fmt::format("it has no method add_{}", event.name()));
        else if (!add.is_special_name())
            bad(fmt::format("add_{} does not have the special name flag 0x800", event.name()));
        if (!remove || !is_accessor(remove.name(), "remove_", event.name()))
            bad(fmt::format("it has no method remove_{}", event.name()));
        else if (!remove.is_special_name())
            bad(fmt::format("remove_{} does not have the special name flag 0x800", event.name()));
        auto const handler = resolve(event.type());
        if (!event.type() || (handler && category(handler) != Category::Delegate))
            bad(fmt::format("its type is {}; right is a delegate", to_string(event.type())));
    }
}

} // namespace latchkey::winmd
