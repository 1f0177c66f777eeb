// SPDX-License-Identifier: MIT
#include "projection/model_builder.h"

#include "projection/mapped_types.h"
#include "projection/names.h"
#include "projection/parallel.h"

#include <algorithm>

#include <fmt/format.h>

namespace latchkey::projection {

using winmd::Category;
using winmd::ElementType;

tl::expected<Model, GenerateError> build_model(winmd::Metadata const& metadata, ModelOptions const& options)
{
    return ModelBuilder{metadata, options}.build();
}

tl::expected<Model, GenerateError> ModelBuilder::build()
{
    name_types();
    read_all();
    if (auto checked = check_names(); !checked) return tl::unexpected{checked.error()};
    if (auto checked = check_structs(); !checked) return tl::unexpected{checked.error()};
    group_structs();
    part_overloads();
    flatten();
    judge_types();
    judge_members();
    if (!m_unresolved.empty() && m_options.unresolved == Unresolved::Refuse) return tl::unexpected{unresolved_error()};
    for (auto const& [name, where] : m_unresolved)
        m_model.m_unresolved.push_back(name);
    if (auto checked = check_names(); !checked) return tl::unexpected{checked.error()};
    return std::move(m_model);
}

void ModelBuilder::name_types()
{
    auto const is_input = [&](winmd::TypeDef def) { return std::ranges::count(m_options.inputs, &def.file()) != 0; };
    for (auto const& [name, defs] : m_metadata.namespaces()) {
        Namespace* name_space = nullptr;
        for (auto const def : defs) {
            if (!def.is_windows_runtime()) continue;
            auto const category = winmd::category(def);
            if (category == Category::Attribute || category == Category::Contract) continue;
            if (name_space == nullptr) {
                name_space = &m_model.m_namespaces[name];
                name_space->name = name;
                name_space->cpp = cpp_namespace(name);
            }
            auto& type = m_model.m_types.emplace_back();
            type.def = def;
            type.category = category;
            type.name_space = name_space;
            type.name = def.name();
            type.full_name = fmt::format("{}.{}", name, type.name);
            type.cpp_name = identifier(without_arity(type.name));
            auto const* mapped = find_mapped(name, type.name);
            type.cpp = mapped ? std::string{mapped->cpp} : fmt::format("{}::{}", name_space->cpp, type.cpp_name);
            type.joined = joined_name(type.full_name);
            type.is_mapped = mapped != nullptr;
            name_space->types.push_back(&type);
            name_space->has_types |= !type.is_mapped;
            if (!name_space->is_projected && is_input(def))
                name_space->is_projected = is_included(type.full_name, m_options.include, m_options.exclude);
            m_by_def.emplace(def, &type);
        }
    }
    for (auto& [name, name_space] : m_model.m_namespaces)
        for (auto parent = name; name_space.parent == nullptr && parent.find('.') != std::string_view::npos;) {
            parent = parent.substr(0, parent.rfind('.'));
            auto const found = m_model.m_namespaces.find(parent);
            if (found != m_model.m_namespaces.end() && found->second.has_types) name_space.parent = &found->second;
        }
}

void ModelBuilder::read_all()
{
    std::vector<Type*> all;
    all.reserve(m_model.m_types.size());
    for (auto& type : m_model.m_types)
        all.push_back(&type);
    // In portions: one type is too little work to hand out.
    constexpr std::size_t kPortion = 64;
    parallel_for((all.size() + kPortion - 1) / kPortion, [&](std::size_t portion) {
        auto const end = std::min(all.size(), (portion + 1) * kPortion);
        for (auto index = portion * kPortion; index < end; ++index)
            read(*all[index]);
    });
}

Type* ModelBuilder::type_of(winmd::TypeDef def) const
{
    auto const found = m_by_def.find(def);
    return found == m_by_def.end() ? nullptr : found->second;
}

TypeUse ModelBuilder::use_of(winmd::TypeDefOrRef reference) const
{
    TypeUse use;
    auto const name = winmd::name_of(reference);
    if (auto const* mapped = find_mapped(name.name_space, name.name)) {
        use.kind = TypeUse::Kind::Mapped;
        use.mapped = mapped;
        return use;
    }
    if (name.name_space == "System" && name.name == "Object") {
        use.kind = TypeUse::Kind::Object;
        return use;
    }
    if (auto const def = m_metadata.resolve(reference)) use.type = type_of(def);
    use.kind = use.type ? TypeUse::Kind::Named : TypeUse::Kind::Unresolved;
    use.reference = reference;
    return use;
}

TypeUse ModelBuilder::use_of(winmd::TypeSignature const& signature) const
{
    TypeUse use;
    switch (signature.kind) {
    case ElementType::Void:
        return use;
    case ElementType::String:
        use.kind = TypeUse::Kind::String;
        return use;
    case ElementType::Object:
        use.kind = TypeUse::Kind::Object;
        return use;
    case ElementType::Var:
        use.kind = TypeUse::Kind::GenericParam;
        use.number = signature.number;
        return use;
    case ElementType::Class:
    case ElementType::ValueType:
        use = use_of(signature.type);
        use.is_value_type = signature.kind == ElementType::ValueType;
        return use;
    case ElementType::GenericInst:
        use = use_of(signature.type);
        use.is_value_type = signature.is_value_type;
        for (auto const& argument : signature.arguments)
            use.arguments.push_back(use_of(argument));
        return use;
    default:
        use.kind = TypeUse::Kind::Fundamental;
        use.element = signature.kind;
        return use;
    }
}

void ModelBuilder::read(Type& type) const
{
    auto const def = type.def;
    for (auto const param : def.generic_params())
        type.generics.push_back(identifier(param.name()));
    type.is_deprecated = winmd::is_deprecated(def);
    if (type.is_deprecated) type.deprecated = winmd::deprecation_message(def);
    switch (type.category) {
    case Category::Interface:
        type.is_exclusive = winmd::is_exclusive(def);
        read_interface(type);
        break;
    case Category::Delegate:
        type.guid = winmd::guid(def);
        if (auto const invoke = winmd::invoke_method(def)) type.methods.push_back(read_method(type, invoke));
        break;
    case Category::Class:
    case Category::StaticClass:
        read_class(type);
        break;
    case Category::Struct:
        for (auto const field : winmd::struct_fields(def))
            type.fields.push_back({identifier(field.name()), use_of(field.signature())});
        break;
    case Category::Enum:
        type.is_flags = winmd::enum_underlying_type(def) == ElementType::U4;
        for (auto const& constant : winmd::enum_constants(def)) {
            auto& added =
                type.constants.emplace_back(EnumConstant{identifier(constant.name), constant.value, false, {}});
            added.is_deprecated = winmd::is_deprecated(constant.field);
            if (added.is_deprecated) added.deprecated = winmd::deprecation_message(constant.field);
        }
        break;
    default:
        break;
    }
}

void ModelBuilder::read_interface(Type& type) const
{
    type.guid = winmd::guid(type.def);
    for (auto const row : type.def.methods())
        type.methods.push_back(read_method(type, row));
    name_methods(type);
    for (auto const row : type.def.interfaces()) {
        ClassInterface required;
        required.interface = use_of(winmd::signature_of(row.interface()));
        type.interfaces.push_back(std::move(required));
    }
}

Method ModelBuilder::read_method(Type const& type, winmd::MethodDef row) const
{
    Method method;
    auto name = row.name();
    if (row.is_special_name() && type.category == Category::Interface) {
        auto const strip = [&](std::string_view prefix, Method::Kind kind) {
            if (method.kind != Method::Kind::Plain || !name.starts_with(prefix)) return;
            name.remove_prefix(prefix.size());
            method.kind = kind;
        };
        strip("get_", Method::Kind::Getter);
        strip("put_", Method::Kind::Setter);
        strip("add_", Method::Kind::Adder);
        strip("remove_", Method::Kind::Remover);
    }
    method.name = identifier(name);
    method.slot = identifier(winmd::abi_name(row));
    method.is_noexcept =
        method.kind == Method::Kind::Remover || winmd::has_metadata_attribute(row, "NoExceptionAttribute");
    method.is_deprecated = winmd::is_deprecated(row);
    if (method.is_deprecated) method.deprecated = winmd::deprecation_message(row);

    auto const signature = row.signature();
    auto const& result = signature.return_type.type;
    method.returns_array = result.kind == ElementType::SzArray;
    method.result = use_of(method.returns_array ? result.element() : result);
    auto const is_type_parameter = [&](std::string const& text) {
        return text == "D" || text == "H" || std::ranges::count(type.generics, text) != 0;
    };
    for (auto const& each : winmd::parameters(row, signature)) {
        auto& parameter = method.parameters.emplace_back();
        auto const& its = each.signature->type;
        parameter.type = use_of(its.kind == ElementType::SzArray ? its.element() : its);
        parameter.passing = each.passing;
        parameter.by_const_reference = each.passing == winmd::Passing::In && each.signature->by_ref;
        // The name of a parameter is nobody's contract: any will do.
        parameter.name = is_identifier(each.name) ? parameter_identifier(each.name)
                                                  : fmt::format("value{}", method.parameters.size());
        if (is_type_parameter(parameter.name)) parameter.name += '_';
        for (std::size_t other = 0; other + 1 < method.parameters.size(); ++other)
            if (method.parameters[other].name == parameter.name) parameter.name += '_';
    }
    if (is_type_parameter(method.name)) method.name += '_';
    return method;
}

// Slots of one vtable struct must differ, and none may hide a function of IInspectable or a template parameter. What an
// event makes beside its method keeps its name.
void ModelBuilder::name_methods(Type& type) const
{
    constexpr std::array<std::string_view, 6> kTaken{"QueryInterface",      "AddRef",       "Release", "GetIids",
                                                     "GetRuntimeClassName", "GetTrustLevel"};
    std::set<std::string_view> seen;
    std::set<std::string> revokers;
    for (auto const& method : type.methods)
        if (method.kind == Method::Kind::Adder) revokers.insert(method.name + "_revoker");
    for (auto& method : type.methods) {
        if (revokers.contains(method.name)) method.name += '_';
        bool const is_parameter = method.slot == "D" || std::ranges::count(type.generics, method.slot) != 0;
        if (std::ranges::count(kTaken, method.slot) != 0 || method.slot == "type" || method.slot == "shim" ||
            is_parameter)
            method.slot += '_';
        auto const plain = method.slot;
        for (int suffix = 2; seen.contains(method.slot); ++suffix)
            method.slot = fmt::format("{}_{}", plain, suffix);
        seen.insert(method.slot);
    }
}

void ModelBuilder::read_class(Type& type) const
{
    auto const def = type.def;
    type.is_sealed = def.is_sealed();
    for (auto const row : def.interfaces()) {
        auto& added = type.interfaces.emplace_back();
        added.interface = use_of(winmd::signature_of(row.interface()));
        added.is_default = winmd::has_metadata_attribute(row, "DefaultAttribute");
        added.is_overridable = winmd::has_metadata_attribute(row, "OverridableAttribute");
        added.is_protected = winmd::has_metadata_attribute(row, "ProtectedAttribute");
        if (added.is_default) type.default_interface = added.interface;
    }
    for (auto const& factory : winmd::factories(def)) {
        auto& added = type.factories.emplace_back();
        added.kind = factory.kind;
        added.is_public = factory.is_public;
        if (factory.interface.empty()) continue;
        if (auto const found = m_metadata.find(factory.interface)) added.interface = type_of(found);
        if (added.interface == nullptr) type.factories.pop_back();
    }
    if (auto const base = winmd::base_class(def, m_metadata)) type.base = type_of(base);
}

// Counts a type and the types inside it, up to a limit.
static std::size_t parts_of(TypeUse const& use, std::size_t limit)
{
    std::size_t count = 1;
    for (auto const& argument : use.arguments) {
        if (count >= limit) break;
        count += parts_of(argument, limit - count);
    }
    return count;
}

void ModelBuilder::add_required(std::vector<TypeUse>& to, TypeUse const& use, unsigned depth) const
{
    if (use.kind != TypeUse::Kind::Named || use.type->category != Category::Interface || depth > kMaxRequireDepth)
        return;
    if (to.size() == kMaxRequired || std::ranges::find(to, use) != to.end()) return;
    to.push_back(use);
    for (auto const& inner : use.type->interfaces) {
        if (use.arguments.empty()) {
            add_required(to, inner.interface, depth + 1);
            continue;
        }
        // A generic that requires a larger instance of itself would grow for ever.
        if (parts_of(inner.interface, kMaxTypeParts) >= kMaxTypeParts) continue;
        auto const larger = substitute(inner.interface, use.arguments);
        if (parts_of(larger, kMaxTypeParts) < kMaxTypeParts) add_required(to, larger, depth + 1);
    }
}

void ModelBuilder::flatten()
{
    for (auto& type : m_model.m_types)
        if (type.category == Category::Interface)
            for (auto const& own : type.interfaces)
                add_required(type.required, own.interface, 0);
    for (auto& type : m_model.m_types) {
        if (type.category != Category::Class) continue;
        std::vector<TypeUse> all;
        auto levels = bases_of(type);
        levels.insert(levels.begin(), &type);
        for (auto const* level : levels)
            for (auto const& own : level->interfaces)
                if (!own.is_overridable && !own.is_protected) add_required(all, own.interface, 0);
        // What comes through the default interface is there already: a second time would be ambiguous.
        std::vector<TypeUse> through_default;
        add_required(through_default, type.default_interface, 0);
        for (auto const& use : all)
            if (std::ranges::find(through_default, use) == through_default.end()) type.class_interfaces.push_back(use);
    }
}

} // namespace latchkey::projection
