// SPDX-License-Identifier: MIT
// C++ refuses a name that two bases have, even when the overloads differ. This finds such names and writes the
// using-declarations that join them. Overloads with the same parameters cannot be joined: the first source keeps it.
#pragma once

#include "projection/model.h"
#include "projection/page.h"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace latchkey::projection {

class MemberNames {
public:
    // scope: the type in which the declarations will stand. taken: names that scope itself declares and that would
    // hide those of the bases.
    explicit MemberNames(Type const& scope, std::set<std::string> taken = {})
        : m_scope{scope}, m_taken{std::move(taken)}
    {}

    // A base: how a using-declaration names it, and the interfaces whose members are visible through it. Both must
    // live until put().
    void add_base(std::function<void(Page&)> name, std::vector<TypeUse const*> const& interfaces);
    void put(Page& page) const;

private:
    struct Members {
        std::size_t base = 0;
        std::vector<std::pair<Method const*, TypeUse const*>> overloads;
        bool has_revoker = false;
    };
    Type const& m_scope;
    std::set<std::string> m_taken;
    std::vector<std::function<void(Page&)>> m_bases;
    std::map<std::string, std::vector<Members>> m_members;
};

// The types of the parameters as text: what overload resolution goes by. leave_out: that many at the end.
std::string overload_signature(Method const& method, std::span<TypeUse const> arguments, Type const& scope,
                               std::size_t leave_out = 0);

} // namespace latchkey::projection
