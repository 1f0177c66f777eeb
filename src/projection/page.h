// SPDX-License-Identifier: MIT
// One generated file while it is written: its text, and the types that the text mentions, from which the inclusions
// follow. Belongs to one thread.
#pragma once

#include "projection/model.h"
#include "projection/text.h"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace latchkey::projection {

class Page {
public:
    explicit Page(Namespace const* own, std::size_t expected_bytes = 4096) : m_text{expected_bytes}, m_own{own} {}

    Text& text() { return m_text; }
    template <typename... Pieces>
    Page& put(Pieces const&... pieces)
    {
        (append(pieces), ...);
        return *this;
    }

    // How much of a foreign type's namespace the text needs: its .0.h, .1.h or .2.h.
    enum class Need : uint8_t { Declared, Interfaces, Classes };
    void needs(Namespace const& name_space, Need need);
    // The type's name was written.
    void mention(Type const& type)
    {
        if (type.name_space != m_own) m_mentioned.insert(&type);
    }
    // A struct of the ABI (impl::struct_…) was named without being needed complete.
    void mention_abi(Type const& type)
    {
        if (type.name_space != m_own) m_abi_mentioned.insert(&type);
    }

    Namespace const* own() const { return m_own; }
    // The namespaces of which exactly that much is needed, in name order.
    std::vector<Namespace const*> needed(Need) const;
    struct ByName {
        bool operator()(Type const* left, Type const* right) const { return left->full_name < right->full_name; }
    };
    using Types = std::set<Type const*, ByName>;
    Types const& mentioned() const { return m_mentioned; }
    Types const& abi_mentioned() const { return m_abi_mentioned; }

private:
    template <typename Piece>
    void append(Piece const& piece)
    {
        if constexpr (requires { piece(*this); }) {
            piece(*this);
        } else {
            m_text.put(piece);
        }
    }

    Text m_text;
    Namespace const* m_own;
    std::map<Namespace const*, Need> m_needed;
    Types m_mentioned;
    Types m_abi_mentioned;
};

} // namespace latchkey::projection
