// SPDX-License-Identifier: MIT
// What a Builder has been told so far. Internal to the room: builder.cpp collects, builder_finish.cpp writes.
#pragma once

#include "winmd/builder.h"
#include "winmd/heaps.h"

#include <map>
#include <tuple>

namespace latchkey::winmd {

struct Builder::Contents {
    struct TypeDefRow {
        uint32_t flags;
        uint32_t name;
        uint32_t name_space;
        TypeHandle extends;
        std::vector<uint32_t> fields, methods, properties, events; // handle numbers
    };
    struct TypeRefRow {
        AnyHandle scope;
        uint32_t name;
        uint32_t name_space;
        auto operator<=>(TypeRefRow const&) const = default;
    };
    struct FieldRow {
        uint16_t flags;
        uint32_t name;
        uint32_t signature;
    };
    struct MethodRow {
        uint16_t flags;
        uint16_t impl_flags;
        uint32_t name;
        uint32_t signature;
        std::vector<uint32_t> params;
    };
    struct ParamRow {
        uint16_t flags;
        uint16_t sequence;
        uint32_t name;
    };
    struct PropertyRow {
        uint16_t flags;
        uint32_t name;
        uint32_t signature;
    };
    struct EventRow {
        uint16_t flags;
        uint32_t name;
        TypeHandle type;
    };
    struct SemanticsRow {
        uint16_t what;
        MethodHandle method;
        AnyHandle association;
    };
    struct InterfaceRow {
        uint32_t type;
        TypeHandle interface;
    };
    struct MethodImplRow {
        uint32_t type;
        AnyHandle body;
        AnyHandle declaration;
    };
    struct MemberRefRow {
        AnyHandle parent;
        uint32_t name;
        uint32_t signature;
        auto operator<=>(MemberRefRow const&) const = default;
    };
    struct ConstantRow {
        ElementType type;
        AnyHandle parent;
        uint32_t value;
    };
    struct AttributeRow {
        AnyHandle parent;
        AnyHandle constructor;
        uint32_t value;
    };
    struct GenericParamRow {
        uint16_t number;
        uint16_t flags;
        AnyHandle owner;
        uint32_t name;
    };
    struct NestedRow {
        uint32_t nested;
        uint32_t enclosing;
    };
    struct LayoutRow {
        uint16_t packing_size;
        uint32_t class_size;
        uint32_t type;
    };
    struct AssemblyRefRow {
        AssemblyVersion version;
        uint32_t flags;
        uint32_t token;
        uint32_t name;
        uint32_t culture;
        uint32_t hash;
        auto operator<=>(AssemblyRefRow const&) const = default;
    };

    BuilderOptions options;
    StringHeap strings;
    BlobHeap blobs;
    uint32_t module_name = 0;
    uint32_t assembly_name = 0;

    std::vector<TypeDefRow> types;
    std::vector<uint32_t> types_with_properties; // in the order of their first one, which the maps keep
    std::vector<uint32_t> types_with_events;
    std::vector<TypeRefRow> type_refs;
    std::vector<uint32_t> type_specs; // blobs
    std::vector<FieldRow> fields;
    std::vector<MethodRow> methods;
    std::vector<ParamRow> params;
    std::vector<PropertyRow> properties;
    std::vector<EventRow> events;
    std::vector<SemanticsRow> semantics;
    std::vector<InterfaceRow> interfaces;
    std::vector<MethodImplRow> method_impls;
    std::vector<MemberRefRow> member_refs;
    std::vector<ConstantRow> constants;
    std::vector<AttributeRow> attributes;
    std::vector<GenericParamRow> generic_params;
    std::vector<NestedRow> nested;
    std::vector<LayoutRow> layouts;
    std::vector<AssemblyRefRow> assembly_refs;

    std::map<TypeRefRow, uint32_t> known_type_refs;
    std::map<uint32_t, uint32_t> known_type_specs;
    std::map<MemberRefRow, uint32_t> known_member_refs;
    std::map<AssemblyRefRow, uint32_t> known_assembly_refs;
};

} // namespace latchkey::winmd
