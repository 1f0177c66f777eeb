// SPDX-License-Identifier: MIT
// Types of fields, parameters and properties, decoded from the blob heap (ECMA-335 II.23.2). Signatures of an open File
// have been checked, so decoding cannot fail; it allocates only for parameters and for types made of types.
#pragma once

#include "winmd/tables.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace latchkey::winmd {

// modreq/modopt. Windows Runtime signatures have modopt IsConst on `ref const` parameters.
struct CustomModifier {
    bool required = false;
    TypeDefOrRef type;
};

// One type. By `kind`:
//   fundamental types, String, Object, I, U   nothing more
//   Class, ValueType                          type
//   GenericInst                               type is the generic type, arguments its arguments, is_value_type
//   Var, MVar                                 number: which parameter of the type or method
//   SzArray, Ptr                              arguments[0] is the element
//   Array                                     arguments[0] is the element, number the rank
//   FnPtr                                     an opaque managed function pointer
struct TypeSignature {
    ElementType kind = ElementType::Void;
    bool is_value_type = false;
    uint32_t number = 0;
    TypeDefOrRef type;
    std::vector<TypeSignature> arguments;

    TypeSignature const& element() const { return arguments.front(); }
    // Structural: references compare by name, so types of different files can be equal.
    bool operator==(TypeSignature const& other) const;
};

// A parameter or the return value.
struct ParamSignature {
    TypeSignature type;
    bool by_ref = false;
    std::vector<CustomModifier> modifiers;

    bool is_void() const { return type.kind == ElementType::Void && !by_ref; }
    bool has_modifier(std::string_view name_space, std::string_view name) const;
};

struct MethodSignature {
    bool has_this = false;
    uint8_t calling_convention = 0; // low four bits of the first byte
    uint32_t generic_param_count = 0;
    ParamSignature return_type;
    std::vector<ParamSignature> params;
};

struct PropertySignature {
    bool has_this = false;
    ParamSignature type;
    std::vector<ParamSignature> params; // an indexer's; the Windows Runtime has none
};

// As people write it: "Windows.Foundation.Collections.IMap`2<String, Object>", "UInt8[]", "T" is "!0".
std::string to_string(TypeSignature const&);
// A TypeDef, TypeRef or TypeSpec as a type; TypeSpec is decoded.
TypeSignature signature_of(TypeDefOrRef type);
std::string to_string(TypeDefOrRef type);
// "Int32", "String"; empty when the type is not fundamental.
std::string_view fundamental_name(ElementType);

// For blobs that no open File has checked. The message says what is wrong.
tl::expected<MethodSignature, std::string> decode_method_signature(File const&, std::span<uint8_t const> blob);
tl::expected<TypeSignature, std::string> decode_field_signature(File const&, std::span<uint8_t const> blob);
tl::expected<PropertySignature, std::string> decode_property_signature(File const&, std::span<uint8_t const> blob);
tl::expected<TypeSignature, std::string> decode_type_spec(File const&, std::span<uint8_t const> blob);

} // namespace latchkey::winmd
