// SPDX-License-Identifier: MIT
#include "winmd/builder.h"

#include "winmd/builder_contents.h"

#include <bit>
#include <cassert>
#include <utility>

namespace latchkey::winmd {

namespace {

using Bytes = std::vector<uint8_t>;

constexpr std::array<uint8_t, 8> kMscorlibToken{0xb7, 0x7a, 0x5c, 0x56, 0x19, 0x34, 0xe0, 0x89};

void append_element(Bytes& out, ElementType type)
{
    out.push_back(static_cast<uint8_t>(type));
}

void append_token(Bytes& out, TypeHandle type)
{
    append_compressed(out, TypeDefOrRef::encode(type.table, type.number));
}

void append_type(Bytes& out, Type const& type)
{
    append_element(out, type.kind);
    switch (type.kind) {
    case ElementType::Class:
    case ElementType::ValueType:
        append_token(out, type.type);
        break;
    case ElementType::GenericInst:
        append_element(out, type.is_value_type ? ElementType::ValueType : ElementType::Class);
        append_token(out, type.type);
        append_compressed(out, static_cast<uint32_t>(type.arguments.size()));
        for (auto const& argument : type.arguments)
            append_type(out, argument);
        break;
    case ElementType::Var:
    case ElementType::MVar:
        append_compressed(out, type.number);
        break;
    case ElementType::SzArray:
    case ElementType::Ptr:
        append_type(out, type.arguments.front());
        break;
    case ElementType::Array:
        append_type(out, type.arguments.front());
        append_compressed(out, type.number);
        append_compressed(out, 0);
        append_compressed(out, 0);
        break;
    default:
        break;
    }
}

void append_param(Bytes& out, ParamType const& param)
{
    for (auto const& modifier : param.modifiers) {
        append_element(out, modifier.required ? ElementType::CModReqd : ElementType::CModOpt);
        append_token(out, modifier.type);
    }
    if (param.by_ref) append_element(out, ElementType::ByRef);
    append_type(out, param.type);
}

Bytes method_blob(MethodType const& type)
{
    Bytes out;
    out.push_back(static_cast<uint8_t>((type.has_this ? 0x20 : 0) | (type.generic_param_count != 0 ? 0x10 : 0)));
    if (type.generic_param_count != 0) append_compressed(out, type.generic_param_count);
    append_compressed(out, static_cast<uint32_t>(type.params.size()));
    append_param(out, type.return_type);
    for (auto const& param : type.params)
        append_param(out, param);
    return out;
}

// The element type of a constant and its bytes.
std::pair<ElementType, Bytes> constant_blob(ConstantValue const& value)
{
    Bytes out;
    auto number = [&](ElementType type, uint64_t bits, unsigned size) {
        append_little_endian(out, bits, size);
        return type;
    };
    auto const type = std::visit(
        [&](auto const& held) {
            using T = std::decay_t<decltype(held)>;
            using enum ElementType;
            if constexpr (std::is_same_v<T, std::monostate>) {
                return number(Class, 0, 4);
            } else if constexpr (std::is_same_v<T, std::u16string>) {
                for (auto const c : held)
                    append_little_endian(out, c, 2);
                return String;
            } else if constexpr (std::is_same_v<T, float>) {
                return number(R4, std::bit_cast<uint32_t>(held), 4);
            } else if constexpr (std::is_same_v<T, double>) {
                return number(R8, std::bit_cast<uint64_t>(held), 8);
            } else if constexpr (std::is_same_v<T, bool>) {
                return number(Boolean, held ? 1 : 0, 1);
            } else if constexpr (std::is_same_v<T, char16_t>) {
                return number(Char, held, 2);
            } else {
                constexpr bool kSigned = std::is_signed_v<T>;
                constexpr std::array kTypes{I1, U1, I2, U2, I4, U4, I8, U8};
                auto const index = std::bit_width(sizeof(T) - 1) * 2 + (kSigned ? 0 : 1);
                return number(kTypes[static_cast<std::size_t>(index)], static_cast<uint64_t>(held), sizeof(T));
            }
        },
        value);
    return {type, out};
}

// The number of a row that is stored once: its place in `rows`, new or known.
template <typename Row>
uint32_t intern(std::vector<Row>& rows, std::map<Row, uint32_t>& known, Row const& row)
{
    auto const [found, added] = known.try_emplace(row, static_cast<uint32_t>(rows.size() + 1));
    if (added) rows.push_back(row);
    return found->second;
}

template <typename HandleType, typename Row>
HandleType append_row(std::vector<Row>& rows, Row row)
{
    rows.push_back(std::move(row));
    return HandleType{static_cast<uint32_t>(rows.size())};
}

} // namespace

Type Type::of(ElementType fundamental)
{
    Type result;
    result.kind = fundamental;
    return result;
}

Type Type::class_(TypeHandle type)
{
    Type result;
    result.kind = ElementType::Class;
    result.type = type;
    return result;
}

Type Type::value_type(TypeHandle type)
{
    Type result;
    result.kind = ElementType::ValueType;
    result.type = type;
    return result;
}

Type Type::generic(TypeHandle type, std::vector<Type> arguments)
{
    Type result;
    result.kind = ElementType::GenericInst;
    result.type = type;
    result.arguments = std::move(arguments);
    return result;
}

Type Type::var(uint32_t number)
{
    Type result;
    result.kind = ElementType::Var;
    result.number = number;
    return result;
}

Type Type::array(Type element)
{
    Type result;
    result.kind = ElementType::SzArray;
    result.arguments.push_back(std::move(element));
    return result;
}

Builder::Builder(BuilderOptions options) : m_contents{std::make_unique<Contents>()}
{
    auto& c = *m_contents;
    c.options = std::move(options);
    if (c.options.module_name.empty()) c.options.module_name = c.options.name + ".winmd";
    c.module_name = c.strings.add(c.options.module_name);
    c.assembly_name = c.strings.add(c.options.name);
    if (c.options.module_type) add_type({.flags = 0, .name_space = {}, .name = "<Module>", .extends = {}});
}

Builder::~Builder() = default;
Builder::Builder(Builder&&) noexcept = default;
Builder& Builder::operator=(Builder&&) noexcept = default;

ModuleHandle Builder::module() const
{
    return {1};
}

AssemblyHandle Builder::assembly() const
{
    return {1};
}

AssemblyRefHandle Builder::assembly_ref(std::string_view name)
{
    AssemblyReference reference{.name = name, .public_key_or_token = {}, .culture = {}, .hash_value = {}};
    if (name == "mscorlib") {
        reference.flags = 0;
        reference.public_key_or_token = kMscorlibToken;
    }
    return assembly_ref(reference);
}

AssemblyRefHandle Builder::assembly_ref(AssemblyReference const& reference)
{
    auto& c = *m_contents;
    Contents::AssemblyRefRow const row{reference.version,
                                       reference.flags,
                                       c.blobs.add(reference.public_key_or_token),
                                       c.strings.add(reference.name),
                                       c.strings.add(reference.culture),
                                       c.blobs.add(reference.hash_value)};
    return {intern(c.assembly_refs, c.known_assembly_refs, row)};
}

TypeRefHandle Builder::type_ref(AnyHandle scope, std::string_view name_space, std::string_view name)
{
    auto& c = *m_contents;
    return {intern(c.type_refs, c.known_type_refs, {scope, c.strings.add(name), c.strings.add(name_space)})};
}

TypeSpecHandle Builder::type_spec(Type const& type)
{
    Bytes blob;
    append_type(blob, type);
    return {intern(m_contents->type_specs, m_contents->known_type_specs, m_contents->blobs.add(blob))};
}

MemberRefHandle Builder::member_ref(AnyHandle parent, std::string_view name, MethodType const& signature)
{
    auto& c = *m_contents;
    return {
        intern(c.member_refs, c.known_member_refs, {parent, c.strings.add(name), c.blobs.add(method_blob(signature))})};
}

TypeDefHandle Builder::add_type(TypeDefinition const& definition)
{
    auto& c = *m_contents;
    return append_row<TypeDefHandle>(c.types, Contents::TypeDefRow{definition.flags,
                                                                   c.strings.add(definition.name),
                                                                   c.strings.add(definition.name_space),
                                                                   definition.extends,
                                                                   {},
                                                                   {},
                                                                   {},
                                                                   {}});
}

void Builder::set_extends(TypeDefHandle type, TypeHandle extends)
{
    m_contents->types[type.number - 1].extends = extends;
}

void Builder::set_flags(TypeDefHandle type, uint32_t flags)
{
    m_contents->types[type.number - 1].flags = flags;
}

void Builder::set_enclosing_type(TypeDefHandle nested, TypeDefHandle enclosing)
{
    m_contents->nested.push_back({nested.number, enclosing.number});
}

void Builder::set_class_layout(TypeDefHandle type, uint16_t packing_size, uint32_t class_size)
{
    m_contents->layouts.push_back({packing_size, class_size, type.number});
}

GenericParamHandle Builder::add_generic_param(AnyHandle owner, std::string_view name, uint16_t flags)
{
    auto& c = *m_contents;
    uint16_t number = 0;
    for (auto const& known : c.generic_params)
        if (known.owner == owner) ++number;
    return append_row<GenericParamHandle>(c.generic_params,
                                          Contents::GenericParamRow{number, flags, owner, c.strings.add(name)});
}

FieldHandle Builder::add_field(TypeDefHandle type, FieldDefinition const& definition)
{
    auto& c = *m_contents;
    Bytes blob{0x06};
    append_type(blob, definition.type);
    auto const handle = append_row<FieldHandle>(
        c.fields, Contents::FieldRow{definition.flags, c.strings.add(definition.name), c.blobs.add(blob)});
    c.types[type.number - 1].fields.push_back(handle.number);
    return handle;
}

MethodHandle Builder::add_method(TypeDefHandle type, MethodDefinition const& definition)
{
    auto& c = *m_contents;
    auto const handle =
        append_row<MethodHandle>(c.methods, Contents::MethodRow{definition.flags,
                                                                definition.impl_flags,
                                                                c.strings.add(definition.name),
                                                                c.blobs.add(method_blob(definition.signature)),
                                                                {}});
    c.types[type.number - 1].methods.push_back(handle.number);
    return handle;
}

void Builder::set_method_flags(MethodHandle method, uint16_t flags, uint16_t impl_flags)
{
    auto& row = m_contents->methods[method.number - 1];
    row.flags = flags;
    row.impl_flags = impl_flags;
}

ParamHandle Builder::add_param(MethodHandle method, ParamDefinition const& definition)
{
    auto& c = *m_contents;
    auto const handle = append_row<ParamHandle>(
        c.params, Contents::ParamRow{definition.flags, definition.sequence, c.strings.add(definition.name)});
    c.methods[method.number - 1].params.push_back(handle.number);
    return handle;
}

PropertyHandle Builder::add_property(TypeDefHandle type, PropertyDefinition const& definition)
{
    auto& c = *m_contents;
    Bytes blob{static_cast<uint8_t>(definition.has_this ? 0x28 : 0x08), 0};
    append_param(blob, definition.type);
    auto const handle = append_row<PropertyHandle>(
        c.properties, Contents::PropertyRow{definition.flags, c.strings.add(definition.name), c.blobs.add(blob)});
    auto& properties = c.types[type.number - 1].properties;
    if (properties.empty()) c.types_with_properties.push_back(type.number);
    properties.push_back(handle.number);
    return handle;
}

EventHandle Builder::add_event(TypeDefHandle type, EventDefinition const& definition)
{
    auto& c = *m_contents;
    auto const handle = append_row<EventHandle>(
        c.events, Contents::EventRow{definition.flags, c.strings.add(definition.name), definition.type});
    auto& events = c.types[type.number - 1].events;
    if (events.empty()) c.types_with_events.push_back(type.number);
    events.push_back(handle.number);
    return handle;
}

void Builder::add_semantics(AnyHandle association, uint16_t what, MethodHandle method)
{
    m_contents->semantics.push_back({what, method, association});
}

InterfaceImplHandle Builder::add_interface(TypeDefHandle type, TypeHandle interface)
{
    return append_row<InterfaceImplHandle>(m_contents->interfaces, Contents::InterfaceRow{type.number, interface});
}

void Builder::add_method_impl(TypeDefHandle type, AnyHandle body, AnyHandle declaration)
{
    m_contents->method_impls.push_back({type.number, body, declaration});
}

void Builder::add_constant(AnyHandle parent, ConstantValue const& value)
{
    auto const [type, bytes] = constant_blob(value);
    m_contents->constants.push_back({type, parent, m_contents->blobs.add(bytes)});
}

void Builder::add_attribute(AnyHandle parent, AnyHandle constructor, std::vector<uint8_t> value)
{
    m_contents->attributes.push_back({parent, constructor, m_contents->blobs.add(value)});
}

} // namespace latchkey::winmd
