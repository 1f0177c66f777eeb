// SPDX-License-Identifier: MIT
// Row views, one for each table of ECMA-335 II.22 and named as there; the accessors are the columns, named as there,
// and the relations that the standard expresses by search ("the properties of a type").
//
//     for (TypeDef type : file.rows<TypeDef>())
//         for (MethodDef method : type.methods())
//             print(type.name(), method.name(), method.signature().params.size());
//
// Everything is a view: nothing is copied until a signature or a value is asked for.
#pragma once

#include "winmd/rows.h"

#include <span>
#include <string_view>
#include <variant>

namespace latchkey::winmd {

struct TypeSignature;
struct MethodSignature;
struct PropertySignature;
struct TypeDef;
struct TypeRef;
struct Field;
struct MethodDef;
struct Param;
struct InterfaceImpl;
struct MemberRef;
struct Constant;
struct CustomAttribute;
struct EventMap;
struct Event;
struct PropertyMap;
struct Property;
struct MethodSemantics;
struct MethodImpl;
struct GenericParam;
struct GenericParamConstraint;
struct NestedClass;
struct ClassLayout;
struct AssemblyRef;

// "Windows.Foundation" and "IAsyncAction". A type inside another has an empty name_space; ask its enclosing type.
struct TypeName {
    std::string_view name_space;
    std::string_view name;
    auto operator<=>(TypeName const&) const = default;
};
std::string to_string(TypeName const&); // "Windows.Foundation.IAsyncAction"

struct Module : Row<TableId::Module> {
    using Row::Row;
    std::string_view name() const { return string(1); }
    Guid mvid() const { return file().guid(column(2)); }
    Rows<CustomAttribute> attributes() const;
};

struct TypeRef : Row<TableId::TypeRef> {
    using Row::Row;
    ResolutionScope resolution_scope() const { return coded<ResolutionScope>(0); }
    std::string_view name() const { return string(1); }
    std::string_view name_space() const { return string(2); }
    TypeName full_name() const { return {name_space(), name()}; }
};

struct TypeDef : Row<TableId::TypeDef> {
    using Row::Row;
    uint32_t flags() const { return column(0); }
    std::string_view name() const { return string(1); }
    std::string_view name_space() const { return string(2); }
    TypeName full_name() const { return {name_space(), name()}; }
    TypeDefOrRef extends() const { return coded<TypeDefOrRef>(3); }
    Rows<Field> fields() const;
    Rows<MethodDef> methods() const;
    Rows<Property> properties() const;
    Rows<Event> events() const;
    Rows<InterfaceImpl> interfaces() const;
    Rows<MethodImpl> method_impls() const;
    Rows<GenericParam> generic_params() const;
    Rows<CustomAttribute> attributes() const;
    TypeDef enclosing_type() const; // none when not nested
    ClassLayout class_layout() const;

    bool is_interface() const { return (flags() & type_flags::kInterface) != 0; }
    bool is_windows_runtime() const { return (flags() & type_flags::kWindowsRuntime) != 0; }
    bool is_sealed() const { return (flags() & type_flags::kSealed) != 0; }
    bool is_public() const { return (flags() & type_flags::kVisibilityMask) == type_flags::kPublic; }
};

struct Field : Row<TableId::Field> {
    using Row::Row;
    uint16_t flags() const { return static_cast<uint16_t>(column(0)); }
    std::string_view name() const { return string(1); }
    std::span<uint8_t const> signature_blob() const { return blob(2); }
    TypeSignature signature() const;
    TypeDef parent() const;
    Constant constant() const; // none when it has none
    Rows<CustomAttribute> attributes() const;
};

struct MethodDef : Row<TableId::MethodDef> {
    using Row::Row;
    uint32_t rva() const { return column(0); }
    uint16_t impl_flags() const { return static_cast<uint16_t>(column(1)); }
    uint16_t flags() const { return static_cast<uint16_t>(column(2)); }
    std::string_view name() const { return string(3); }
    std::span<uint8_t const> signature_blob() const { return blob(4); }
    MethodSignature signature() const;
    // In sequence order as stored; sequence 0 names the return value. May have fewer rows than the signature has
    // parameters: see parameters() in runtime_type.h.
    Rows<Param> params() const;
    TypeDef parent() const;
    Rows<GenericParam> generic_params() const;
    Rows<CustomAttribute> attributes() const;

