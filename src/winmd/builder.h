// SPDX-License-Identifier: MIT
// Writes metadata. Add things in their natural order, refer to them by the handles that come back, and finish() brings
// rows into the order that ECMA-335 wants: members grouped by type, sorted tables sorted, one PropertyMap and EventMap
// row a type, strings and blobs stored once. The same calls give the same bytes.
//
//     Builder builder{{.name = "Tasks"}};
//     auto foundation = builder.assembly_ref("Windows.Foundation");
//     auto type = builder.add_type({.flags = …, .name_space = "Tasks", .name = "IMail", .extends = {}});
//     auto method = builder.add_method(type, {.name = "Send", .flags = 0x05c6, .impl_flags = 0,
//                                             .signature = {.has_this = true, .return_type =
//                                             {Type::of(ElementType::Void)},
//                                                           .params = {{Type::of(ElementType::String)}}}});
//     builder.add_param(method, {.sequence = 1, .flags = param_flags::kIn, .name = "text"});
//     std::vector<uint8_t> file = builder.finish();
//
// Row 1 of TypeDef (<Module>), Module and Assembly are made by the constructor. Handles belong to their builder.
// The builder does not judge what it is told to write: that is validate()'s work.
#pragma once

#include "winmd/guid.h"
#include "winmd/schema.h"
#include "winmd/tables.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace latchkey::winmd {

// A row that will exist. number is meaningful to the builder only (for Field, MethodDef, Param, Property and Event it
// is the order of creation, not the final row).
template <TableId Id>
struct Handle {
    static constexpr TableId kTable = Id;
    uint32_t number = 0;

    explicit operator bool() const { return number != 0; }
    auto operator<=>(Handle const&) const = default;
};
using TypeDefHandle = Handle<TableId::TypeDef>;
using TypeRefHandle = Handle<TableId::TypeRef>;
using TypeSpecHandle = Handle<TableId::TypeSpec>;
using FieldHandle = Handle<TableId::Field>;
using MethodHandle = Handle<TableId::MethodDef>;
using ParamHandle = Handle<TableId::Param>;
using InterfaceImplHandle = Handle<TableId::InterfaceImpl>;
using MemberRefHandle = Handle<TableId::MemberRef>;
using PropertyHandle = Handle<TableId::Property>;
using EventHandle = Handle<TableId::Event>;
using AssemblyRefHandle = Handle<TableId::AssemblyRef>;
using AssemblyHandle = Handle<TableId::Assembly>;
using ModuleHandle = Handle<TableId::Module>;
using GenericParamHandle = Handle<TableId::GenericParam>;

// Any handle: the table and its number. What coded indexes are made from.
struct AnyHandle {
    TableId table = TableId::None;
    uint32_t number = 0;

    AnyHandle() = default;
    template <TableId Id>
    AnyHandle(Handle<Id> handle) : table{Id}, number{handle.number}
    {}
    explicit operator bool() const { return number != 0; }
    auto operator<=>(AnyHandle const&) const = default;
};
// Where a type is wanted: TypeDef, TypeRef or TypeSpec.
using TypeHandle = AnyHandle;

// A type inside a signature that is to be written. The shape is TypeSignature's.
struct Type {
    ElementType kind = ElementType::Void;
    TypeHandle type;            // Class, ValueType, GenericInst
    bool is_value_type = false; // GenericInst
    uint32_t number = 0;        // Var, MVar; Array: rank
    std::vector<Type> arguments;

    static Type of(ElementType fundamental);
    static Type class_(TypeHandle type);     // interfaces, delegates and runtime classes
    static Type value_type(TypeHandle type); // structs and enums
    static Type generic(TypeHandle type, std::vector<Type> arguments);
    static Type var(uint32_t number); // the generic type's parameter
    static Type array(Type element);  // T[]
    bool operator==(Type const&) const = default;
};

struct Modifier {
    bool required = false;
    TypeHandle type;
};

struct ParamType {
    Type type;
    bool by_ref = false;
    std::vector<Modifier> modifiers;
};

struct MethodType {
    bool has_this = true;
    uint32_t generic_param_count = 0;
    ParamType return_type;
    std::vector<ParamType> params;
};

struct TypeDefinition {
    uint32_t flags = 0;
    std::string_view name_space;
    std::string_view name;
    TypeHandle extends; // none: interfaces
};

struct FieldDefinition {
    uint16_t flags = 0;
    std::string_view name;
    Type type;
};

struct MethodDefinition {
    std::string_view name;
    uint16_t flags = 0;
    uint16_t impl_flags = 0;
    MethodType signature;
};

struct ParamDefinition {
    uint16_t sequence = 0; // 0: the return value
    uint16_t flags = 0;
    std::string_view name;
};

struct PropertyDefinition {
    std::string_view name;
    uint16_t flags = 0;
    bool has_this = true; // false: static
    ParamType type;
};

struct EventDefinition {
    std::string_view name;
    uint16_t flags = 0;
    TypeHandle type; // the delegate
};

