// SPDX-License-Identifier: MIT
#include "projection/page.h"

#include <algorithm>

namespace latchkey::projection {

void Page::needs(Namespace const& name_space, Need need)
{
    if (&name_space == m_own) return;
    auto& now = m_needed.try_emplace(&name_space, need).first->second;
    if (now < need) now = need;
}

std::vector<Namespace const*> Page::needed(Need need) const
{
    std::vector<Namespace const*> result;
    for (auto const& [name_space, its] : m_needed)
        if (its == need) result.push_back(name_space);
    std::ranges::sort(result, {}, &Namespace::name);
    return result;
}

} // namespace latchkey::projection
