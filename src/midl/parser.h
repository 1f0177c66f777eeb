// SPDX-License-Identifier: MIT
// Tokens to syntax. After an error the parser goes on behind the next ';' or '}', so that one run reports several.
#pragma once

#include "midl/diagnostic.h"
#include "midl/syntax.h"
#include "midl/token.h"

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace latchkey::midl {

inline constexpr unsigned kMaxNesting = 64; // namespaces, blocks, type arguments

class Parser {
public:
    // tokens ends with End.
    Parser(std::vector<Token> const& tokens, SourceSet& sources, Diagnostics& diagnostics);
    SyntaxTree run();

private:
    Token const& peek(std::size_t ahead = 0) const;
    Token const& previous() const;
    Token const& take();
    bool at_end() const { return peek().kind == TokenKind::End; }
    bool accept(char punctuator);
    // Complains and answers false when something else is here.
    bool expect(char punctuator, std::string_view after);
    std::optional<Name> expect_name(std::string_view what);
    Diagnostic& unexpected(std::string_view wanted);

    void skip_to_member_end();
    void skip_balanced(); // from '{', '(' or '[' behind its partner

    // Declarations
    void declarations(std::string_view name_space, unsigned depth);
    void declaration(std::string_view name_space, unsigned depth);
    bool name_space_block(std::string_view outer, unsigned depth);
    bool import_statement();
    bool classic_statement();
    bool typed_declaration(std::string_view name_space, Attributes attributes);
    bool modifiers(Declaration& result);
    bool class_or_interface(Declaration& result);
    bool generic_parameters(Declaration& result);
    bool bases(Declaration& result);
    bool structure(Declaration& result);
    bool enumeration(Declaration& result);
    bool delegate(Declaration& result);
    bool attribute_type(Declaration& result);
    bool contract(Declaration& result);

    // Members
    void members(Declaration& owner, int block, unsigned depth);
    bool member(Declaration& owner, int block, unsigned depth);
    bool typed_member(Declaration& owner, Member result);
    bool event(Declaration& owner, Member result);
    bool accessors(Member& result);
    bool fields(Declaration& owner, Attributes attributes);
    bool parameters(std::vector<Parameter>& out);
    bool parameter(Parameter& out);
    bool refuse_member(Declaration const& owner);

    // Attributes and types
    bool attributes(Attributes& out);
    bool attribute(Attribute& out);
    bool attribute_argument(AttributeArgument& out);
    std::optional<TypeName> type(unsigned depth = 0);
    bool type_suffixes(TypeName& out);
    std::optional<Name> dotted_name(std::string_view what);

    std::vector<Token> const& m_tokens;
    SourceSet& m_sources;
    Diagnostics& m_diagnostics;
    std::size_t m_position = 0;
    SyntaxTree m_tree;
};

} // namespace latchkey::midl
