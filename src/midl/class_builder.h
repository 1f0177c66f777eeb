// SPDX-License-Identifier: MIT
// Makes the interfaces of a class: from its members (docs/midl.md, Synthesized interfaces) and from what it lists.
//
// Two steps, because names come first: plan() of all classes before any type is resolved, so that the sources may
// mention interfaces that are made here; build() when every other interface is known.
#pragma once

#include "midl/model.h"
#include "midl/resolver.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace latchkey::midl {

inline constexpr std::size_t kMaxClassInterfaces = 1024; // with those that others require
inline constexpr std::size_t kMaxTypeParts = 256;        // types inside one type, after substitution

class ClassBuilder {
public:
    ClassBuilder(Symbol& symbol, Resolver& resolver)
        : m_symbol{symbol}, m_declaration{*symbol.declaration}, m_resolver{resolver}
    {}

    void plan();
    std::unique_ptr<ClassModel> build();
    // The synthesized interfaces, in order.
    std::vector<Symbol*> interfaces() const;

private:
    enum class Kind : uint8_t {
        Instance,
        Protected,
        Overridable,
        Static,
        Factory,
        PublicComposable,
        ProtectedComposable
    };
    struct Naming;
    static Naming const& naming(Kind kind);
    struct Group {
        Kind kind = Kind::Instance;
        std::string key; // empty: the members outside of blocks
        Symbol* symbol = nullptr;
        std::optional<winmd::Guid> iid;
        int block = -1;
        std::vector<Member const*> members;
        Range range;
    };
    // A default constructor of a sealed class needs no interface.
    struct Activation {
        Member const* constructor = nullptr;
    };

    std::optional<Kind> kind_of(Member const& member);
    Attribute const* naming_attribute(Member const& member, std::string_view name) const;
    Group& group_of(Member const& member, Kind kind);
    void name_groups();
    void name_group(Group& group);
    Scope scope() const { return scope_of(m_declaration); }
    ApiVersion version_of(Member const& member);
    ApiVersion version_of_block(int block);

    void build_group(Group const& group);
    void add_constructor(InterfaceModel& out, Member const& member, Kind kind);
    void check_overloads();
    void check_names_of_members();
    void list_bases(ClassModel& out);
    void list_interface(ClassModel& out, TypeName const& name, Attributes const& attributes, bool is_body_line);
    void list_groups_and_lines(ClassModel& out);
    void list_required(ClassModel& out);
    void choose_default(ClassModel& out);
    void list_factories(ClassModel& out);
    void explicit_factory(ClassModel& out, Attribute const& attribute);
    void finish_attributes(ClassModel& out);
    std::optional<AttributeModel> enum_attribute(Attribute const* attribute, std::string_view type,
                                                 std::string_view enum_type, uint32_t otherwise);

    Symbol& m_symbol;
    Declaration const& m_declaration;
    Resolver& m_resolver;
    std::vector<std::unique_ptr<Group>> m_groups;
    std::vector<Activation> m_activations;
    ApiVersion m_version;
    Range m_default_range; // of an explicit [default]
};

} // namespace latchkey::midl
