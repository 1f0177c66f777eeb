// SPDX-License-Identifier: MIT
#include "winmd/schema.h"

#include <array>

namespace latchkey::winmd {

namespace {

using enum TableId;
using C = ColumnKind;

constexpr ColumnSpec u2(std::string_view name)
{
    return {name, C::U2};
}
constexpr ColumnSpec u4(std::string_view name)
{
    return {name, C::U4};
}
constexpr ColumnSpec text(std::string_view name)
{
    return {name, C::String};
}
constexpr ColumnSpec blob(std::string_view name)
{
    return {name, C::Blob};
}
constexpr ColumnSpec guid(std::string_view name)
{
    return {name, C::GuidIndex};
}
constexpr ColumnSpec index(std::string_view name, TableId table)
{
    return {name, C::Index, table};
}
constexpr ColumnSpec list(std::string_view name, TableId table)
{
    return {name, C::List, table};
}
constexpr ColumnSpec coded(std::string_view name, CodedKind kind)
{
    return {name, C::Coded, None, kind};
}

constexpr std::array kModule{u2("Generation"), text("Name"), guid("Mvid"), guid("EncId"), guid("EncBaseId")};
constexpr std::array kTypeRef{coded("ResolutionScope", CodedKind::ResolutionScope), text("TypeName"),
                              text("TypeNamespace")};
constexpr std::array kTypeDef{u4("Flags"),
                              text("TypeName"),
                              text("TypeNamespace"),
                              coded("Extends", CodedKind::TypeDefOrRef),
                              list("FieldList", Field),
                              list("MethodList", MethodDef)};
constexpr std::array kFieldPtr{index("Field", Field)};
constexpr std::array kField{u2("Flags"), text("Name"), blob("Signature")};
constexpr std::array kMethodPtr{index("Method", MethodDef)};
constexpr std::array kMethodDef{u4("RVA"),    u2("ImplFlags"),   u2("Flags"),
                                text("Name"), blob("Signature"), list("ParamList", Param)};
constexpr std::array kParamPtr{index("Param", Param)};
constexpr std::array kParam{u2("Flags"), u2("Sequence"), text("Name")};
constexpr std::array kInterfaceImpl{index("Class", TypeDef), coded("Interface", CodedKind::TypeDefOrRef)};
constexpr std::array kMemberRef{coded("Class", CodedKind::MemberRefParent), text("Name"), blob("Signature")};
constexpr std::array kConstant{ColumnSpec{"Type", C::U1}, coded("Parent", CodedKind::HasConstant), blob("Value")};
constexpr std::array kCustomAttribute{coded("Parent", CodedKind::HasCustomAttribute),
                                      coded("Type", CodedKind::CustomAttributeType), blob("Value")};
constexpr std::array kFieldMarshal{coded("Parent", CodedKind::HasFieldMarshal), blob("NativeType")};
constexpr std::array kDeclSecurity{u2("Action"), coded("Parent", CodedKind::HasDeclSecurity), blob("PermissionSet")};
constexpr std::array kClassLayout{u2("PackingSize"), u4("ClassSize"), index("Parent", TypeDef)};
constexpr std::array kFieldLayout{u4("Offset"), index("Field", Field)};
constexpr std::array kStandAloneSig{blob("Signature")};
constexpr std::array kEventMap{index("Parent", TypeDef), list("EventList", Event)};
constexpr std::array kEventPtr{index("Event", Event)};
constexpr std::array kEvent{u2("EventFlags"), text("Name"), coded("EventType", CodedKind::TypeDefOrRef)};
constexpr std::array kPropertyMap{index("Parent", TypeDef), list("PropertyList", Property)};
constexpr std::array kPropertyPtr{index("Property", Property)};
constexpr std::array kProperty{u2("Flags"), text("Name"), blob("Type")};
constexpr std::array kMethodSemantics{u2("Semantics"), index("Method", MethodDef),
                                      coded("Association", CodedKind::HasSemantics)};
constexpr std::array kMethodImpl{index("Class", TypeDef), coded("MethodBody", CodedKind::MethodDefOrRef),
                                 coded("MethodDeclaration", CodedKind::MethodDefOrRef)};
constexpr std::array kModuleRef{text("Name")};
constexpr std::array kTypeSpec{blob("Signature")};
constexpr std::array kImplMap{u2("MappingFlags"), coded("MemberForwarded", CodedKind::MemberForwarded),
                              text("ImportName"), index("ImportScope", ModuleRef)};
constexpr std::array kFieldRva{u4("RVA"), index("Field", Field)};
constexpr std::array kEncLog{u4("Token"), u4("FuncCode")};
constexpr std::array kEncMap{u4("Token")};
constexpr std::array kAssembly{u4("HashAlgId"),   u2("MajorVersion"),   u2("MinorVersion"),
                               u2("BuildNumber"), u2("RevisionNumber"), u4("Flags"),
                               blob("PublicKey"), text("Name"),         text("Culture")};
constexpr std::array kAssemblyProcessor{u4("Processor")};
constexpr std::array kAssemblyOs{u4("OSPlatformID"), u4("OSMajorVersion"), u4("OSMinorVersion")};
constexpr std::array kAssemblyRef{u2("MajorVersion"),   u2("MinorVersion"), u2("BuildNumber"),
                                  u2("RevisionNumber"), u4("Flags"),        blob("PublicKeyOrToken"),
                                  text("Name"),         text("Culture"),    blob("HashValue")};
constexpr std::array kAssemblyRefProcessor{u4("Processor"), index("AssemblyRef", AssemblyRef)};
constexpr std::array kAssemblyRefOs{u4("OSPlatformId"), u4("OSMajorVersion"), u4("OSMinorVersion"),
                                    index("AssemblyRef", AssemblyRef)};
constexpr std::array kFile{u4("Flags"), text("Name"), blob("HashValue")};
constexpr std::array kExportedType{u4("Flags"), u4("TypeDefId"), text("TypeName"), text("TypeNamespace"),
                                   coded("Implementation", CodedKind::Implementation)};
constexpr std::array kManifestResource{u4("Offset"), u4("Flags"), text("Name"),
                                       coded("Implementation", CodedKind::Implementation)};
constexpr std::array kNestedClass{index("NestedClass", TypeDef), index("EnclosingClass", TypeDef)};
constexpr std::array kGenericParam{u2("Number"), u2("Flags"), coded("Owner", CodedKind::TypeOrMethodDef), text("Name")};
constexpr std::array kMethodSpec{coded("Method", CodedKind::MethodDefOrRef), blob("Instantiation")};
constexpr std::array kGenericParamConstraint{index("Owner", GenericParam),
                                             coded("Constraint", CodedKind::TypeDefOrRef)};

constexpr std::array<TableSpec, kTableCount> kTables{{
    {Module, "Module", kModule},
    {TypeRef, "TypeRef", kTypeRef},
    {TypeDef, "TypeDef", kTypeDef},
    {FieldPtr, "FieldPtr", kFieldPtr},
    {Field, "Field", kField},
    {MethodPtr, "MethodPtr", kMethodPtr},
    {MethodDef, "MethodDef", kMethodDef},
    {ParamPtr, "ParamPtr", kParamPtr},
    {Param, "Param", kParam},
    {InterfaceImpl, "InterfaceImpl", kInterfaceImpl, 0},
    {MemberRef, "MemberRef", kMemberRef},
    {Constant, "Constant", kConstant, 1},
    {CustomAttribute, "CustomAttribute", kCustomAttribute, 0},
    {FieldMarshal, "FieldMarshal", kFieldMarshal, 0},
    {DeclSecurity, "DeclSecurity", kDeclSecurity, 1},
    {ClassLayout, "ClassLayout", kClassLayout, 2},
    {FieldLayout, "FieldLayout", kFieldLayout, 1},
    {StandAloneSig, "StandAloneSig", kStandAloneSig},
    {EventMap, "EventMap", kEventMap},
    {EventPtr, "EventPtr", kEventPtr},
    {Event, "Event", kEvent},
    {PropertyMap, "PropertyMap", kPropertyMap},
    {PropertyPtr, "PropertyPtr", kPropertyPtr},
    {Property, "Property", kProperty},
    {MethodSemantics, "MethodSemantics", kMethodSemantics, 2},
    {MethodImpl, "MethodImpl", kMethodImpl, 0},
    {ModuleRef, "ModuleRef", kModuleRef},
    {TypeSpec, "TypeSpec", kTypeSpec},
    {ImplMap, "ImplMap", kImplMap, 1},
    {FieldRva, "FieldRVA", kFieldRva, 1},
    {EncLog, "EncLog", kEncLog},
    {EncMap, "EncMap", kEncMap},
    {Assembly, "Assembly", kAssembly},
    {AssemblyProcessor, "AssemblyProcessor", kAssemblyProcessor},
    {AssemblyOs, "AssemblyOS", kAssemblyOs},
    {AssemblyRef, "AssemblyRef", kAssemblyRef},
    {AssemblyRefProcessor, "AssemblyRefProcessor", kAssemblyRefProcessor},
    {AssemblyRefOs, "AssemblyRefOS", kAssemblyRefOs},
    {File, "File", kFile},
    {ExportedType, "ExportedType", kExportedType},
    {ManifestResource, "ManifestResource", kManifestResource},
    {NestedClass, "NestedClass", kNestedClass, 0},
    {GenericParam, "GenericParam", kGenericParam, 2},
    {MethodSpec, "MethodSpec", kMethodSpec},
    {GenericParamConstraint, "GenericParamConstraint", kGenericParamConstraint, 0},
}};

constexpr bool rows_stand_at_their_number()
{
    for (std::size_t i = 0; i < kTables.size(); ++i)
        if (static_cast<std::size_t>(kTables[i].id) != i || kTables[i].columns.size() > kMaxColumns) return false;
    return true;
}
static_assert(rows_stand_at_their_number());

constexpr std::array kTypeDefOrRef{TypeDef, TypeRef, TypeSpec};
constexpr std::array kHasConstant{Field, Param, Property};
constexpr std::array kHasCustomAttribute{MethodDef,        Field,        TypeRef,
                                         TypeDef,          Param,        InterfaceImpl,
                                         MemberRef,        Module,       DeclSecurity,
                                         Property,         Event,        StandAloneSig,
                                         ModuleRef,        TypeSpec,     Assembly,
                                         AssemblyRef,      File,         ExportedType,
                                         ManifestResource, GenericParam, GenericParamConstraint,
                                         MethodSpec};
constexpr std::array kHasFieldMarshal{Field, Param};
constexpr std::array kHasDeclSecurity{TypeDef, MethodDef, Assembly};
constexpr std::array kMemberRefParent{TypeDef, TypeRef, ModuleRef, MethodDef, TypeSpec};
constexpr std::array kHasSemantics{Event, Property};
constexpr std::array kMethodDefOrRef{MethodDef, MemberRef};
constexpr std::array kMemberForwarded{Field, MethodDef};
constexpr std::array kImplementation{File, AssemblyRef, ExportedType};
constexpr std::array kCustomAttributeType{None, None, MethodDef, MemberRef, None};
constexpr std::array kResolutionScope{Module, ModuleRef, AssemblyRef, TypeRef};
constexpr std::array kTypeOrMethodDef{TypeDef, MethodDef};

constexpr std::array<CodedKindSpec, kCodedKindCount> kCodedKinds{{
    {"TypeDefOrRef", 2, kTypeDefOrRef},
    {"HasConstant", 2, kHasConstant},
    {"HasCustomAttribute", 5, kHasCustomAttribute},
    {"HasFieldMarshal", 1, kHasFieldMarshal},
    {"HasDeclSecurity", 2, kHasDeclSecurity},
    {"MemberRefParent", 3, kMemberRefParent},
    {"HasSemantics", 1, kHasSemantics},
    {"MethodDefOrRef", 1, kMethodDefOrRef},
    {"MemberForwarded", 1, kMemberForwarded},
    {"Implementation", 2, kImplementation},
    {"CustomAttributeType", 3, kCustomAttributeType},
    {"ResolutionScope", 2, kResolutionScope},
    {"TypeOrMethodDef", 1, kTypeOrMethodDef},
}};

} // namespace

std::string_view to_string(TableId id)
{
    return id == None ? "none" : kTables[static_cast<std::size_t>(id)].name;
}

CodedKindSpec const& spec_of(CodedKind kind)
{
    return kCodedKinds[static_cast<std::size_t>(kind)];
}

TableSpec const& spec_of(TableId id)
{
    return kTables[static_cast<std::size_t>(id)];
}

} // namespace latchkey::winmd
