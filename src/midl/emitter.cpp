// SPDX-License-Identifier: MIT
#include "midl/emitter.h"

#include "midl/resolver.h"

#include <algorithm>

#include <fmt/format.h>

namespace latchkey::midl {

using winmd::AttributeBlob;
using winmd::ElementType;

namespace {

constexpr uint32_t kClassFlags = 0x4001; // windowsruntime, public; + sealed, + abstract
constexpr uint32_t kSealedFlags = 0x4101;
constexpr uint32_t kStructFlags = 0x4109;
constexpr uint32_t kInterfaceFlags = 0x40a0; // + public
constexpr uint16_t kInterfaceMethod = 0x05c6;
constexpr uint16_t kDelegateConstructor = 0x1881;
constexpr uint16_t kDelegateInvoke = 0x09c6;
constexpr uint16_t kGenericDelegateInvoke = 0x08c6; // as Windows' own have it
constexpr uint16_t kAttributeConstructor = 0x1886;
constexpr uint16_t kEnumValue = 0x0601;
constexpr uint16_t kEnumerator = 0x8056;

winmd::BuilderOptions options_for(std::string_view name)
{
    winmd::BuilderOptions options;
    options.name = name;
    return options;
}

} // namespace

Emitter::Emitter(SymbolTable& symbols, std::string_view name)
    : m_symbols{symbols}, m_name{name}, m_builder{options_for(m_name)}
{}

winmd::TypeHandle Emitter::mscorlib(std::string_view name_space, std::string_view name)
{
    return m_builder.type_ref(m_builder.assembly_ref("mscorlib"), name_space, name);
}

winmd::TypeHandle Emitter::handle(Symbol const& symbol)
{
    if (auto const found = m_types.find(&symbol); found != m_types.end()) return found->second;
    // Of this component itself, but defined nowhere: Windows' attributes while the SDK is compiled.
    if (symbol.assembly == m_name)
        return m_builder.type_ref(m_builder.module(), symbol.name_space, symbol.metadata_name());
    return m_builder.type_ref(m_builder.assembly_ref(symbol.assembly), symbol.name_space, symbol.metadata_name());
}

winmd::Type Emitter::type(Type const& type)
{
    winmd::Type result;
    switch (type.kind) {
    case Type::Kind::Error:
    case Type::Kind::Fundamental:
        result = winmd::Type::of(type.element);
        break;
    case Type::Kind::Parameter:
        result = winmd::Type::var(type.number);
        break;
    case Type::Kind::Named:
        if (!type.arguments.empty()) {
            std::vector<winmd::Type> arguments;
            for (auto const& argument : type.arguments)
                arguments.push_back(this->type(argument));
            result = winmd::Type::generic(handle(*type.symbol), std::move(arguments));
        } else if (type.symbol->is_value_type()) {
            result = winmd::Type::value_type(handle(*type.symbol));
        } else {
            result = winmd::Type::class_(handle(*type.symbol));
        }
        break;
    }
    return type.is_array ? winmd::Type::array(std::move(result)) : result;
}

winmd::TypeHandle Emitter::type_handle(Type const& type)
{
    if (type.arguments.empty()) return handle(*type.symbol);
    return m_builder.type_spec(this->type(type));
}

winmd::ParamType Emitter::parameter(ParameterModel const& model, std::vector<Type> const& arguments)
{
    winmd::ParamType result{.type = type(substitute(model.type, arguments)), .by_ref = false, .modifiers = {}};
    result.by_ref =
        model.passing == Passing::Out || model.passing == Passing::ReceiveArray || model.passing == Passing::RefConst;
    if (model.passing == Passing::RefConst)
        result.modifiers.push_back({.required = false, .type = mscorlib("System.Runtime.CompilerServices", "IsConst")});
    return result;
}

winmd::MethodType Emitter::signature(MethodModel const& model, bool has_this, std::vector<Type> const& arguments)
{
    winmd::MethodType result;
    result.has_this = has_this;
    result.return_type.type = type(substitute(model.return_type, arguments));
    for (auto const& each : model.parameters)
        result.params.push_back(parameter(each, arguments));
    return result;
}

winmd::MethodHandle Emitter::method(winmd::TypeDefHandle owner, MethodModel const& model, std::string_view name,
                                    uint16_t flags, uint16_t impl_flags, std::vector<Type> const& arguments)
{
    if (model.role != Role::Method) flags = static_cast<uint16_t>(flags | winmd::method_flags::kSpecialName);
    bool const has_this = (flags & winmd::method_flags::kStatic) == 0;
    auto const result = m_builder.add_method(
        owner,
        {.name = name, .flags = flags, .impl_flags = impl_flags, .signature = signature(model, has_this, arguments)});
    uint16_t sequence = 1;
    for (auto const& each : model.parameters) {
        bool const is_out =
            each.passing == Passing::Out || each.passing == Passing::FillArray || each.passing == Passing::ReceiveArray;
        auto const param =
            m_builder.add_param(result, {.sequence = sequence++,
                                         .flags = is_out ? winmd::param_flags::kOut : winmd::param_flags::kIn,
                                         .name = each.name});
        attributes(param, each.attributes);
    }
    if (model.has_overload)
        attribute(result, metadata_attribute("OverloadAttribute", {Type::fundamental(ElementType::String)},
                                             AttributeBlob{}.string(model.abi_name)));
    attributes(result, model.attributes);
    return result;
}

void Emitter::define(Symbol& symbol)
{
    winmd::TypeDefinition definition;
    definition.name_space = symbol.name_space;
    auto const name = symbol.metadata_name();
    definition.name = name;
    switch (symbol.kind) {
    case DeclarationKind::Interface:
        definition.flags = kInterfaceFlags | (m_symbols.shape_of(symbol).is_exclusive ? 0 : winmd::type_flags::kPublic);
        break;
    case DeclarationKind::Class: {
        auto const& model = *m_classes.at(&symbol);
        auto const is_composable = [](FactoryModel const& factory) {
            return factory.kind == FactoryModel::Kind::Composable;
        };
        bool const is_open = symbol.declaration->is_unsealed ||
                             std::any_of(model.factories.begin(), model.factories.end(), is_composable);
        definition.flags = is_open ? kClassFlags : kSealedFlags;
        if (model.is_static) definition.flags |= winmd::type_flags::kAbstract;
        definition.extends = mscorlib("System", "Object");
        break;
    }
    case DeclarationKind::Struct:
    case DeclarationKind::Contract:
        definition.flags = kStructFlags;
        definition.extends = mscorlib("System", "ValueType");
        break;
    case DeclarationKind::Enum:
        definition.flags = kSealedFlags;
        definition.extends = mscorlib("System", "Enum");
        break;
    case DeclarationKind::Delegate:
        definition.flags = kSealedFlags;
        definition.extends = mscorlib("System", "MulticastDelegate");
        break;
    case DeclarationKind::Attribute:
        definition.flags = kSealedFlags;
        definition.extends = mscorlib("System", "Attribute");
        break;
    }
    auto const result = m_builder.add_type(definition);
    m_types.emplace(&symbol, result);
    if (symbol.declaration == nullptr) return;
    for (auto const& parameter : symbol.declaration->generic_parameters)
        m_builder.add_generic_param(result, parameter.text);
}

void Emitter::attributes_of_type(InterfaceModel const& shape)
{
    auto const owner = m_types.at(shape.symbol);
    AttributeModel guid =
        metadata_attribute("GuidAttribute", {Type::fundamental(ElementType::U4)}, AttributeBlob{}.guid(shape.iid));
    for (int i = 0; i < 2; ++i)
        guid.parameters.push_back(Type::fundamental(ElementType::U2));
    for (int i = 0; i < 8; ++i)
        guid.parameters.push_back(Type::fundamental(ElementType::U1));
    attribute(owner, std::move(guid));
    version(owner, shape.version);
    if (shape.exclusive_to != nullptr)
        attribute(owner, metadata_attribute("ExclusiveToAttribute", {Type::named(m_symbols.system_type())},
                                            AttributeBlob{}.string(shape.exclusive_to->full_name())));
    attributes(owner, shape.attributes);
}

void Emitter::interface(InterfaceModel const& shape)
{
    auto const owner = m_types.at(shape.symbol);
    attributes_of_type(shape);
    for (auto const& base : shape.bases)
        m_builder.add_interface(owner, type_handle(base));
    std::vector<winmd::MethodHandle> methods;
    for (auto const& each : shape.methods) {
        methods.push_back(method(owner, each, each.name, kInterfaceMethod, 0, {}));
        m_methods.emplace(&each, methods.back());
    }
    for (auto const& each : shape.properties) {
        auto const property =
            m_builder.add_property(owner, {.name = each.name, .type = {.type = type(each.type), .modifiers = {}}});
        if (each.getter >= 0)
            m_builder.add_semantics(property, winmd::semantics::kGetter,
                                    methods[static_cast<std::size_t>(each.getter)]);
        if (each.setter >= 0)
            m_builder.add_semantics(property, winmd::semantics::kSetter,
                                    methods[static_cast<std::size_t>(each.setter)]);
        attributes(property, each.attributes);
    }
    for (auto const& each : shape.events) {
        auto const event = m_builder.add_event(owner, {.name = each.name, .type = type_handle(each.type)});
        m_builder.add_semantics(event, winmd::semantics::kAddOn, methods[static_cast<std::size_t>(each.adder)]);
        m_builder.add_semantics(event, winmd::semantics::kRemoveOn, methods[static_cast<std::size_t>(each.remover)]);
        attributes(event, each.attributes);
    }
}

void Emitter::delegate(InterfaceModel const& shape)
{
    auto const owner = m_types.at(shape.symbol);
    attributes_of_type(shape);
    winmd::MethodType make;
    make.return_type.type = winmd::Type::of(ElementType::Void);
    make.params = {{.type = winmd::Type::of(ElementType::Object), .modifiers = {}},
                   {.type = winmd::Type::of(ElementType::I), .modifiers = {}}};
    auto const constructor = m_builder.add_method(owner, {.name = ".ctor",
                                                          .flags = kDelegateConstructor,
                                                          .impl_flags = winmd::method_flags::kRuntimeImplementation,
                                                          .signature = make});
    bool const is_marked = find_attribute(shape.symbol->declaration->attributes, "in_constructor") != nullptr;
    uint16_t const flags = is_marked ? winmd::param_flags::kIn : 0;
    m_builder.add_param(constructor, {.sequence = 1, .flags = flags, .name = "object"});
    m_builder.add_param(constructor, {.sequence = 2, .flags = flags, .name = "method"});
    method(owner, shape.methods.front(), "Invoke", shape.symbol->arity == 0 ? kDelegateInvoke : kGenericDelegateInvoke,
           winmd::method_flags::kRuntimeImplementation, {});
}

void Emitter::data(DataModel const& model)
{
    auto const owner = m_types.at(model.symbol);
    bool const is_enum = model.symbol->kind == DeclarationKind::Enum;
    auto const underlying = model.is_unsigned ? ElementType::U4 : ElementType::I4;
    if (model.symbol->kind != DeclarationKind::Contract) version(owner, model.version);
    attributes(owner, model.attributes);
    if (is_enum)
        m_builder.add_field(owner, {.flags = kEnumValue, .name = "value__", .type = winmd::Type::of(underlying)});
    for (auto const& each : model.fields) {
        auto const field = m_builder.add_field(
            owner,
            {.flags = is_enum ? kEnumerator : winmd::field_flags::kPublic, .name = each.name, .type = type(each.type)});
        attributes(field, each.attributes);
        if (!is_enum) continue;
        if (model.is_unsigned)
            m_builder.add_constant(field, static_cast<uint32_t>(each.value));
        else
            m_builder.add_constant(field, static_cast<int32_t>(each.value));
    }
    if (model.symbol->kind != DeclarationKind::Attribute) return;
    auto constructors = model.constructors;
    if (constructors.empty()) constructors.emplace_back();
    for (auto const& each : constructors) {
        std::vector<Type> types;
        for (auto const& parameter : each.parameters)
            types.push_back(parameter.type);
        m_constructors[model.symbol].emplace_back(std::move(types),
                                                  constructor(owner, each.parameters, kAttributeConstructor));
    }
}

winmd::MethodHandle Emitter::constructor(winmd::TypeDefHandle owner, std::vector<ParameterModel> const& parameters,
                                         uint16_t flags)
{
    MethodModel model{.name = ".ctor"};
    model.parameters = parameters;
    return method(owner, model, ".ctor", flags, winmd::method_flags::kRuntimeImplementation, {});
}

AttributeModel Emitter::metadata_attribute(std::string_view type_name, std::vector<Type> parameters,
                                           AttributeBlob const& value)
{
    return {&m_symbols.metadata_type(type_name), std::move(parameters), value.bytes()};
}

void Emitter::attributes(winmd::AnyHandle parent, AttributeModels const& models)
{
    for (auto const& model : models)
        attribute(parent, model);
}

void Emitter::version(winmd::AnyHandle parent, ApiVersion const& version)
{
    if (version.contract != nullptr)
        attribute(parent,
                  metadata_attribute("ContractVersionAttribute",
                                     {Type::named(m_symbols.system_type()), Type::fundamental(ElementType::U4)},
                                     AttributeBlob{}.string(version.contract->full_name()).u4(version.version)));
    else
        attribute(parent, metadata_attribute("VersionAttribute", {Type::fundamental(ElementType::U4)},
                                             AttributeBlob{}.u4(version.version)));
}

void Emitter::write_attributes()
{
    for (auto const& [parent, model] : m_attributes) {
        winmd::AnyHandle constructor;
        if (auto const own = m_constructors.find(model.type); own != m_constructors.end())
            for (auto const& [types, method] : own->second)
                if (types == model.parameters) constructor = method;
        if (!constructor) {
            winmd::MethodType make;
            make.return_type.type = winmd::Type::of(ElementType::Void);
            for (auto const& each : model.parameters)
                make.params.push_back({.type = type(each), .modifiers = {}});
            constructor = m_builder.member_ref(handle(*model.type), ".ctor", make);
        }
        m_builder.add_attribute(parent, constructor, model.value);
    }
}

std::vector<uint8_t> Emitter::run(Model const& model)
{
    for (auto const& owned : model.classes)
        m_classes.emplace(owned->symbol, owned.get());
    for (auto const& owned : model.data)
        m_data.emplace(owned->symbol, owned.get());
    for (auto* symbol : model.order)
        define(*symbol);
    for (auto* symbol : model.order)
        if (symbol->kind == DeclarationKind::Interface) interface(m_symbols.shape_of(*symbol));
    for (auto* symbol : model.order) {
        if (symbol->kind == DeclarationKind::Interface) continue;
        if (symbol->kind == DeclarationKind::Delegate)
            delegate(m_symbols.shape_of(*symbol));
        else if (symbol->kind == DeclarationKind::Class)
            class_(*m_classes.at(symbol));
        else
            data(*m_data.at(symbol));
    }
    write_attributes();
    return m_builder.finish();
}

} // namespace latchkey::midl
