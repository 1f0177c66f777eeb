// SPDX-License-Identifier: MIT
// Writes what a File holds through a Builder: every table that Windows Runtime files use, in the order in which a
// compiler would add things. The copy of a sound file equals it row for row.
#pragma once

#include "winmd/builder.h"
#include "winmd/signature.h"

namespace latchkey::test {

class Copy {
public:
    explicit Copy(winmd::File const& file) : m_file{file}, m_builder{options(file)} {}

    std::vector<uint8_t> write()
    {
        copy_references();
        for (auto const type : m_file.rows<winmd::TypeDef>())
            copy_type(type);
        for (auto const type : m_file.rows<winmd::TypeDef>())
            copy_members(type);
        copy_the_rest();
        return m_builder.finish();
    }

private:
    static winmd::BuilderOptions options(winmd::File const& file)
    {
        auto const assembly = file.row<winmd::Assembly>(1);
        return {.name = std::string{assembly.name()},
                .module_name = std::string{file.row<winmd::Module>(1).name()},
                .version = std::string{file.version()},
                .mvid = file.row<winmd::Module>(1).mvid(),
                .assembly_version = assembly.version(),
                .assembly_flags = assembly.flags(),
                .hash_algorithm = assembly.hash_algorithm(),
                .module_type = false};
    }

    template <winmd::CodedKind Kind>
    static winmd::AnyHandle handle(winmd::CodedIndex<Kind> index)
    {
        winmd::AnyHandle result;
        if (index) {
            result.table = index.table();
            result.number = index.row();
        }
        return result;
    }

    static winmd::Type type(winmd::TypeSignature const& from)
    {
        winmd::Type to;
        to.kind = from.kind;
        to.type = handle(from.type);
        to.is_value_type = from.is_value_type;
        to.number = from.number;
        for (auto const& argument : from.arguments)
            to.arguments.push_back(type(argument));
        return to;
    }

    static winmd::ParamType param(winmd::ParamSignature const& from)
    {
        winmd::ParamType to{type(from.type), from.by_ref, {}};
        for (auto const& modifier : from.modifiers)
            to.modifiers.push_back({modifier.required, handle(modifier.type)});
        return to;
    }

    static winmd::MethodType method(winmd::MethodSignature const& from)
    {
        winmd::MethodType to{from.has_this, from.generic_param_count, param(from.return_type), {}};
        for (auto const& one : from.params)
            to.params.push_back(param(one));
        return to;
    }

    void copy_references()
    {
        for (auto const row : m_file.rows<winmd::AssemblyRef>()) {
            m_builder.assembly_ref({.name = row.name(),
                                    .version = row.version(),
                                    .flags = row.flags(),
                                    .public_key_or_token = row.public_key_or_token(),
                                    .culture = row.culture(),
                                    .hash_value = row.hash_value()});
        }
        for (auto const row : m_file.rows<winmd::TypeRef>())
            m_builder.type_ref(handle(row.resolution_scope()), row.name_space(), row.name());
        for (auto const row : m_file.rows<winmd::TypeSpec>())
            m_builder.type_spec(type(row.signature()));
        for (auto const row : m_file.rows<winmd::MemberRef>())
            m_builder.member_ref(handle(row.class_()), row.name(), method(row.method_signature()));
    }

    void copy_type(winmd::TypeDef from)
    {
        m_builder.add_type({from.flags(), from.name_space(), from.name(), handle(from.extends())});
    }

    void copy_members(winmd::TypeDef from)
    {
        winmd::TypeDefHandle const to{from.row()};
        for (auto const field : from.fields())
            m_builder.add_field(to, {field.flags(), field.name(), type(field.signature())});
        for (auto const row : from.methods()) {
            auto const copied =
                m_builder.add_method(to, {row.name(), row.flags(), row.impl_flags(), method(row.signature())});
            for (auto const one : row.params())
                m_builder.add_param(copied, {one.sequence(), one.flags(), one.name()});
        }
        for (auto const row : from.interfaces())
            m_builder.add_interface(to, handle(row.interface()));
        for (auto const row : from.generic_params())
            m_builder.add_generic_param(to, row.name(), row.flags());
        for (auto const row : from.method_impls())
            m_builder.add_method_impl(to, handle(row.method_body()), handle(row.method_declaration()));
        if (auto const layout = from.class_layout())
            m_builder.set_class_layout(to, layout.packing_size(), layout.class_size());
    }

    void copy_the_rest()
    {
        for (auto const map : m_file.rows<winmd::PropertyMap>()) {
            for (auto const row : map.properties()) {
                auto const signature = row.signature();
                m_builder.add_property(winmd::TypeDefHandle{map.parent().row()},
                                       {row.name(), row.flags(), signature.has_this, param(signature.type)});
            }
        }
        for (auto const map : m_file.rows<winmd::EventMap>())
            for (auto const row : map.events())
                m_builder.add_event(winmd::TypeDefHandle{map.parent().row()},
                                    {row.name(), row.flags(), handle(row.type())});
        for (auto const row : m_file.rows<winmd::MethodSemantics>())
            m_builder.add_semantics(handle(row.association()), row.semantics(),
                                    winmd::MethodHandle{row.method().row()});
        for (auto const row : m_file.rows<winmd::Constant>())
            m_builder.add_constant(handle(row.parent()), row.value());
        for (auto const row : m_file.rows<winmd::CustomAttribute>()) {
            auto const value = row.value_blob();
            m_builder.add_attribute(handle(row.parent()), handle(row.type()),
                                    std::vector<uint8_t>(value.begin(), value.end()));
        }
    }

    winmd::File const& m_file;
    winmd::Builder m_builder;
};

} // namespace latchkey::test
