// SPDX-License-Identifier: MIT
#include "projection/model.h"

#include "winmd/limits.h"

#include <algorithm>

namespace latchkey::projection {

bool TypeUse::operator==(TypeUse const& other) const
{
    if (kind != other.kind) return false;
    switch (kind) {
    case Kind::Fundamental:
        return element == other.element;
    case Kind::Mapped:
        return mapped == other.mapped;
    case Kind::Named:
        return type == other.type && arguments == other.arguments;
    case Kind::GenericParam:
        return number == other.number;
    case Kind::Unresolved:
        return winmd::name_of(reference) == winmd::name_of(other.reference);
    default:
        return true;
    }
}

bool TypeUse::is_reference() const
{
    if (kind == Kind::Object) return true;
    if (kind != Kind::Named) return false;
    switch (type->category) {
    case winmd::Category::Interface:
    case winmd::Category::Class:
    case winmd::Category::StaticClass:
    case winmd::Category::Delegate:
        return true;
    default:
        return false;
    }
}

bool TypeUse::is_enum() const
{
    return kind == Kind::Named && type->category == winmd::Category::Enum;
}

bool TypeUse::is_struct() const
{
    return kind == Kind::Named && type->category == winmd::Category::Struct;
}

TypeUse substitute(TypeUse const& use, std::span<TypeUse const> arguments)
{
    if (use.kind == TypeUse::Kind::GenericParam) return use.number < arguments.size() ? arguments[use.number] : use;
    if (use.arguments.empty()) return use;
    auto result = use;
    for (auto& argument : result.arguments)
        argument = substitute(argument, arguments);
    return result;
}

std::vector<Type const*> bases_of(Type const& runtime_class)
{
    std::vector<Type const*> result;
    // A hostile file may make a class its own ancestor.
    for (auto const* base = runtime_class.base; base != nullptr && result.size() < winmd::kMaxInheritanceDepth;
         base = base->base)
        result.push_back(base);
    return result;
}

Type const* Model::find(std::string_view full_name) const
{
    auto const dot = full_name.rfind('.');
    if (dot == std::string_view::npos) return nullptr;
    auto const found = m_namespaces.find(full_name.substr(0, dot));
    if (found == m_namespaces.end()) return nullptr;
    for (auto const* type : found->second.types)
        if (type->full_name == full_name) return type;
    return nullptr;
}

bool has_prefix(std::string_view name, std::string_view prefix)
{
    return name.starts_with(prefix) && (name.size() == prefix.size() || name[prefix.size()] == '.');
}

bool is_included(std::string_view full_name, std::span<std::string const> include, std::span<std::string const> exclude)
{
    auto const longest = [&](std::span<std::string const> prefixes) {
        std::ptrdiff_t length = -1;
        for (auto const& prefix : prefixes)
            if (has_prefix(full_name, prefix)) length = std::max(length, std::ssize(prefix));
        return length;
    };
    auto const in = longest(include);
    auto const out = longest(exclude);
    return in == -1 && out == -1 ? include.empty() : in > out;
}

} // namespace latchkey::projection
