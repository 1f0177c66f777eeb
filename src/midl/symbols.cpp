// SPDX-License-Identifier: MIT
#include "midl/symbols.h"

#include "midl/spelling.h"
#include "winmd/runtime_type.h"

#include <array>

#include <fmt/format.h>

namespace latchkey::midl {

namespace {

constexpr std::array<std::string_view, 2> kUsualNamespaces{"Windows.Foundation", "Windows.Foundation.Collections"};

constexpr std::array<std::string_view, 15> kFundamentalNames{"Boolean", "Char",   "UInt8", "Int16",  "UInt16",
                                                             "Int32",   "UInt32", "Int64", "UInt64", "Single",
                                                             "Double",  "String", "Guid",  "Object", "void"};

std::string join_names(std::string_view name_space, std::string_view name)
{
    return name_space.empty() ? std::string{name} : fmt::format("{}.{}", name_space, name);
}

DeclarationKind kind_of(winmd::Category category)
{
    using winmd::Category;
    switch (category) {
    case Category::Interface:
        return DeclarationKind::Interface;
    case Category::Class:
    case Category::StaticClass:
        return DeclarationKind::Class;
    case Category::Enum:
        return DeclarationKind::Enum;
    case Category::Struct:
        return DeclarationKind::Struct;
    case Category::Delegate:
        return DeclarationKind::Delegate;
    case Category::Attribute:
        return DeclarationKind::Attribute;
    case Category::Contract:
        return DeclarationKind::Contract;
    }
    return DeclarationKind::Class;
}

std::string_view without_arity(std::string_view name)
{
    return name.substr(0, name.find('`'));
}

std::size_t arity_of(std::string_view name)
{
    auto const tick = name.find('`');
    std::size_t arity = 0;
    if (tick != std::string_view::npos)
        for (char const c : name.substr(tick + 1))
            if (c >= '0' && c <= '9' && arity < 1000) arity = arity * 10 + static_cast<std::size_t>(c - '0');
    return arity;
}

// The assembly that a file expects a type in which no given file defines.
std::string_view assembly_of(winmd::TypeDefOrRef type)
{
    auto const scope =
        type.is<winmd::TypeRef>() ? type.as<winmd::TypeRef>().resolution_scope() : winmd::ResolutionScope{};
    if (scope.is<winmd::AssemblyRef>()) return scope.as<winmd::AssemblyRef>().name();
    return winmd::name_of(type).name_space == "System" ? "mscorlib" : kWindowsAssembly;
}

Passing passing_of(winmd::Passing passing, winmd::ParamSignature const& signature)
{
    switch (passing) {
    case winmd::Passing::In:
        return signature.by_ref ? Passing::RefConst : Passing::In;
    case winmd::Passing::Out:
        return Passing::Out;
    case winmd::Passing::InArray:
        return Passing::PassArray;
    case winmd::Passing::FillArray:
        return Passing::FillArray;
    case winmd::Passing::ReceiveArray:
        return Passing::ReceiveArray;
    }
    return Passing::In;
}

} // namespace

std::string to_string(Type const& type)
{
    std::string text;
    switch (type.kind) {
    case Type::Kind::Error:
        text = "?";
        break;
    case Type::Kind::Parameter:
        text = fmt::format("!{}", type.number);
        break;
    case Type::Kind::Fundamental:
        text = type.is_void() ? "void" : winmd::fundamental_name(type.element);
        break;
    case Type::Kind::Named:
        text = type.symbol->name_space == "System" ? type.symbol->name : type.symbol->full_name();
        for (std::size_t i = 0; i < type.arguments.size(); ++i)
            text += (i == 0 ? "<" : ", ") + to_string(type.arguments[i]);
        if (!type.arguments.empty()) text += '>';
        break;
    }
    return type.is_array ? text + "[]" : text;
}

Type substitute(Type const& type, std::vector<Type> const& arguments)
{
    if (type.kind == Type::Kind::Parameter) {
        if (type.number >= arguments.size()) return type;
        Type result = arguments[type.number];
        result.is_array = result.is_array || type.is_array;
        return result;
    }
    Type result = type;
    for (auto& argument : result.arguments)
        argument = substitute(argument, arguments);
    return result;
}

std::string SymbolTable::key(std::string_view full_name, std::size_t arity)
{
    return arity == 0 ? std::string{full_name} : fmt::format("{}`{}", full_name, arity);
}

Symbol& SymbolTable::add(std::string_view name_space, std::string_view name, std::size_t arity)
{
    auto& place = m_symbols[key(join_names(name_space, name), arity)];
    if (place) m_replaced.push_back(std::move(place));
    place = std::make_unique<Symbol>();
    place->name_space = name_space;
    place->name = name;
    place->arity = static_cast<uint32_t>(arity);
    return *place;
}

Symbol* SymbolTable::declare(Declaration const& declaration, Symbol** existing)
{
    auto const arity = declaration.generic_parameters.size();
    auto const full = join_names(declaration.name_space, declaration.name.text);
    if (auto const found = m_symbols.find(key(full, arity)); found != m_symbols.end()) {
        *existing = found->second.get();
        return nullptr;
    }
    Symbol& symbol = add(declaration.name_space, declaration.name.text, arity);
    symbol.kind = declaration.kind;
    symbol.declaration = &declaration;
    symbol.range = declaration.name.range;
    m_declared.push_back(&symbol);
    for (std::string_view space = declaration.name_space; !space.empty();) {
        m_namespaces.try_emplace(std::string{space}, true);
        auto const dot = space.rfind('.');
        space = dot == std::string_view::npos ? std::string_view{} : space.substr(0, dot);
    }
    return &symbol;
}

Symbol& SymbolTable::make_interface(Symbol& for_class, std::string_view name_space, std::string_view name, Range range)
{
    Symbol& symbol = add(name_space, name, 0);
    symbol.kind = DeclarationKind::Interface;
    symbol.made_for = &for_class;
    symbol.range = range;
    return symbol;
}

Symbol& SymbolTable::of(winmd::TypeDef definition)
{
    auto const [name_space, name] = definition.full_name();
    auto const full = join_names(name_space, without_arity(name));
    if (auto const found = m_symbols.find(key(full, arity_of(name))); found != m_symbols.end()) return *found->second;
    Symbol& symbol = add(name_space, without_arity(name), arity_of(name));
    auto const category = winmd::category(definition);
    symbol.kind = kind_of(category);
    symbol.referenced = definition;
    symbol.is_static_class = category == winmd::Category::StaticClass;
    symbol.is_windows_runtime = definition.is_windows_runtime();
    auto const assemblies = definition.file().rows<winmd::Assembly>();
    symbol.assembly = assemblies.empty() ? kWindowsAssembly : assemblies.front().name();
    return symbol;
}

Symbol* SymbolTable::find(std::string_view full_name, std::size_t arity)
{
    auto const name = key(full_name, arity);
    if (auto const found = m_symbols.find(name); found != m_symbols.end()) return found->second.get();
    if (m_references == nullptr) return nullptr;
    auto const definition = m_references->find(name);
    return definition ? &of(definition) : nullptr;
}

Symbol* SymbolTable::look_up(std::string_view name, std::size_t arity, std::string_view name_space)
{
    for (auto space = name_space; !space.empty();) {
        if (auto* found = find(join_names(space, name), arity)) return found;
        auto const dot = space.rfind('.');
        space = dot == std::string_view::npos ? std::string_view{} : space.substr(0, dot);
    }
    if (auto* found = find(name, arity)) return found;
    for (auto const usual : kUsualNamespaces)
        if (auto* found = find(join_names(usual, name), arity)) return found;
    return nullptr;
}

Symbol& SymbolTable::external(std::string_view name_space, std::string_view name, DeclarationKind kind,
                              std::string_view assembly)
{
    if (auto* found = find(join_names(name_space, name), 0)) return *found;
    Symbol& symbol = add(name_space, name, 0);
    symbol.kind = kind;
    symbol.assembly = assembly;
    symbol.is_windows_runtime = assembly != "mscorlib";
    return symbol;
}

Symbol& SymbolTable::metadata_type(std::string_view name, DeclarationKind kind)
{
    return external(kMetadataNamespace, name, kind, kWindowsAssembly);
}

void SymbolTable::name_attribute(std::string_view idl_name, Symbol& type)
{
    m_attribute_names.try_emplace(join_names(type.name_space, idl_name), &type);
    // Microsoft's compiler knows these names everywhere.
    m_attribute_names.try_emplace(std::string{idl_name}, &type);
}

Symbol* SymbolTable::look_up_attribute(std::string_view name, std::string_view name_space)
{
    for (auto const& candidate : {fmt::format("{}Attribute", name), std::string{name}}) {
        auto* found = look_up(candidate, 0, name_space);
        if (found == nullptr) found = find(join_names(kMetadataNamespace, candidate), 0);
        if (found != nullptr && found->kind == DeclarationKind::Attribute) return found;
    }
    auto const named = m_attribute_names.find(std::string{name});
    return named == m_attribute_names.end() ? referenced_attribute(name) : named->second;
}

Symbol* SymbolTable::referenced_attribute(std::string_view name)
{
    if (m_references == nullptr) return nullptr;
    for (auto const& [space, types] : m_references->namespaces()) {
        for (auto const& type : types) {
            auto const attribute = winmd::find_attribute(type, kMetadataNamespace, "AttributeNameAttribute");
            if (!attribute) continue;
            auto const values = winmd::decode(attribute);
            if (!values || values->fixed.size() != 1 || values->fixed[0].string() != name) continue;
            return m_attribute_names[std::string{name}] = &of(type);
        }
    }
    return nullptr;
}

bool SymbolTable::is_namespace(std::string_view name) const
{
    if (m_namespaces.contains(name)) return true;
    return m_references != nullptr && m_references->namespaces().contains(name);
}

std::optional<std::string> SymbolTable::suggest_type(std::string_view name, std::size_t arity,
                                                     std::string_view name_space)
{
    if (m_suggestions++ >= kMaxSuggestions) return std::nullopt;
    Nearest search{name};
    if (arity == 0)
        for (auto const known : kFundamentalNames)
            search.offer(known);
    // A bare name is compared with bare names; the message says how to write it from here.
    bool const is_bare = name.find('.') == std::string_view::npos;
    auto const offer = [&](std::string_view space, std::string_view type, std::size_t type_arity) {
        if (type_arity != arity) return;
        bool const is_near = space == name_space || space == kUsualNamespaces[0] || space == kUsualNamespaces[1];
        if (is_bare) {
            if (search.offer(type) && !is_near) search.show(join_names(space, type));
        } else {
            search.offer(join_names(space, type));
        }
    };
    for (auto const* symbol : m_declared)
        offer(symbol->name_space, symbol->name, symbol->arity);
    if (m_references != nullptr)
        for (auto const& [space, types] : m_references->namespaces())
            for (auto const& type : types)
                if (type.is_public()) offer(space, without_arity(type.name()), arity_of(type.name()));
    return search.result();
}

Type SymbolTable::type_of(winmd::TypeDefOrRef row)
{
    return type_of(winmd::signature_of(row));
}

Type SymbolTable::type_of(winmd::TypeSignature const& signature)
{
    using winmd::ElementType;
    switch (signature.kind) {
    case ElementType::SzArray: {
        Type element = type_of(signature.element());
        element.is_array = true;
        return element;
    }
    case ElementType::Var:
        return {.kind = Type::Kind::Parameter, .number = signature.number};
    case ElementType::Class:
    case ElementType::ValueType:
    case ElementType::GenericInst: {
        auto const name = winmd::name_of(signature.type);
        auto const full = join_names(name.name_space, without_arity(name.name));
        Symbol* symbol = find(full, arity_of(name.name));
        if (symbol == nullptr) {
            symbol = &add(name.name_space, without_arity(name.name), arity_of(name.name));
            bool const is_value = signature.kind == ElementType::ValueType || signature.is_value_type;
            symbol->kind = is_value ? DeclarationKind::Struct : DeclarationKind::Class;
            symbol->assembly = assembly_of(signature.type);
        }
        Type result = Type::named(*symbol);
        for (auto const& argument : signature.arguments)
            result.arguments.push_back(type_of(argument));
        return result;
    }
    default:
        return Type::fundamental(signature.kind);
    }
}

void SymbolTable::read_shape(InterfaceModel& out, winmd::TypeDef definition)
{
    for (auto const base : definition.interfaces())
        out.bases.push_back(type_of(base.interface()));
    std::map<uint32_t, int> index_of_row;
    for (auto const method : definition.methods()) {
        if (method.is_constructor()) continue;
        auto const signature = method.signature();
        MethodModel model{.name = std::string{method.name()}, .abi_name = std::string{winmd::abi_name(method)}};
        model.has_overload = winmd::has_metadata_attribute(method, "OverloadAttribute");
        model.is_default_overload = winmd::is_default_overload(method);
        model.return_type = type_of(signature.return_type.type);
        for (auto const& parameter : winmd::parameters(method, signature))
            model.parameters.push_back({.name = std::string{parameter.name},
                                        .type = type_of(parameter.signature->type),
                                        .passing = passing_of(parameter.passing, *parameter.signature)});
        index_of_row[method.row()] = static_cast<int>(out.methods.size());
        out.methods.push_back(std::move(model));
    }
    auto const mark = [&](winmd::MethodDef method, Role role) {
        auto const found = method ? index_of_row.find(method.row()) : index_of_row.end();
        if (found == index_of_row.end()) return -1;
        out.methods[static_cast<std::size_t>(found->second)].role = role;
        return found->second;
    };
    for (auto const property : definition.properties())
        out.properties.push_back({.name = std::string{property.name()},
                                  .type = type_of(property.signature().type.type),
                                  .getter = mark(property.getter(), Role::Getter),
                                  .setter = mark(property.setter(), Role::Setter)});
    for (auto const event : definition.events())
        out.events.push_back({.name = std::string{event.name()},
                              .type = type_of(event.type()),
                              .adder = mark(event.add_method(), Role::Adder),
                              .remover = mark(event.remove_method(), Role::Remover)});
}

DataModel SymbolTable::attribute_shape(Symbol& symbol)
{
    DataModel result;
    for (auto const method : symbol.referenced.methods()) {
        if (!method.is_constructor()) continue;
        auto const signature = method.signature();
        auto& constructor = result.constructors.emplace_back();
        for (auto const& parameter : signature.params)
            constructor.parameters.push_back({.name = {}, .type = type_of(parameter.type)});
    }
    for (auto const field : symbol.referenced.fields())
        result.fields.push_back({.name = std::string{field.name()}, .type = type_of(field.signature())});
    return result;
}

InterfaceModel& SymbolTable::shape_of(Symbol& symbol)
{
    if (symbol.shape == nullptr) {
        symbol.shape = std::make_unique<InterfaceModel>();
        symbol.shape->symbol = &symbol;
        if (symbol.referenced) read_shape(*symbol.shape, symbol.referenced);
    }
    return *symbol.shape;
}

} // namespace latchkey::midl
