// SPDX-License-Identifier: MIT
#include "midl/parser.h"

#include "midl/lexer.h"
#include "midl/spelling.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace latchkey::midl {

namespace {

constexpr std::array<std::string_view, 7> kKinds{"interface", "runtimeclass", "struct",     "enum",
                                                 "delegate",  "attribute",    "apicontract"};

constexpr std::array<std::string_view, 15> kDeclarationWords{
    "namespace", "interface", "runtimeclass", "struct",  "enum",   "delegate",  "attribute",  "apicontract",
    "import",    "unsealed",  "static",       "partial", "sealed", "cpp_quote", "midl_pragma"};

// Beginnings of classic COM IDL, which another compiler is for.
constexpr std::array<std::string_view, 8> kClassicWords{"typedef", "library",       "coclass", "importlib",
                                                        "HRESULT", "dispinterface", "module",  "union"};

template <typename List>
bool contains(List const& list, std::string_view word)
{
    return std::find(list.begin(), list.end(), word) != list.end();
}

} // namespace

std::string_view to_string(DeclarationKind kind)
{
    return kKinds[static_cast<std::size_t>(kind)];
}

Parser::Parser(std::vector<Token> const& tokens, SourceSet& sources, Diagnostics& diagnostics)
    : m_tokens{tokens}, m_sources{sources}, m_diagnostics{diagnostics}
{}

Token const& Parser::peek(std::size_t ahead) const
{
    return m_tokens[std::min(m_position + ahead, m_tokens.size() - 1)];
}

Token const& Parser::previous() const
{
    return m_tokens[m_position == 0 ? 0 : m_position - 1];
}

Token const& Parser::take()
{
    Token const& token = peek();
    if (m_position + 1 < m_tokens.size()) ++m_position;
    return token;
}

bool Parser::accept(char punctuator)
{
    if (!peek().is(punctuator)) return false;
    take();
    return true;
}

Diagnostic& Parser::unexpected(std::string_view wanted)
{
    Token const& token = peek();
    // The lexer has complained about it.
    if (token.kind == TokenKind::Unknown && m_diagnostics.has_errors()) return m_diagnostics.unheard();
    if (token.kind == TokenKind::End)
        return m_diagnostics.error(token.range, fmt::format("expected {}, but the file ends here", wanted));
    return m_diagnostics.error(token.range, fmt::format("expected {}, not '{}'", wanted, token.text));
}

bool Parser::expect(char punctuator, std::string_view after)
{
    if (accept(punctuator)) return true;
    // A missing ';' is missed behind what came before, on that line.
    bool const behind = (punctuator == ';' || punctuator == ')') && m_position > 0;
    if (behind && (peek().at_line_start || at_end())) {
        auto const end = previous().range.end;
        m_diagnostics.error({end, end}, fmt::format("expected '{}' after {}", punctuator, after));
    } else {
        unexpected(fmt::format("'{}' after {}", punctuator, after));
    }
    return false;
}

std::optional<Name> Parser::expect_name(std::string_view what)
{
    if (!peek().is_identifier()) {
        unexpected(what);
        return std::nullopt;
    }
    Token const& token = take();
    return Name{token.text, token.range};
}

void Parser::skip_balanced()
{
    // One kind of bracket is enough: a confused file is confused about the others too.
    char const open = peek().is('{') ? '{' : peek().is('(') ? '(' : '[';
    char const close = open == '{' ? '}' : open == '(' ? ')' : ']';
    for (std::size_t depth = 0; !at_end();) {
        Token const& token = take();
        if (token.is(open)) ++depth;
        if (token.is(close) && --depth == 0) return;
    }
}

void Parser::skip_to_member_end()
{
    while (!at_end() && !peek().is('}')) {
        if (peek().is('{')) {
            skip_balanced();
            accept(';');
            return;
        }
        if (take().is(';')) return;
    }
}

SyntaxTree Parser::run()
{
    declarations({}, 0);
    return std::move(m_tree);
}

