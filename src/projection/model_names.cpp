// SPDX-License-Identifier: MIT
// What ModelBuilder demands of names, and how it parts overloads that C++ could not tell from each other.
#include "projection/member_names.h"
#include "projection/model_builder.h"
#include "projection/names.h"

#include <algorithm>

#include <fmt/format.h>

namespace latchkey::projection {

using winmd::Category;

namespace {

tl::unexpected<GenerateError> bad_name(Type const& type, std::string_view what, std::string_view name)
{
    return tl::unexpected{
        GenerateError{fmt::format("{}: {}{}'{}' is not an identifier; C++ cannot have it", type.def.file().path(),
                                  what.empty() ? std::string{} : type.full_name + ": ", what, name)}};
}

} // namespace

tl::expected<void, GenerateError> ModelBuilder::check_names(Type const& type) const
{
    if (!is_identifier(type.cpp_name)) return bad_name(type, "", type.name);
    for (auto const& generic : type.generics)
        if (!is_identifier(generic)) return bad_name(type, "generic parameter ", generic);
    for (auto const& method : type.methods) {
        if (!is_identifier(method.name)) return bad_name(type, "member ", method.name);
        if (!is_identifier(method.slot)) return bad_name(type, "overload name ", method.slot);
    }
    for (auto const& field : type.fields)
        if (!is_identifier(field.name)) return bad_name(type, "field ", field.name);
    for (auto const& constant : type.constants)
        if (!is_identifier(constant.name)) return bad_name(type, "value ", constant.name);
    return {};
}

tl::expected<void, GenerateError> ModelBuilder::check_names() const
{
    for (auto const& [name, name_space] : m_model.m_namespaces) {
        auto const& first = *name_space.types.front();
        for (std::size_t at = 0; at <= name.size();) {
            auto const end = std::min(name.find('.', at), name.size());
            if (!is_identifier(name.substr(at, end - at))) return bad_name(first, "namespace ", name);
            at = end + 1;
        }
        for (auto const* type : name_space.types) {
            // Also of references: their names are written too.
            if (auto checked = check_names(*type); !checked) return checked;
            if (!name_space.is_projected) continue;
            // C++ has one name for both.
            auto const inner = m_model.m_namespaces.lower_bound(type->full_name);
            if (inner != m_model.m_namespaces.end() && has_prefix(inner->first, type->full_name) && !type->is_mapped)
                return tl::unexpected{GenerateError{
                    fmt::format("{} is a type and {} a namespace; C++ cannot have both. Rename one of them.",
                                type->full_name, inner->first)}};
            bool const needs_guid = type->category == Category::Interface || type->category == Category::Delegate;
            if (needs_guid && !type->guid)
                return tl::unexpected{GenerateError{fmt::format(
                    "{} in {} has no GuidAttribute; an interface or delegate cannot be called without its IID",
                    type->full_name, type->def.file().path())}};
        }
    }
    return {};
}

// A property's getter and a method of its name without parameters are two things in metadata and one in C++.
void ModelBuilder::part_overloads()
{
    for (auto& type : m_model.m_types) {
        auto const same = [&](Method const& one, Method const& other) {
            return one.name == other.name && one.parameters.size() == other.parameters.size() &&
                   overload_signature(one, {}, type) == overload_signature(other, {}, type);
        };
        for (std::size_t index = 1; index < type.methods.size(); ++index) {
            auto& method = type.methods[index];
            auto const earlier = std::span{type.methods}.first(index);
            while (std::ranges::any_of(earlier, [&](Method const& each) { return same(each, method); }))
                method.name += '_';
        }
    }
}

} // namespace latchkey::projection
