// SPDX-License-Identifier: MIT
// Members, whole interfaces and delegates.
#include "midl/identity.h"
#include "midl/resolver.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace latchkey::midl {

using winmd::ElementType;

void Resolver::no_exception(Attributes const& list, AttributeModels& out)
{
    if (find_attribute(list, "noexcept") != nullptr) out.push_back(marker("NoExceptionAttribute"));
}

void Resolver::add_method(InterfaceModel& out, Member const& member, Scope const& scope)
{
    MethodModel method{.name = std::string{member.name.text}, .abi_name = std::string{member.name.text}};
    method.range = member.name.range;
    method.return_type = type(member.type, scope, Use::Return);
    method.parameters = parameters(member.parameters, scope);
    method.attributes = attributes(member.attributes, Target::Method, scope);
    no_exception(member.attributes, method.attributes);
    method.is_default_overload = find_attribute(member.attributes, "default_overload") != nullptr;
    if (auto const* name = find_attribute(member.attributes, "method_name");
        name != nullptr && !name->arguments.empty()) {
        if (auto const text = word(name->arguments[0])) {
            method.abi_name = *text;
            method.is_named = true;
        }
    }
    if (method.return_type.kind == Type::Kind::Named &&
        method.return_type.symbol->full_name() == "Windows.Foundation.IStringable")
        m_diagnostics.warning(Warning::Stringable, member.type.range, "IStringable is for classes to implement")
            .hint("return a String");
    out.methods.push_back(std::move(method));
}

void Resolver::add_property(InterfaceModel& out, Member const& member, Scope const& scope)
{
    PropertyModel fresh{.name = std::string{member.name.text}, .type = type(member.type, scope, Use::Value)};
    fresh.range = member.name.range;
    fresh.attributes = attributes(member.attributes, Target::Property, scope);
    // A property may be declared in parts, to put other members' slots between its accessors.
    auto const same = [&](PropertyModel const& other) { return other.name == fresh.name; };
    auto found = std::find_if(out.properties.begin(), out.properties.end(), same);
    if (found == out.properties.end()) {
        out.properties.push_back(std::move(fresh));
        found = std::prev(out.properties.end());
    } else if (found->type != fresh.type && !fresh.type.is_error() && !found->type.is_error()) {
        m_diagnostics.error(fresh.range, fmt::format("property '{}' has two types", fresh.name))
            .note(found->range, "previous declaration is here");
        return;
    }
    std::string parameter_name = "value";
    if (auto const* name = find_attribute(member.attributes, "parameter_name");
        name != nullptr && !name->arguments.empty())
        parameter_name = word(name->arguments[0]).value_or(parameter_name);
    for (auto const& accessor : member.accessors) {
        int& slot = accessor.is_setter ? found->setter : found->getter;
        if (slot >= 0) {
            m_diagnostics.error(member.name.range, fmt::format("property '{}' is declared twice", found->name))
                .note(found->range, "previous declaration is here");
            return;
        }
        slot = static_cast<int>(out.methods.size());
        MethodModel method{.name = (accessor.is_setter ? "put_" : "get_") + found->name};
        method.abi_name = method.name;
        method.role = accessor.is_setter ? Role::Setter : Role::Getter;
        method.range = member.name.range;
        method.attributes = attributes(accessor.attributes, Target::Accessor, scope);
        no_exception(accessor.attributes, method.attributes);
        no_exception(member.attributes, method.attributes);
        Type const& value = found->type;
        if (!accessor.is_setter)
            method.return_type = value;
        else
            method.parameters.push_back(
                {.name = parameter_name, .type = value, .passing = value.is_array ? Passing::PassArray : Passing::In});
        out.methods.push_back(std::move(method));
    }
}

void Resolver::add_event(InterfaceModel& out, Member const& member, Scope const& scope)
{
    EventModel event{.name = std::string{member.name.text}, .type = type(member.type, scope, Use::Value)};
    event.range = member.name.range;
    event.attributes = attributes(member.attributes, Target::Event, scope);
    bool const is_delegate = event.type.kind == Type::Kind::Named &&
                             event.type.symbol->kind == DeclarationKind::Delegate && !event.type.is_array;
    if (!is_delegate && !event.type.is_error()) {
        auto& error =
            m_diagnostics.error(member.type.range, fmt::format("event '{}' needs a delegate, and '{}' is none",
                                                               event.name, to_string(event.type)));
        error.hint(
            "declare a delegate, or use Windows.Foundation.EventHandler<T> or TypedEventHandler<TSender, TResult>");
        if (event.type.kind == Type::Kind::Named && event.type.symbol->range)
            error.note(event.type.symbol->range, "declared here");
    }
    std::string handler = "handler";
    std::string token = "token";
    if (auto const* name = find_attribute(member.attributes, "parameter_name"); name != nullptr) {
        if (!name->arguments.empty()) handler = word(name->arguments[0]).value_or(handler);
        if (name->arguments.size() > 1) token = word(name->arguments[1]).value_or(token);
    }
    auto& token_type =
        m_symbols.external("Windows.Foundation", "EventRegistrationToken", DeclarationKind::Struct, kWindowsAssembly);
    event.adder = static_cast<int>(out.methods.size());
    event.remover = event.adder + 1;
    MethodModel add{.name = "add_" + event.name, .role = Role::Adder, .return_type = Type::named(token_type)};
    add.parameters.push_back({.name = handler, .type = event.type});
    MethodModel remove{.name = "remove_" + event.name, .role = Role::Remover};
    remove.parameters.push_back({.name = token, .type = Type::named(token_type)});
    for (auto* method : {&add, &remove}) {
        method->abi_name = method->name;
        method->range = event.range;
        no_exception(member.attributes, method->attributes);
        out.methods.push_back(std::move(*method));
    }
    out.events.push_back(std::move(event));
}