void Parser::declarations(std::string_view name_space, unsigned depth)
{
    while (!at_end() && !m_diagnostics.stopped()) {
        if (peek().is('}')) {
            if (depth > 0) return;
            m_diagnostics.error(take().range, "this '}' closes nothing");
            continue;
        }
        declaration(name_space, depth);
    }
}

void Parser::declaration(std::string_view name_space, unsigned depth)
{
    auto const start = m_position;
    if (accept(';')) return;
    Attributes list;
    bool ok = attributes(list);
    if (ok) {
        Token const& token = peek();
        if (token.is("namespace"))
            ok = name_space_block(name_space, depth);
        else if (token.is("import"))
            ok = import_statement();
        else if (token.is("cpp_quote") || token.is("midl_pragma") || token.is("declare"))
            ok = classic_statement();
        else
            ok = typed_declaration(name_space, std::move(list));
    }
    if (ok) return;
    skip_to_member_end();
    if (m_position == start) take();
}

bool Parser::name_space_block(std::string_view outer, unsigned depth)
{
    take();
    auto const name = dotted_name("a namespace's name");
    if (!name) return false;
    if (depth >= kMaxNesting) {
        m_diagnostics.error(name->range, "namespaces are nested too deeply");
        return false;
    }
    auto const full = outer.empty() ? name->text : m_sources.keep(fmt::format("{}.{}", outer, name->text));
    m_tree.namespaces.push_back({full, name->range});
    auto const open = peek().range;
    if (!expect('{', "the namespace's name")) return false;
    declarations(full, depth + 1);
    if (!peek().is('}')) {
        if (!m_diagnostics.stopped())
            unexpected("'}' of the namespace").note(open, fmt::format("'{}' begins here", full));
        return true; // the file ends: nothing to skip
    }
    take();
    accept(';');
    return true;
}

bool Parser::import_statement()
{
    take();
    do {
        if (peek().kind != TokenKind::String) {
            unexpected("a file's name in quotes");
            return false;
        }
        Token const& path = take();
        m_tree.imports.push_back({std::string{path.text.substr(1, path.text.size() - 2)}, path.range});
    } while (accept(','));
    return expect(';', "the import");
}

bool Parser::classic_statement()
{
    Token const& word = take();
    m_diagnostics.warning(Warning::Ignored, word.range, fmt::format("'{}' is ignored", word.text))
        .hint("it concerns C headers, and latchkey-midl makes metadata only");
    if (word.is("midl_pragma"))
        while (!at_end() && !peek().at_line_start)
            take();
    while (peek().is('(') || peek().is('{'))
        skip_balanced();
    accept(';');
    return true;
}

bool Parser::modifiers(Declaration& result)
{
    for (;; take()) {
        Token const& token = peek();
        if (token.is("unsealed")) {
            result.is_unsealed = true;
            result.unsealed_range = token.range;
        } else if (token.is("static")) {
            result.is_static = true;
        } else if (token.is("partial")) {
            result.is_partial = true;
        } else if (!token.is("sealed") && !token.is("public")) {
            return true;
        }
        // Both are what a class is anyway.
    }
}

