// SPDX-License-Identifier: MIT
// The shape of ECMA-335 metadata (II.22, II.23, II.24): table numbers, columns, coded indexes, element types and flags.
// One description drives the reader, the writer and the validator.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace latchkey::winmd {

enum class TableId : uint8_t {
    Module = 0x00,
    TypeRef = 0x01,
    TypeDef = 0x02,
    FieldPtr = 0x03,
    Field = 0x04,
    MethodPtr = 0x05,
    MethodDef = 0x06,
    ParamPtr = 0x07,
    Param = 0x08,
    InterfaceImpl = 0x09,
    MemberRef = 0x0a,
    Constant = 0x0b,
    CustomAttribute = 0x0c,
    FieldMarshal = 0x0d,
    DeclSecurity = 0x0e,
    ClassLayout = 0x0f,
    FieldLayout = 0x10,
    StandAloneSig = 0x11,
    EventMap = 0x12,
    EventPtr = 0x13,
    Event = 0x14,
    PropertyMap = 0x15,
    PropertyPtr = 0x16,
    Property = 0x17,
    MethodSemantics = 0x18,
    MethodImpl = 0x19,
    ModuleRef = 0x1a,
    TypeSpec = 0x1b,
    ImplMap = 0x1c,
    FieldRva = 0x1d,
    EncLog = 0x1e,
    EncMap = 0x1f,
    Assembly = 0x20,
    AssemblyProcessor = 0x21,
    AssemblyOs = 0x22,
    AssemblyRef = 0x23,
    AssemblyRefProcessor = 0x24,
    AssemblyRefOs = 0x25,
    File = 0x26,
    ExportedType = 0x27,
    ManifestResource = 0x28,
    NestedClass = 0x29,
    GenericParam = 0x2a,
    MethodSpec = 0x2b,
    GenericParamConstraint = 0x2c,
    None = 0xff, // a tag of a coded index that the standard does not use
};

inline constexpr std::size_t kTableCount = 0x2d;
inline constexpr std::size_t kMaxColumns = 9;

// As in the standard: "TypeDef", "CustomAttribute".
std::string_view to_string(TableId);

enum class CodedKind : uint8_t {
    TypeDefOrRef,
    HasConstant,
    HasCustomAttribute,
    HasFieldMarshal,
    HasDeclSecurity,
    MemberRefParent,
    HasSemantics,
    MethodDefOrRef,
    MemberForwarded,
    Implementation,
    CustomAttributeType,
    ResolutionScope,
    TypeOrMethodDef,
};
inline constexpr std::size_t kCodedKindCount = 13;

struct CodedKindSpec {
    std::string_view name;
    uint8_t tag_bits;
    std::span<TableId const> tables; // by tag
};
CodedKindSpec const& spec_of(CodedKind);

enum class ColumnKind : uint8_t {
    U1, // Constant.Type; followed by a padding byte
    U2,
    U4,
    String,
    GuidIndex,
    Blob,
    Index, // a row of `table`; 0 is none
    List,  // first row of a run in `table`; the run ends where the next row's begins
    Coded,
};

struct ColumnSpec {
    std::string_view name;
    ColumnKind kind;
    TableId table = TableId::None;             // Index, List
    CodedKind coded = CodedKind::TypeDefOrRef; // Coded
};

struct TableSpec {
    TableId id;
    std::string_view name;
    std::span<ColumnSpec const> columns;
    int sort_column = -1; // the column by which II.22 wants the rows sorted; -1 when it does not care
};
TableSpec const& spec_of(TableId);

enum class ElementType : uint8_t {
    End = 0x00,
    Void = 0x01,
    Boolean = 0x02,
    Char = 0x03,
    I1 = 0x04,
    U1 = 0x05,
    I2 = 0x06,
    U2 = 0x07,
    I4 = 0x08,
    U4 = 0x09,
    I8 = 0x0a,
    U8 = 0x0b,
    R4 = 0x0c,
    R8 = 0x0d,
    String = 0x0e,
    Ptr = 0x0f,
    ByRef = 0x10,
    ValueType = 0x11,
    Class = 0x12,
    Var = 0x13,
    Array = 0x14,
    GenericInst = 0x15,
    TypedByRef = 0x16,
    I = 0x18,
    U = 0x19,
    FnPtr = 0x1b,
    Object = 0x1c,
    SzArray = 0x1d,
    MVar = 0x1e,
    CModReqd = 0x1f,
    CModOpt = 0x20,
    Sentinel = 0x41,
    Pinned = 0x45,
    // Only inside custom attribute values:
    SystemType = 0x50,
    BoxedObject = 0x51,
    AttributeField = 0x53,
    AttributeProperty = 0x54,
    Enum = 0x55,
};

namespace type_flags {
inline constexpr uint32_t kVisibilityMask = 0x7;
inline constexpr uint32_t kPublic = 0x1;
inline constexpr uint32_t kLayoutMask = 0x18;
inline constexpr uint32_t kSequentialLayout = 0x8;
inline constexpr uint32_t kInterface = 0x20;
inline constexpr uint32_t kAbstract = 0x80;
inline constexpr uint32_t kSealed = 0x100;
inline constexpr uint32_t kSpecialName = 0x400;
inline constexpr uint32_t kImport = 0x1000;
inline constexpr uint32_t kSerializable = 0x2000;
inline constexpr uint32_t kWindowsRuntime = 0x4000;
} // namespace type_flags

namespace field_flags {
inline constexpr uint16_t kAccessMask = 0x7;
inline constexpr uint16_t kPrivate = 0x1;
inline constexpr uint16_t kPublic = 0x6;
inline constexpr uint16_t kStatic = 0x10;
inline constexpr uint16_t kLiteral = 0x40;
inline constexpr uint16_t kSpecialName = 0x200;
inline constexpr uint16_t kRtSpecialName = 0x400;
inline constexpr uint16_t kHasDefault = 0x8000;
} // namespace field_flags

namespace method_flags {
inline constexpr uint16_t kAccessMask = 0x7;
inline constexpr uint16_t kPrivate = 0x1;
inline constexpr uint16_t kFamily = 0x4;
inline constexpr uint16_t kPublic = 0x6;
inline constexpr uint16_t kStatic = 0x10;
inline constexpr uint16_t kFinal = 0x20;
inline constexpr uint16_t kVirtual = 0x40;
inline constexpr uint16_t kHideBySig = 0x80;
inline constexpr uint16_t kNewSlot = 0x100;
inline constexpr uint16_t kAbstract = 0x400;
inline constexpr uint16_t kSpecialName = 0x800;
inline constexpr uint16_t kRtSpecialName = 0x1000;
// ImplFlags
inline constexpr uint16_t kRuntimeImplementation = 0x3;
} // namespace method_flags

namespace param_flags {
inline constexpr uint16_t kIn = 0x1;
inline constexpr uint16_t kOut = 0x2;
inline constexpr uint16_t kOptional = 0x10;
} // namespace param_flags

// MethodSemantics.Semantics, and Property.Flags / Event.EventFlags.
namespace semantics {
inline constexpr uint16_t kSetter = 0x1;
inline constexpr uint16_t kGetter = 0x2;
inline constexpr uint16_t kOther = 0x4;
inline constexpr uint16_t kAddOn = 0x8;
inline constexpr uint16_t kRemoveOn = 0x10;
inline constexpr uint16_t kFire = 0x20;
} // namespace semantics

namespace assembly_flags {
inline constexpr uint32_t kWindowsRuntime = 0x200;
} // namespace assembly_flags

} // namespace latchkey::winmd