void Resolver::add_member(InterfaceModel& out, Member const& member, Scope const& scope)
{
    switch (member.kind) {
    case Member::Kind::Method:
        return add_method(out, member, scope);
    case Member::Kind::Property:
        return add_property(out, member, scope);
    case Member::Kind::Event:
        return add_event(out, member, scope);
    default:
        return;
    }
}

void Resolver::name_overloads(InterfaceModel& out)
{
    std::map<std::string, std::vector<MethodModel*>> by_name;
    std::set<std::string> taken;
    for (auto& method : out.methods) {
        if (method.role == Role::Method) by_name[method.name].push_back(&method);
        if (method.is_named || method.role != Role::Method) taken.insert(method.abi_name);
    }
    for (auto& method : out.methods) {
        if (method.role != Role::Method) continue;
        method.has_overload = method.is_named || by_name[method.name].size() > 1;
        if (method.is_named || by_name[method.name].size() == 1) continue;
        for (unsigned number = 2; !taken.insert(method.abi_name).second; ++number)
            method.abi_name = fmt::format("{}{}", method.name, number);
    }
}

void Resolver::check_members(InterfaceModel const& out)
{
    std::map<std::string, MethodModel const*> abi_names;
    std::map<std::string, Range> names;
    for (auto const& property : out.properties) {
        names.emplace(property.name, property.range);
        if (property.getter < 0 && !m_options.is_sdk)
            m_diagnostics.error(property.range, fmt::format("property '{}' can be set but not read", property.name))
                .hint(fmt::format("add 'get;', or declare a method 'Set{}'", property.name));
    }
    auto const clash = [&](Range where, std::string const& name, Range first) {
        m_diagnostics.error(where, fmt::format("'{}' is declared twice", name))
            .note(first, "previous declaration is here");
    };
    for (auto const& event : out.events)
        if (auto const [place, is_new] = names.emplace(event.name, event.range); !is_new)
            clash(event.range, event.name, place->second);
    for (auto const& method : out.methods) {
        if (auto const [place, is_new] = abi_names.emplace(method.abi_name, &method); !is_new)
            m_diagnostics.error(method.range, fmt::format("two members are called '{}' in the ABI", method.abi_name))
                .hint("give one of them another [method_name(\"…\")]")
                .note(place->second->range, "the first is here");
        if (method.role != Role::Method) continue;
        if (auto const found = names.find(method.name); found != names.end())
            clash(method.range, method.name, found->second);
    }
    if (out.symbol == nullptr || out.symbol->made_for == nullptr) return;
    for (auto const& method : out.methods)
        if (method.role == Role::Method) names.emplace(method.name, method.range);
    if (auto const found = names.find(out.symbol->made_for->name); found != names.end())
        m_diagnostics.error(found->second, fmt::format("member '{}' has the name of its class", found->first));
}

void Resolver::check_overload_sets(InterfaceModel const& out)
{
    std::map<std::pair<std::string, std::size_t>, std::vector<MethodModel const*>> sets;
    for (auto const& method : out.methods)
        if (method.role == Role::Method) sets[{method.name, method.parameters.size()}].push_back(&method);
    for (auto const& [key, set] : sets) {
        if (set.size() < 2) continue;
        auto const types_of = [](MethodModel const& method) {
            std::string text;
            for (auto const& parameter : method.parameters)
                text += fmt::format("{} {};", static_cast<int>(parameter.passing), to_string(parameter.type));
            return text;
        };
        std::map<std::string, Range> seen;
        bool has_twins = false;
        for (auto const* method : set) {
            auto const [place, is_new] = seen.emplace(types_of(*method), method->range);
            if (is_new) continue;
            has_twins = true;
            m_diagnostics
                .error(method->range, fmt::format("'{}' is declared twice with the same parameters", key.first))
                .note(place->second, "previous declaration is here");
        }
        std::vector<MethodModel const*> defaults;
        for (auto const* method : set)
            if (method->is_default_overload) defaults.push_back(method);
        if (defaults.empty() && !has_twins)
            m_diagnostics
                .error(set[1]->range, fmt::format("'{}' has {} overloads with {} parameter{}, and none is the default",
                                                  key.first, set.size(), key.second, key.second == 1 ? "" : "s"))
                .wme(1085)
                .hint("mark the one that JavaScript shall call with [default_overload]")
                .note(set[0]->range, "the first is here");
        if (defaults.size() > 1)
            m_diagnostics.error(defaults[1]->range, fmt::format("'{}' has more than one default overload", key.first))
                .wme(1059)
                .hint("mark only one of those with the same number of parameters")
                .note(defaults[0]->range, "the first is here");
    }
}

