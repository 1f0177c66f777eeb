// SPDX-License-Identifier: MIT
// From what a Builder was told to rows in the order that ECMA-335 wants.
#include "winmd/builder_contents.h"

#include <algorithm>
#include <numeric>

namespace latchkey::winmd {

namespace {

// Where each handle's row ended up: index is the handle's number, 0 is unused.
using RowOf = std::vector<uint32_t>;

std::vector<TableRow>& table(TableRows& tables, TableId id)
{
    return tables[static_cast<std::size_t>(id)];
}

Guid guid_of(std::span<uint8_t const> bytes)
{
    // Two FNV-1a hashes with different beginnings: enough to tell builds apart, which is all a module id is for.
    uint64_t low = 0xcbf29ce484222325u;
    uint64_t high = 0x6c62272e07bb0142u;
    for (auto const byte : bytes) {
        low = (low ^ byte) * 0x100000001b3u;
        high = (high ^ (byte + 1u)) * 0x100000001b3u;
    }
    Guid result;
    result.data1 = static_cast<uint32_t>(low >> 32);
    result.data2 = static_cast<uint16_t>(low >> 16);
    result.data3 = static_cast<uint16_t>((low & 0x0fff) | 0x8000); // version 8: made by the writer's own rule
    for (std::size_t i = 0; i < 8; ++i)
        result.data4[i] = static_cast<uint8_t>(high >> (56 - 8 * i));
    result.data4[0] = static_cast<uint8_t>((result.data4[0] & 0x3f) | 0x80);
    return result;
}

} // namespace

class BuilderFinish {
public:
    using C = Builder::Contents;

    explicit BuilderFinish(C const& contents) : m_contents{contents} {}

    std::vector<uint8_t> write()
    {
        place_members();
        write_types();
        write_references();
        write_maps();
        write_sorted();
        MetadataParts parts{
            m_contents.options.version, std::move(m_tables), m_contents.strings.bytes(), m_contents.blobs.bytes(), {}};
        auto const mvid = to_bytes(m_contents.options.mvid.value_or(Guid{}));
        parts.guids.assign(mvid.begin(), mvid.end());
        std::size_t guid_offset = 0;
        auto image = write_image(parts, guid_offset);
        if (!m_contents.options.mvid) {
            auto const made = to_bytes(guid_of(image));
            std::copy(made.begin(), made.end(), image.begin() + static_cast<std::ptrdiff_t>(guid_offset));
        }
        return image;
    }

private:
    // Rows of members follow the order of their types; handles follow the order in which they were made.
    void place_members()
    {
        auto const& c = m_contents;
        m_fields.resize(c.fields.size() + 1);
        m_methods.resize(c.methods.size() + 1);
        m_params.resize(c.params.size() + 1);
        m_properties.resize(c.properties.size() + 1);
        m_events.resize(c.events.size() + 1);
        uint32_t field = 0;
        uint32_t method = 0;
        uint32_t param = 0;
        uint32_t property = 0;
        uint32_t event = 0;
        for (auto const& type : c.types) {
            for (auto const handle : type.fields)
                m_fields[handle] = ++field;
            for (auto const handle : type.methods) {
                m_methods[handle] = ++method;
                for (auto const inner : c.methods[handle - 1].params)
                    m_params[inner] = ++param;
            }
        }
        for (auto const type : c.types_with_properties)
            for (auto const handle : c.types[type - 1].properties)
                m_properties[handle] = ++property;
        for (auto const type : c.types_with_events)
            for (auto const handle : c.types[type - 1].events)
                m_events[handle] = ++event;
    }

    uint32_t row_of(AnyHandle handle) const
    {
        switch (handle.table) {
        case TableId::Field:
            return m_fields[handle.number];
        case TableId::MethodDef:
            return m_methods[handle.number];
        case TableId::Param:
            return m_params[handle.number];
        case TableId::Property:
            return m_properties[handle.number];
        case TableId::Event:
            return m_events[handle.number];
        case TableId::InterfaceImpl:
            return m_interfaces[handle.number];
        case TableId::GenericParam:
            return m_generic_params[handle.number];
        default:
            return handle.number;
        }
    }

    template <CodedKind Kind>
    uint32_t coded(AnyHandle handle) const
    {
        return handle ? CodedIndex<Kind>::encode(handle.table, row_of(handle)) : 0;
    }

    void write_types()
    {
        auto const& c = m_contents;
        table(m_tables, TableId::Module).push_back({0, c.module_name, 1, 0, 0});
        uint32_t fields = 1;
        uint32_t methods = 1;
        uint32_t params = 1;
        for (auto const& type : c.types) {
            table(m_tables, TableId::TypeDef)
                .push_back({type.flags, type.name, type.name_space, coded<CodedKind::TypeDefOrRef>(type.extends),
                            fields, methods});
            fields += static_cast<uint32_t>(type.fields.size());
            methods += static_cast<uint32_t>(type.methods.size());
            for (auto const handle : type.fields) {
                auto const& field = c.fields[handle - 1];
                table(m_tables, TableId::Field).push_back({field.flags, field.name, field.signature});
            }
            for (auto const handle : type.methods) {
                auto const& method = c.methods[handle - 1];
                table(m_tables, TableId::MethodDef)
                    .push_back({0, method.impl_flags, method.flags, method.name, method.signature, params});
                params += static_cast<uint32_t>(method.params.size());
                for (auto const inner : method.params) {
                    auto const& param = c.params[inner - 1];
                    table(m_tables, TableId::Param).push_back({param.flags, param.sequence, param.name});
                }
            }
        }
    }