struct BuilderOptions {
    std::string name;        // of the assembly, without ".winmd"
    std::string module_name; // empty: name + ".winmd"
    std::string version = "WindowsRuntime 1.4";
    std::optional<Guid> mvid; // nullopt: made from the contents
    AssemblyVersion assembly_version = {255, 255, 255, 255};
    uint32_t assembly_flags = assembly_flags::kWindowsRuntime;
    uint32_t hash_algorithm = 0x8004;
    // false only to make broken files for tests:
    bool module_type = true; // write <Module>
    bool assembly_row = true;
};

// The bytes of a custom attribute value. Order: fixed arguments as the constructor has them, then named ones.
class AttributeBlob {
public:
    AttributeBlob();
    AttributeBlob& boolean(bool value);
    AttributeBlob& u1(uint8_t value);
    AttributeBlob& u2(uint16_t value);
    AttributeBlob& u4(uint32_t value); // also UInt32 enums
    AttributeBlob& i4(int32_t value);  // also Int32 enums
    AttributeBlob& u8(uint64_t value);
    AttributeBlob& i8(int64_t value);
    AttributeBlob& r4(float value);
    AttributeBlob& r8(double value);
    AttributeBlob& character(char16_t value);
    AttributeBlob& string(std::string_view value); // UTF-8; also a System.Type by name
    AttributeBlob& null_string();
    AttributeBlob& guid(Guid const& value); // the eleven arguments of GuidAttribute
    AttributeBlob& raw(std::span<uint8_t const> bytes);

    // Begins a named argument; call the value's method next. enum_type is the name for ElementType::Enum.
    AttributeBlob& named(bool is_field, ElementType type, std::string_view name, std::string_view enum_type = {});

    std::vector<uint8_t> bytes() const;

private:
    void little_endian(uint64_t value, unsigned bytes);
    std::vector<uint8_t> m_bytes;
    std::size_t m_fixed_size = 0; // bytes before the first named argument
    uint16_t m_named = 0;
};

class Builder {
public:
    explicit Builder(BuilderOptions options);
    ~Builder();
    Builder(Builder&&) noexcept;
    Builder& operator=(Builder&&) noexcept;

    ModuleHandle module() const;
    AssemblyHandle assembly() const;

    // The same arguments give the same handle. "mscorlib" gets its public key token and no Windows Runtime flag.
    AssemblyRefHandle assembly_ref(std::string_view name);
    // All columns as given; for copies of existing files.
    struct AssemblyReference {
        std::string_view name;
        AssemblyVersion version = {255, 255, 255, 255};
        uint32_t flags = assembly_flags::kWindowsRuntime;
        std::span<uint8_t const> public_key_or_token;
        std::string_view culture;
        std::span<uint8_t const> hash_value;
    };
    AssemblyRefHandle assembly_ref(AssemblyReference const& reference);
    // scope: AssemblyRef, Module (a type of this file by name) or TypeRef (a nested type).
    TypeRefHandle type_ref(AnyHandle scope, std::string_view name_space, std::string_view name);
    TypeSpecHandle type_spec(Type const& type);
    MemberRefHandle member_ref(AnyHandle parent, std::string_view name, MethodType const& signature);

    TypeDefHandle add_type(TypeDefinition const& definition);
    void set_extends(TypeDefHandle type, TypeHandle extends);
    void set_flags(TypeDefHandle type, uint32_t flags);
    void set_enclosing_type(TypeDefHandle nested, TypeDefHandle enclosing);
    void set_class_layout(TypeDefHandle type, uint16_t packing_size, uint32_t class_size);
    // owner: a TypeDef or a MethodDef. Numbers count up from 0.
    GenericParamHandle add_generic_param(AnyHandle owner, std::string_view name, uint16_t flags = 0);

    FieldHandle add_field(TypeDefHandle type, FieldDefinition const& definition);
    MethodHandle add_method(TypeDefHandle type, MethodDefinition const& definition);
    void set_method_flags(MethodHandle method, uint16_t flags, uint16_t impl_flags);
    ParamHandle add_param(MethodHandle method, ParamDefinition const& definition);
    PropertyHandle add_property(TypeDefHandle type, PropertyDefinition const& definition);
    EventHandle add_event(TypeDefHandle type, EventDefinition const& definition);
    // association: a Property or an Event; what: semantics::kGetter, …
    void add_semantics(AnyHandle association, uint16_t what, MethodHandle method);

    InterfaceImplHandle add_interface(TypeDefHandle type, TypeHandle interface);
    // body and declaration: MethodDef or MemberRef.
    void add_method_impl(TypeDefHandle type, AnyHandle body, AnyHandle declaration);
    // parent: Field, Param or Property. monostate is a null reference.
    void add_constant(AnyHandle parent, ConstantValue const& value);
    // constructor: MethodDef or MemberRef.
    void add_attribute(AnyHandle parent, AnyHandle constructor, std::vector<uint8_t> value);
    void add_attribute(AnyHandle parent, AnyHandle constructor, AttributeBlob const& value)
    {
        add_attribute(parent, constructor, value.bytes());
    }

    // The whole file. May be called more than once.
    std::vector<uint8_t> finish() const;

private:
    friend class BuilderFinish;
    struct Contents;
    std::unique_ptr<Contents> m_contents;
};

} // namespace latchkey::winmd
