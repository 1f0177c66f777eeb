// SPDX-License-Identifier: MIT
// Values of custom attributes (ECMA-335 II.23.3).
#pragma once

#include "winmd/tables.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <tl/expected.hpp>

namespace latchkey::winmd {

class Metadata;

struct AttributeArgument;

// System.Type: the name as written, "Windows.Foundation.IClosable" or with ", Assembly, Version=…" after it.
struct AttributeTypeName {
    std::string_view text;
    std::string_view name() const { return text.substr(0, text.find(',')); } // without the assembly
    bool operator==(AttributeTypeName const&) const = default;
};

// A value of an enum type; signed values are sign-extended.
struct AttributeEnum {
    std::string type;
    int64_t value = 0;
    bool operator==(AttributeEnum const&) const = default;
};

struct AttributeArray {
    std::vector<AttributeArgument> elements;
    bool operator==(AttributeArray const&) const = default;
};

// monostate: a null string, type or array.
using AttributeValue =
    std::variant<std::monostate, bool, char16_t, int8_t, uint8_t, int16_t, uint16_t, int32_t, uint32_t, int64_t,
                 uint64_t, float, double, std::string_view, AttributeTypeName, AttributeEnum, AttributeArray>;

struct AttributeArgument {
    AttributeValue value;
    bool operator==(AttributeArgument const&) const = default;

    // Any integer or enum value; nullopt for the rest.
    std::optional<int64_t> integer() const;
    std::optional<std::string_view> string() const;
    // Of System.Type, without the assembly.
    std::optional<std::string_view> type_name() const;
};

struct NamedAttributeArgument {
    std::string_view name;
    bool is_field = false;
    AttributeArgument argument;
};

struct AttributeArguments {
    std::vector<AttributeArgument> fixed;
    std::vector<NamedAttributeArgument> named;
};

// Enum arguments have the size of their underlying type, which may be defined in another file: metadata finds it there.
// Without metadata (or when it does not know the enum) a Windows Runtime enum's 4 bytes are assumed, signed unless the
// type is known to be a UInt32 one. Refused: a value whose bytes do not fit the constructor's signature.
tl::expected<AttributeArguments, ReadError> decode(CustomAttribute, Metadata const* = nullptr);

// The first attribute of that type; none when there is none. parent: any row that can have attributes.
CustomAttribute find_attribute(HasCustomAttribute parent, std::string_view name_space, std::string_view name);
inline constexpr std::string_view kMetadataNamespace = "Windows.Foundation.Metadata";
// find_attribute in Windows.Foundation.Metadata: has_metadata_attribute(type, "ExclusiveToAttribute").
bool has_metadata_attribute(HasCustomAttribute parent, std::string_view name);

} // namespace latchkey::winmd