    void write_references()
    {
        auto const& c = m_contents;
        for (auto const& row : c.type_refs)
            table(m_tables, TableId::TypeRef)
                .push_back({coded<CodedKind::ResolutionScope>(row.scope), row.name, row.name_space});
        for (auto const blob : c.type_specs)
            table(m_tables, TableId::TypeSpec).push_back({blob});
        for (auto const& row : c.member_refs)
            table(m_tables, TableId::MemberRef)
                .push_back({coded<CodedKind::MemberRefParent>(row.parent), row.name, row.signature});
        auto const& o = c.options;
        if (o.assembly_row)
            table(m_tables, TableId::Assembly)
                .push_back({o.hash_algorithm, o.assembly_version.major, o.assembly_version.minor,
                            o.assembly_version.build, o.assembly_version.revision, o.assembly_flags, 0, c.assembly_name,
                            0});
        for (auto const& row : c.assembly_refs)
            table(m_tables, TableId::AssemblyRef)
                .push_back({row.version.major, row.version.minor, row.version.build, row.version.revision, row.flags,
                            row.token, row.name, row.culture, row.hash});
    }

    void write_maps()
    {
        auto const& c = m_contents;
        uint32_t next = 1;
        for (auto const type : c.types_with_properties) {
            table(m_tables, TableId::PropertyMap).push_back({type, next});
            for (auto const handle : c.types[type - 1].properties) {
                auto const& property = c.properties[handle - 1];
                table(m_tables, TableId::Property).push_back({property.flags, property.name, property.signature});
                ++next;
            }
        }
        next = 1;
        for (auto const type : c.types_with_events) {
            table(m_tables, TableId::EventMap).push_back({type, next});
            for (auto const handle : c.types[type - 1].events) {
                auto const& event = c.events[handle - 1];
                table(m_tables, TableId::Event)
                    .push_back({event.flags, event.name, coded<CodedKind::TypeDefOrRef>(event.type)});
                ++next;
            }
        }
    }

    // Stable, so that rows of one owner keep the order in which they were added. Returns where each went.
    RowOf sort(TableId id)
    {
        auto& rows = table(m_tables, id);
        auto const column = static_cast<std::size_t>(spec_of(id).sort_column);
        std::vector<uint32_t> order(rows.size());
        std::iota(order.begin(), order.end(), 0u);
        std::stable_sort(order.begin(), order.end(),
                         [&](uint32_t a, uint32_t b) { return rows[a][column] < rows[b][column]; });
        std::vector<TableRow> sorted;
        sorted.reserve(rows.size());
        RowOf places(rows.size() + 1);
        for (auto const from : order) {
            sorted.push_back(rows[from]);
            places[from + 1] = static_cast<uint32_t>(sorted.size());
        }
        rows = std::move(sorted);
        return places;
    }

    void write_sorted()
    {
        auto const& c = m_contents;
        for (auto const& row : c.interfaces)
            table(m_tables, TableId::InterfaceImpl)
                .push_back({row.type, coded<CodedKind::TypeDefOrRef>(row.interface)});
        m_interfaces = sort(TableId::InterfaceImpl);
        for (auto const& row : c.generic_params)
            table(m_tables, TableId::GenericParam)
                .push_back({row.number, row.flags, coded<CodedKind::TypeOrMethodDef>(row.owner), row.name});
        m_generic_params = sort(TableId::GenericParam);
        for (auto const& row : c.constants)
            table(m_tables, TableId::Constant)
                .push_back({static_cast<uint32_t>(row.type), coded<CodedKind::HasConstant>(row.parent), row.value});
        for (auto const& row : c.attributes)
            table(m_tables, TableId::CustomAttribute)
                .push_back({coded<CodedKind::HasCustomAttribute>(row.parent),
                            coded<CodedKind::CustomAttributeType>(row.constructor), row.value});
        for (auto const& row : c.layouts)
            table(m_tables, TableId::ClassLayout).push_back({row.packing_size, row.class_size, row.type});
        for (auto const& row : c.semantics)
            table(m_tables, TableId::MethodSemantics)
                .push_back({row.what, row_of(row.method), coded<CodedKind::HasSemantics>(row.association)});
        for (auto const& row : c.method_impls)
            table(m_tables, TableId::MethodImpl)
                .push_back({row.type, coded<CodedKind::MethodDefOrRef>(row.body),
                            coded<CodedKind::MethodDefOrRef>(row.declaration)});
        for (auto const& row : c.nested)
            table(m_tables, TableId::NestedClass).push_back({row.nested, row.enclosing});
        for (auto const id : {TableId::Constant, TableId::CustomAttribute, TableId::ClassLayout,
                              TableId::MethodSemantics, TableId::MethodImpl, TableId::NestedClass})
            (void)sort(id);
    }

    C const& m_contents;
    TableRows m_tables;
    RowOf m_fields, m_methods, m_params, m_properties, m_events, m_interfaces, m_generic_params;
};

std::vector<uint8_t> Builder::finish() const
{
    return BuilderFinish{*m_contents}.write();
}

} // namespace latchkey::winmd
