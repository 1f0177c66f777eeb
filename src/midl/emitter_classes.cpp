// SPDX-License-Identifier: MIT
// Runtime classes: copies of the members of their interfaces, constructors, and what ties them to their factories.
#include "midl/emitter.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace latchkey::midl {

using winmd::AttributeBlob;
using winmd::ElementType;

namespace {

using namespace winmd::method_flags;

constexpr uint16_t kImplementation = kPublic | kFinal | kVirtual | kHideBySig | kNewSlot;
constexpr uint16_t kHiddenImplementation = kPrivate | kFinal | kVirtual | kHideBySig | kNewSlot;
constexpr uint16_t kProtectedImplementation = kFamily | kFinal | kVirtual | kHideBySig | kNewSlot;
constexpr uint16_t kOverridableImplementation = kFamily | kVirtual | kHideBySig | kNewSlot;
constexpr uint16_t kStaticMethod = kPublic | kStatic | kHideBySig;
constexpr uint16_t kConstructor = kPublic | kHideBySig | kSpecialName | kRtSpecialName;
constexpr uint16_t kProtectedConstructor = kFamily | kHideBySig | kSpecialName | kRtSpecialName;

constexpr std::size_t kComposableExtras = 2; // base and inner interface at the end of a composable factory's methods

} // namespace

struct Emitter::ClassMembers {
    struct SeenProperty {
        winmd::PropertyHandle handle;
        uint16_t accessors = 0; // those that it has, as semantics
    };
    std::set<std::string> signatures;               // "Send(String)"
    std::map<std::string, SeenProperty> properties; // of interfaces, by name and type
    std::set<std::string> names;                    // of properties and events
};

void Emitter::properties_and_events(winmd::TypeDefHandle owner, ClassMembers& seen, InterfaceModel const& shape,
                                    std::vector<winmd::MethodHandle> const& methods,
                                    std::vector<std::string> const& prefixes, std::vector<Type> const& arguments,
                                    bool is_static)
{
    auto const add_accessor = [&](PropertyModel const& each, int slot, uint16_t what) {
        if (slot < 0) return;
        auto const index = static_cast<std::size_t>(slot);
        auto const name = prefixes[index] + each.name;
        auto const value = substitute(each.type, arguments);
        // Getter and setter may come from two interfaces; the class has one property.
        auto const [place, is_new] =
            seen.properties.try_emplace(fmt::format("{} {} {}", is_static, name, to_string(value)));
        auto& property = place->second;
        if (is_new) {
            property.handle = m_builder.add_property(
                owner, {.name = name, .has_this = !is_static, .type = {.type = type(value), .modifiers = {}}});
            attributes(property.handle, each.attributes);
        }
        if ((std::exchange(property.accessors, static_cast<uint16_t>(property.accessors | what)) & what) == 0)
            m_builder.add_semantics(property.handle, what, methods[index]);
    };
    for (auto const& each : shape.properties) {
        add_accessor(each, each.getter, winmd::semantics::kGetter);
        add_accessor(each, each.setter, winmd::semantics::kSetter);
    }
    for (auto const& each : shape.events) {
        if (each.adder < 0 || each.remover < 0) continue;
        auto const adder = static_cast<std::size_t>(each.adder);
        auto const event = m_builder.add_event(
            owner, {.name = prefixes[adder] + each.name, .type = type_handle(substitute(each.type, arguments))});
        m_builder.add_semantics(event, winmd::semantics::kAddOn, methods[adder]);
        m_builder.add_semantics(event, winmd::semantics::kRemoveOn, methods[static_cast<std::size_t>(each.remover)]);
        attributes(event, each.attributes);
    }
}

// As Windows' compiler has it: the copies of an interface's members are followed by those of what it requires, wherever
// the class lists that.
std::vector<ImplementedInterface const*> Emitter::order_of_copies(ClassModel const& model)
{
    auto const& all = model.interfaces;
    std::vector<ImplementedInterface const*> result;
    std::set<ImplementedInterface const*> seen;
    std::vector<ImplementedInterface const*> waiting; // the next one last
    for (auto each = all.rbegin(); each != all.rend(); ++each)
        waiting.push_back(&*each);
    while (!waiting.empty()) {
        auto const* const next = waiting.back();
        waiting.pop_back();
        if (!seen.insert(next).second) continue;
        result.push_back(next);
        auto const& bases = m_symbols.shape_of(*next->type.symbol).bases;
        for (auto base = bases.rbegin(); base != bases.rend(); ++base) {
            auto const required = substitute(*base, next->type.arguments);
            auto const found = std::find_if(all.begin(), all.end(),
                                            [&](ImplementedInterface const& one) { return one.type == required; });
            if (found != all.end() && !seen.contains(&*found)) waiting.push_back(&*found);
        }
    }
    return result;
}