bool Parser::typed_declaration(std::string_view name_space, Attributes list)
{
    auto owned = std::make_unique<Declaration>();
    auto& result = *owned;
    result.name_space = name_space;
    result.attributes = std::move(list);
    auto const first = peek().range;
    modifiers(result);
    Token const& word = peek();
    auto const found = std::find(kKinds.begin(), kKinds.end(), word.is_identifier() ? word.text : std::string_view{});
    if (found == kKinds.end()) {
        auto& error = unexpected("a declaration");
        if (word.is("class"))
            error.hint("a Windows Runtime class is declared with 'runtimeclass'");
        else if (contains(kClassicWords, word.text))
            error.hint("this is classic COM IDL; latchkey-midl reads MIDL 3.0");
        else if (auto const near = nearest(word.text, kDeclarationWords))
            error.hint(fmt::format("did you mean '{}'?", *near));
        else
            error.hint("namespace, runtimeclass, interface, struct, enum, delegate, attribute or apicontract");
        return false;
    }
    result.kind = static_cast<DeclarationKind>(found - kKinds.begin());
    if (result.kind != DeclarationKind::Class && (result.is_static || result.is_unsealed || result.is_partial)) {
        m_diagnostics.error(first,
                            fmt::format("'{}' belongs to a runtimeclass, not to {} {}", m_tokens[m_position - 1].text,
                                        word.text.front() == 'i' || word.text.front() == 'e' ? "an" : "a", word.text));
    }
    take();
    bool ok = false;
    switch (result.kind) {
    case DeclarationKind::Class:
    case DeclarationKind::Interface:
        ok = class_or_interface(result);
        break;
    case DeclarationKind::Struct:
        ok = structure(result);
        break;
    case DeclarationKind::Enum:
        ok = enumeration(result);
        break;
    case DeclarationKind::Delegate:
        ok = delegate(result);
        break;
    case DeclarationKind::Attribute:
        ok = attribute_type(result);
        break;
    case DeclarationKind::Contract:
        ok = contract(result);
        break;
    }
    bool const is_forward = result.name.text.empty();
    if (!is_forward) m_tree.declarations.push_back(std::move(owned));
    return ok;
}

bool Parser::generic_parameters(Declaration& result)
{
    if (!accept('<')) return true;
    do {
        auto const name = expect_name("a type parameter's name");
        if (!name) return false;
        result.generic_parameters.push_back(*name);
    } while (accept(','));
    return expect('>', "the type parameters");
}

bool Parser::bases(Declaration& result)
{
    if (peek().is("requires"))
        take();
    else if (!accept(':'))
        return true;
    do {
        Base base;
        if (!attributes(base.attributes)) return false;
        if (peek().is("interface") && peek(1).is_identifier()) take();
        auto parsed = type();
        if (!parsed) return false;
        base.type = std::move(*parsed);
        result.bases.push_back(std::move(base));
    } while (accept(','));
    return true;
}

bool Parser::class_or_interface(Declaration& result)
{
    bool const is_class = result.kind == DeclarationKind::Class;
    auto const name = expect_name(is_class ? "the class's name" : "the interface's name");
    if (!name) return false;
    // `interface IMail;` announces a type that is defined elsewhere; names need no announcement.
    if (peek().is(';')) return take().is(';');
    result.name = *name;
    if (!generic_parameters(result) || !bases(result)) return false;
    auto const open = peek().range;
    if (!expect('{', is_class ? "the class's name" : "the interface's name")) return false;
    members(result, -1, 0);
    if (!accept('}')) {
        if (m_diagnostics.stopped()) return true;
        unexpected(fmt::format("'}}' of '{}'", name->text)).note(open, fmt::format("'{}' begins here", name->text));
        return true;
    }
    accept(';');
    return true;
}

bool Parser::structure(Declaration& result)
{
    auto const name = expect_name("the struct's name");
    if (!name) return false;
    if (peek().is(';')) return take().is(';');
    result.name = *name;
    if (!generic_parameters(result)) return false;
    if (peek().is(':')) {
        m_diagnostics.error(peek().range, fmt::format("struct '{}' cannot derive from anything", name->text));
        return false;
    }
    if (!expect('{', "the struct's name")) return false;
    if (peek().is('}'))
        m_diagnostics.error(name->range, fmt::format("struct '{}' has no fields", name->text)).wme(1060);
    while (!at_end() && !peek().is('}') && !m_diagnostics.stopped()) {
        Attributes list;
        if (!attributes(list) || !fields(result, std::move(list))) skip_to_member_end();
    }
    if (!expect('}', "the struct's fields")) return true;
    accept(';');
    return true;
}

