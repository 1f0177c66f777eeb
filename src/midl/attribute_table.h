// SPDX-License-Identifier: MIT
// The attributes that the language itself knows. Everything else in brackets is a custom attribute.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace latchkey::midl {

// Where an attribute stands; a set of bits.
enum class Target : uint16_t {
    Class = 1 << 0,
    Interface = 1 << 1,
    Struct = 1 << 2,
    Enum = 1 << 3,
    Delegate = 1 << 4,
    Attribute = 1 << 5,
    Contract = 1 << 6,
    Method = 1 << 7,
    Constructor = 1 << 8,
    Property = 1 << 9,
    Event = 1 << 10,
    Accessor = 1 << 11,
    Field = 1 << 12,
    Parameter = 1 << 13,
    Base = 1 << 14,  // an interface in a class's list
    Block = 1 << 15, // [attributes] { members }
};
std::string_view to_string(Target); // "a class", "a method", …

struct KnownAttribute {
    std::string_view name;
    uint16_t targets = 0;
    uint8_t min_arguments = 0;
    uint8_t max_arguments = 0;
    // The attribute of Windows.Foundation.Metadata that it becomes by itself, without arguments; empty: the compiler
    // looks for it where it matters.
    std::string_view metadata = {};
    std::string_view usage = {}; // for messages: "uuid(…)"
};
std::span<KnownAttribute const> known_attributes();
KnownAttribute const* find_known_attribute(std::string_view name);

} // namespace latchkey::midl