void Emitter::implement(winmd::TypeDefHandle owner, ClassMembers& seen, ImplementedInterface const& listed)
{
    auto const& shape = m_symbols.shape_of(*listed.type.symbol);
    auto const& arguments = listed.type.arguments;
    std::vector<winmd::MethodHandle> methods;
    std::vector<std::string> prefixes;
    for (auto const& each : shape.methods) {
        auto key = each.name + '(';
        for (auto const& parameter : each.parameters)
            key += fmt::format("{}{},", static_cast<int>(parameter.passing),
                               to_string(substitute(parameter.type, arguments)));
        // The second of two members that look the same is reached through its interface only, and named after it.
        bool const is_hidden = !seen.signatures.insert(key).second;
        prefixes.push_back(is_hidden ? to_string(listed.type) + '.' : std::string{});
        auto const flags = is_hidden               ? kHiddenImplementation
                           : listed.is_protected   ? kProtectedImplementation
                           : listed.is_overridable ? kOverridableImplementation
                                                   : kImplementation;
        auto const body = method(owner, each, prefixes.back() + each.name, flags, kRuntimeImplementation, arguments);
        methods.push_back(body);
        auto const own = m_methods.find(&each);
        if (arguments.empty() && own != m_methods.end()) {
            m_builder.add_method_impl(owner, body, own->second);
        } else {
            // The declaration's signature is the generic one: type parameters stay open.
            auto const declaration =
                m_builder.member_ref(type_handle(listed.type), each.name, signature(each, true, {}));
            m_builder.add_method_impl(owner, body, declaration);
        }
    }
    properties_and_events(owner, seen, shape, methods, prefixes, arguments, false);
}

void Emitter::statics(winmd::TypeDefHandle owner, ClassMembers& seen, Symbol& symbol)
{
    auto const& shape = m_symbols.shape_of(symbol);
    std::vector<winmd::MethodHandle> methods;
    for (auto const& each : shape.methods)
        methods.push_back(method(owner, each, each.name, kStaticMethod, kRuntimeImplementation, {}));
    properties_and_events(owner, seen, shape, methods, std::vector<std::string>(methods.size()), {}, true);
}

void Emitter::constructors(winmd::TypeDefHandle owner, FactoryModel const& factory)
{
    if (factory.interface == nullptr) {
        constructor(owner, {}, kConstructor);
        return;
    }
    bool const is_composable = factory.kind == FactoryModel::Kind::Composable;
    for (auto const& each : m_symbols.shape_of(*factory.interface).methods) {
        auto parameters = each.parameters;
        if (is_composable && parameters.size() >= kComposableExtras)
            parameters.resize(parameters.size() - kComposableExtras);
        constructor(owner, parameters, factory.is_public ? kConstructor : kProtectedConstructor);
    }
}

void Emitter::factory_attribute(winmd::TypeDefHandle owner, FactoryModel const& factory)
{
    AttributeBlob value;
    std::vector<Type> parameters;
    if (factory.interface != nullptr) {
        value.string(factory.interface->full_name());
        parameters.push_back(Type::named(m_symbols.system_type()));
    }
    if (factory.kind == FactoryModel::Kind::Composable) {
        value.u4(factory.is_public ? 2 : 1);
        parameters.push_back(Type::named(m_symbols.metadata_type("CompositionType", DeclarationKind::Enum)));
    }
    value.u4(factory.version.version);
    parameters.push_back(Type::fundamental(ElementType::U4));
    if (factory.version.contract != nullptr) {
        value.string(factory.version.contract->full_name());
        parameters.push_back(Type::fundamental(ElementType::String));
    }
    auto const name = factory.kind == FactoryModel::Kind::Activatable ? "ActivatableAttribute"
                      : factory.kind == FactoryModel::Kind::Static    ? "StaticAttribute"
                                                                      : "ComposableAttribute";
    attribute(owner, metadata_attribute(name, std::move(parameters), value));
}

void Emitter::class_(ClassModel const& model)
{
    auto const owner = m_types.at(model.symbol);
    if (model.base != nullptr) m_builder.set_extends(owner, handle(*model.base));
    for (auto const& factory : model.factories)
        factory_attribute(owner, factory);
    version(owner, model.version);
    attributes(owner, model.attributes);
    for (auto const& listed : model.interfaces) {
        auto const row = m_builder.add_interface(owner, type_handle(listed.type));
        if (listed.is_default) attribute(row, metadata_attribute("DefaultAttribute", {}, AttributeBlob{}));
        if (listed.is_overridable) attribute(row, metadata_attribute("OverridableAttribute", {}, AttributeBlob{}));
        if (listed.is_protected) attribute(row, metadata_attribute("ProtectedAttribute", {}, AttributeBlob{}));
    }
    ClassMembers seen;
    for (auto const& factory : model.factories)
        if (factory.kind != FactoryModel::Kind::Static) constructors(owner, factory);
    for (auto const* listed : order_of_copies(model))
        implement(owner, seen, *listed);
    for (auto const& factory : model.factories)
        if (factory.kind == FactoryModel::Kind::Static) statics(owner, seen, *factory.interface);
}

} // namespace latchkey::midl