bool Parser::fields(Declaration& owner, Attributes list)
{
    for (auto const word : {"static", "const", "event", "protected", "public"}) {
        if (!peek().is(word) || !peek(1).is_identifier()) continue;
        m_diagnostics.error(peek().range, fmt::format("'{}' has no meaning in a struct", word))
            .wme(1060)
            .hint("a struct holds only fields");
        return false;
    }
    auto parsed = type();
    if (!parsed) return false;
    do {
        auto const name = expect_name("the field's name");
        if (!name) return false;
        if (peek().is('(') || peek().is('{')) {
            m_diagnostics
                .error(name->range, fmt::format("'{}' is a {}, but a struct holds only fields", name->text,
                                                peek().is('(') ? "method" : "property"))
                .wme(1060)
                .hint("declare a runtimeclass or an interface to have members");
            return false;
        }
        Member field{.kind = Member::Kind::Field, .attributes = list, .type = *parsed, .name = *name};
        owner.members.push_back(std::move(field));
    } while (accept(','));
    return expect(';', "the field");
}

bool Parser::enumeration(Declaration& result)
{
    auto const name = expect_name("the enum's name");
    if (!name) return false;
    if (peek().is(';')) return take().is(';');
    result.name = *name;
    if (!generic_parameters(result)) return false;
    if (accept(':')) {
        auto parsed = type();
        if (!parsed) return false;
        result.type = std::move(*parsed);
    }
    if (!expect('{', "the enum's name")) return false;
    if (peek().is('}')) m_diagnostics.error(name->range, fmt::format("enum '{}' has no values", name->text));
    while (!at_end() && !peek().is('}') && !m_diagnostics.stopped()) {
        Enumerator value;
        auto const value_name = attributes(value.attributes) ? expect_name("an enumerator") : std::nullopt;
        bool ok = value_name.has_value();
        if (ok) {
            value.name = *value_name;
            if (accept('=')) {
                value.value = parse_expression(m_tokens, m_position, m_diagnostics);
                ok = value.value.has_value();
            }
            result.enumerators.push_back(std::move(value));
        }
        if (ok && !accept(',') && !peek().is('}')) {
            unexpected("',' or '}' after the enumerator");
            ok = false;
        }
        while (!ok && !at_end() && !peek().is('}') && !take().is(',')) {
        }
    }
    if (!expect('}', "the enumerators")) return true;
    accept(';');
    return true;
}

bool Parser::delegate(Declaration& result)
{
    auto parsed = type();
    if (!parsed) return false;
    if (peek().is('(')) {
        m_diagnostics.error(parsed->range, "the delegate has no return type").hint("write 'delegate void NAME(…);'");
        return false;
    }
    result.type = std::move(*parsed);
    auto const name = expect_name("the delegate's name");
    if (!name) return false;
    result.name = *name;
    if (!generic_parameters(result)) return false;
    return parameters(result.parameters) && expect(';', "the delegate");
}

bool Parser::attribute_type(Declaration& result)
{
    auto const name = expect_name("the attribute's name");
    if (!name) return false;
    result.name = *name;
    if (!expect('{', "the attribute's name")) return false;
    while (!at_end() && !peek().is('}') && !m_diagnostics.stopped()) {
        Attributes list;
        bool ok = attributes(list);
        if (ok && peek().is(name->text) && peek(1).is('(')) {
            Member constructor{
                .kind = Member::Kind::Constructor, .attributes = std::move(list), .name = {peek().text, peek().range}};
            take();
            ok = parameters(constructor.parameters) && expect(';', "the constructor");
            result.members.push_back(std::move(constructor));
        } else if (ok) {
            ok = fields(result, std::move(list));
        }
        if (!ok) skip_to_member_end();
    }
    if (!expect('}', "the attribute's fields")) return true;
    accept(';');
    return true;
}

bool Parser::contract(Declaration& result)
{
    auto const name = expect_name("the contract's name");
    if (!name) return false;
    result.name = *name;
    if (accept(';')) return true;
    if (!expect('{', "the contract's name")) return false;
    if (!peek().is('}')) {
        m_diagnostics.error(peek().range,
                            fmt::format("contract '{}' has members; a contract is a name only", name->text));
        return false;
    }
    take();
    accept(';');
    return true;
}

} // namespace latchkey::midl
