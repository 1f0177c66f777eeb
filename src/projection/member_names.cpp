// SPDX-License-Identifier: MIT
#include "projection/member_names.h"

#include "projection/headers.h"
#include "projection/type_text.h"

#include <algorithm>

namespace latchkey::projection {

std::string overload_signature(Method const& method, std::span<TypeUse const> arguments, Type const& scope,
                               std::size_t leave_out)
{
    auto copy = method;
    for (auto& parameter : copy.parameters) {
        parameter.name.clear();
        if (!arguments.empty()) parameter.type = substitute(parameter.type, arguments);
    }
    Page page{nullptr, 256};
    page.put(ConsumeParameters{copy, scope, Taker::Projection, leave_out});
    return page.text().take();
}

void MemberNames::add_base(std::function<void(Page&)> name, std::vector<TypeUse const*> const& interfaces)
{
    auto const base = m_bases.size();
    m_bases.push_back(std::move(name));
    for (auto const* use : interfaces) {
        if (use->kind != TypeUse::Kind::Named) continue;
        for (auto const& method : use->type->methods) {
            if (!method.is_usable) continue;
            auto& sources = m_members[method.name];
            if (sources.empty() || sources.back().base != base) sources.push_back({base, {}, false});
            sources.back().overloads.emplace_back(&method, use);
            if (is_event(*use->type, method)) sources.back().has_revoker = true;
        }
    }
}

void MemberNames::put(Page& page) const
{
    for (auto const& [name, sources] : m_members) {
        if (name == m_scope.cpp_name) continue; // it would declare a constructor
        if (sources.size() < 2 && !m_taken.contains(name)) continue;
        std::set<std::string> joined;
        bool has_revoker = m_taken.contains(name + "_revoker");
        for (auto const& source : sources) {
            std::set<std::string> signatures;
            for (auto const& [method, use] : source.overloads)
                signatures.insert(overload_signature(*method, use->arguments, m_scope));
            auto const clashes = std::ranges::any_of(
                signatures, [&](std::string const& signature) { return joined.contains(signature); });
            if (clashes) continue;
            joined.merge(signatures);
            page.put("using ", m_bases[source.base], "::", name, ";\n");
            if (source.has_revoker && !has_revoker) {
                page.put("using ", m_bases[source.base], "::", name, "_revoker;\n");
                has_revoker = true;
            }
        }
    }
}

} // namespace latchkey::projection