    bool is_static() const { return (flags() & method_flags::kStatic) != 0; }
    bool is_special_name() const { return (flags() & method_flags::kSpecialName) != 0; }
    bool is_constructor() const { return (flags() & method_flags::kRtSpecialName) != 0 && name() == ".ctor"; }
};

struct Param : Row<TableId::Param> {
    using Row::Row;
    uint16_t flags() const { return static_cast<uint16_t>(column(0)); }
    uint16_t sequence() const { return static_cast<uint16_t>(column(1)); }
    std::string_view name() const { return string(2); }
    MethodDef parent() const;
    Rows<CustomAttribute> attributes() const;
};

struct InterfaceImpl : Row<TableId::InterfaceImpl> {
    using Row::Row;
    TypeDef class_() const { return reference<TypeDef>(0); }
    TypeDefOrRef interface() const { return coded<TypeDefOrRef>(1); }
    Rows<CustomAttribute> attributes() const;
};

struct MemberRef : Row<TableId::MemberRef> {
    using Row::Row;
    MemberRefParent class_() const { return coded<MemberRefParent>(0); }
    std::string_view name() const { return string(1); }
    std::span<uint8_t const> signature_blob() const { return blob(2); }
    bool is_field() const;
    MethodSignature method_signature() const; // when !is_field()
    TypeSignature field_signature() const;    // when is_field()
};

// monostate is the null reference (ElementType::Class).
using ConstantValue = std::variant<std::monostate, bool, char16_t, int8_t, uint8_t, int16_t, uint16_t, int32_t,
                                   uint32_t, int64_t, uint64_t, float, double, std::u16string>;

struct Constant : Row<TableId::Constant> {
    using Row::Row;
    ElementType type() const { return static_cast<ElementType>(column(0)); }
    HasConstant parent() const { return coded<HasConstant>(1); }
    std::span<uint8_t const> value_blob() const { return blob(2); }
    ConstantValue value() const;
};

struct CustomAttribute : Row<TableId::CustomAttribute> {
    using Row::Row;
    HasCustomAttribute parent() const { return coded<HasCustomAttribute>(0); }
    CustomAttributeType type() const { return coded<CustomAttributeType>(1); }
    std::span<uint8_t const> value_blob() const { return blob(2); }
    // The attribute's type: {"Windows.Foundation.Metadata", "GuidAttribute"}.
    TypeName type_name() const;
    MethodSignature constructor_signature() const;
};

struct FieldMarshal : Row<TableId::FieldMarshal> {
    using Row::Row;
    HasFieldMarshal parent() const { return coded<HasFieldMarshal>(0); }
    std::span<uint8_t const> native_type() const { return blob(1); }
};

struct DeclSecurity : Row<TableId::DeclSecurity> {
    using Row::Row;
    uint16_t action() const { return static_cast<uint16_t>(column(0)); }
    HasDeclSecurity parent() const { return coded<HasDeclSecurity>(1); }
    std::span<uint8_t const> permission_set() const { return blob(2); }
};

struct ClassLayout : Row<TableId::ClassLayout> {
    using Row::Row;
    uint16_t packing_size() const { return static_cast<uint16_t>(column(0)); }
    uint32_t class_size() const { return column(1); }
    TypeDef parent() const { return reference<TypeDef>(2); }
};

struct FieldLayout : Row<TableId::FieldLayout> {
    using Row::Row;
    uint32_t offset() const { return column(0); }
    Field field() const { return reference<Field>(1); }
};

struct StandAloneSig : Row<TableId::StandAloneSig> {
    using Row::Row;
    std::span<uint8_t const> signature_blob() const { return blob(0); }
};

struct EventMap : Row<TableId::EventMap> {
    using Row::Row;
    TypeDef parent() const { return reference<TypeDef>(0); }
    Rows<Event> events() const;
};

struct Event : Row<TableId::Event> {
    using Row::Row;
    uint16_t flags() const { return static_cast<uint16_t>(column(0)); }
    std::string_view name() const { return string(1); }
    TypeDefOrRef type() const { return coded<TypeDefOrRef>(2); }
    TypeDef parent() const;
    Rows<MethodSemantics> semantics() const;
    MethodDef add_method() const;    // none when it has none
    MethodDef remove_method() const; // none when it has none
    Rows<CustomAttribute> attributes() const;
};

struct PropertyMap : Row<TableId::PropertyMap> {
    using Row::Row;
    TypeDef parent() const { return reference<TypeDef>(0); }
    Rows<Property> properties() const;
};

struct Property : Row<TableId::Property> {
    using Row::Row;
    uint16_t flags() const { return static_cast<uint16_t>(column(0)); }
    std::string_view name() const { return string(1); }
    std::span<uint8_t const> signature_blob() const { return blob(2); }
    PropertySignature signature() const;
    TypeDef parent() const;
    Rows<MethodSemantics> semantics() const;
    MethodDef getter() const; // none when it has none
    MethodDef setter() const; // none when it has none
    Constant constant() const;
    Rows<CustomAttribute> attributes() const;
};

struct MethodSemantics : Row<TableId::MethodSemantics> {
    using Row::Row;
    uint16_t semantics() const { return static_cast<uint16_t>(column(0)); }
    MethodDef method() const { return reference<MethodDef>(1); }
    HasSemantics association() const { return coded<HasSemantics>(2); }
};

struct MethodImpl : Row<TableId::MethodImpl> {
    using Row::Row;
    TypeDef class_() const { return reference<TypeDef>(0); }
    MethodDefOrRef method_body() const { return coded<MethodDefOrRef>(1); }
    MethodDefOrRef method_declaration() const { return coded<MethodDefOrRef>(2); }
};

struct ModuleRef : Row<TableId::ModuleRef> {
    using Row::Row;
    std::string_view name() const { return string(0); }
};

struct TypeSpec : Row<TableId::TypeSpec> {
    using Row::Row;
    std::span<uint8_t const> signature_blob() const { return blob(0); }
    TypeSignature signature() const;
};

struct ImplMap : Row<TableId::ImplMap> {
    using Row::Row;
    uint16_t flags() const { return static_cast<uint16_t>(column(0)); }
    MemberForwarded member_forwarded() const { return coded<MemberForwarded>(1); }
    std::string_view import_name() const { return string(2); }
    ModuleRef import_scope() const { return reference<ModuleRef>(3); }
};

struct FieldRva : Row<TableId::FieldRva> {
    using Row::Row;
    uint32_t rva() const { return column(0); }
    Field field() const { return reference<Field>(1); }
};

struct AssemblyVersion {
    uint16_t major = 0, minor = 0, build = 0, revision = 0;
    auto operator<=>(AssemblyVersion const&) const = default;
};

struct Assembly : Row<TableId::Assembly> {
    using Row::Row;
    uint32_t hash_algorithm() const { return column(0); }
    AssemblyVersion version() const
    {
        return {static_cast<uint16_t>(column(1)), static_cast<uint16_t>(column(2)), static_cast<uint16_t>(column(3)),
                static_cast<uint16_t>(column(4))};
    }
    uint32_t flags() const { return column(5); }
    std::span<uint8_t const> public_key() const { return blob(6); }
    std::string_view name() const { return string(7); }
    std::string_view culture() const { return string(8); }
    Rows<CustomAttribute> attributes() const;
};

struct AssemblyRef : Row<TableId::AssemblyRef> {
    using Row::Row;
    AssemblyVersion version() const
    {
        return {static_cast<uint16_t>(column(0)), static_cast<uint16_t>(column(1)), static_cast<uint16_t>(column(2)),
                static_cast<uint16_t>(column(3))};
    }
    uint32_t flags() const { return column(4); }
    std::span<uint8_t const> public_key_or_token() const { return blob(5); }
    std::string_view name() const { return string(6); }
    std::string_view culture() const { return string(7); }
    std::span<uint8_t const> hash_value() const { return blob(8); }
};

struct FileEntry : Row<TableId::File> { // the standard's "File" table
    using Row::Row;
    uint32_t flags() const { return column(0); }
    std::string_view name() const { return string(1); }
    std::span<uint8_t const> hash_value() const { return blob(2); }
};

struct ExportedType : Row<TableId::ExportedType> {
    using Row::Row;
    uint32_t flags() const { return column(0); }
    uint32_t type_def_id() const { return column(1); }
    std::string_view name() const { return string(2); }
    std::string_view name_space() const { return string(3); }
    Implementation implementation() const { return coded<Implementation>(4); }
};

struct ManifestResource : Row<TableId::ManifestResource> {
    using Row::Row;
    uint32_t offset() const { return column(0); }
    uint32_t flags() const { return column(1); }
    std::string_view name() const { return string(2); }
    Implementation implementation() const { return coded<Implementation>(3); }
};

struct NestedClass : Row<TableId::NestedClass> {
    using Row::Row;
    TypeDef nested_class() const { return reference<TypeDef>(0); }
    TypeDef enclosing_class() const { return reference<TypeDef>(1); }
};

struct GenericParam : Row<TableId::GenericParam> {
    using Row::Row;
    uint16_t number() const { return static_cast<uint16_t>(column(0)); }
    uint16_t flags() const { return static_cast<uint16_t>(column(1)); }
    TypeOrMethodDef owner() const { return coded<TypeOrMethodDef>(2); }
    std::string_view name() const { return string(3); }
};

struct MethodSpec : Row<TableId::MethodSpec> {
    using Row::Row;
    MethodDefOrRef method() const { return coded<MethodDefOrRef>(0); }
    std::span<uint8_t const> instantiation() const { return blob(1); }
};

struct GenericParamConstraint : Row<TableId::GenericParamConstraint> {
    using Row::Row;
    GenericParam owner() const { return reference<GenericParam>(0); }
    TypeDefOrRef constraint() const { return coded<TypeDefOrRef>(1); }
};

// The attributes of any row that can have them.
Rows<CustomAttribute> attributes_of(HasCustomAttribute parent);

// The name of a TypeDef or TypeRef; for a TypeSpec that is a generic instance, the name of the generic type.
TypeName name_of(TypeDefOrRef type);

} // namespace latchkey::winmd