void Resolver::finish_interface(InterfaceModel& out)
{
    name_overloads(out);
    check_members(out);
    check_overload_sets(out);
    if (!out.has_own_iid) out.iid = synthesized_iid(out);
}

void Resolver::interface(Symbol& symbol)
{
    auto const& declaration = *symbol.declaration;
    auto const scope = scope_of(declaration);
    auto& out = m_symbols.shape_of(symbol);
    out.version = version(declaration.attributes, scope, {});
    out.attributes = attributes(declaration.attributes, Target::Interface, scope);
    if (auto const* uuid = find_attribute(declaration.attributes, "uuid"); uuid != nullptr && !uuid->arguments.empty())
        if (auto const value = guid(uuid->arguments[0])) {
            out.iid = *value;
            out.has_own_iid = true;
        }
    if (auto const* exclusive = find_attribute(declaration.attributes, "exclusiveto");
        exclusive != nullptr && !exclusive->arguments.empty()) {
        auto const owner = type(exclusive->arguments[0].type, scope, Use::Name);
        out.is_exclusive = true;
        if (owner.kind == Type::Kind::Named && owner.symbol->kind == DeclarationKind::Class)
            out.exclusive_to = owner.symbol;
        else if (!owner.is_error())
            m_diagnostics.error(exclusive->range, fmt::format("'{}' is not a runtimeclass", to_string(owner)));
    }
    for (auto const& base : declaration.bases) {
        auto const required = type(base.type, scope, Use::Base);
        (void)attributes(base.attributes, Target::Base, scope);
        if (required.is_error()) continue;
        if (required.kind != Type::Kind::Named || required.symbol->kind != DeclarationKind::Interface ||
            required.is_array) {
            m_diagnostics.error(base.type.range, fmt::format("'{}' is not an interface", to_string(required)))
                .hint("an interface can require only interfaces");
            continue;
        }
        if (std::find(out.bases.begin(), out.bases.end(), required) != out.bases.end())
            m_diagnostics.error(base.type.range, fmt::format("'{}' is listed twice", to_string(required)));
        else
            out.bases.push_back(required);
        if (required.symbol->full_name() == "Windows.Foundation.IStringable")
            m_diagnostics.warning(Warning::Stringable, base.type.range, "IStringable is for classes to implement")
                .hint("list it behind the runtimeclass's name");
    }
    for (auto const& member : declaration.members) {
        if (member.is_static || member.is_protected || member.is_overridable)
            m_diagnostics.error(member.name.range, fmt::format("'{}' of an interface cannot be {}", member.name.text,
                                                               member.is_static      ? "static"
                                                               : member.is_protected ? "protected"
                                                                                     : "overridable"));
        add_member(out, member, scope);
    }
    bool const is_generic = symbol.arity != 0;
    if (is_generic && !out.has_own_iid)
        m_diagnostics.error(symbol.range, fmt::format("generic interface '{}' has no IID", symbol.name))
            .hint("add [uuid(…)]");
    if (!out.has_own_iid && !out.is_exclusive)
        m_diagnostics
            .warning(Warning::GeneratedIid, symbol.range,
                     fmt::format("'{}' gets its IID from its contents", symbol.name))
            .hint("add [uuid(…)] to keep it when members change");
    finish_interface(out);
}

void Resolver::delegate(Symbol& symbol)
{
    auto const& declaration = *symbol.declaration;
    auto const scope = scope_of(declaration);
    auto& out = m_symbols.shape_of(symbol);
    out.version = version(declaration.attributes, scope, {});
    out.attributes = attributes(declaration.attributes, Target::Delegate, scope);
    if (auto const* uuid = find_attribute(declaration.attributes, "uuid"); uuid != nullptr && !uuid->arguments.empty())
        if (auto const value = guid(uuid->arguments[0])) {
            out.iid = *value;
            out.has_own_iid = true;
        }
    MethodModel invoke{.name = "Invoke", .abi_name = "Invoke"};
    invoke.return_type = type(declaration.type, scope, Use::Return);
    invoke.parameters = parameters(declaration.parameters, scope);
    invoke.range = symbol.range;
    out.methods.push_back(std::move(invoke));
    if (symbol.arity != 0 && !out.has_own_iid)
        m_diagnostics.error(symbol.range, fmt::format("generic delegate '{}' has no IID", symbol.name))
            .hint("add [uuid(…)]");
    if (!out.has_own_iid) {
        out.iid = synthesized_iid(out);
        m_diagnostics
            .warning(Warning::GeneratedIid, symbol.range,
                     fmt::format("'{}' gets its IID from its contents", symbol.name))
            .hint("add [uuid(…)] to keep it when parameters change");
    }
}

} // namespace latchkey::midl
