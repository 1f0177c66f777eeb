// SPDX-License-Identifier: MIT
// Attributes and the names of types.
#include "midl/lexer.h"
#include "midl/parser.h"

#include <fmt/format.h>

namespace latchkey::midl {

std::optional<Name> Parser::dotted_name(std::string_view what)
{
    auto const first = expect_name(what);
    if (!first) return std::nullopt;
    if (!peek().is('.') && !peek().is(kScope)) return first;
    std::string text{first->text};
    Range range = first->range;
    while (peek().is('.') || peek().is(kScope)) {
        if (peek().is(kScope))
            m_diagnostics.error(peek().range, "expected '.', not '::'").hint("MIDL separates names with '.'");
        take();
        auto const part = expect_name("a name after '.'");
        if (!part) return std::nullopt;
        text += '.';
        text += part->text;
        range = join(range, part->range);
    }
    return Name{m_sources.keep(std::move(text)), range};
}

std::optional<TypeName> Parser::type(unsigned depth)
{
    if (depth > kMaxNesting) {
        m_diagnostics.error(peek().range, "types are nested too deeply");
        return std::nullopt;
    }
    auto const name = dotted_name("a type");
    if (!name) return std::nullopt;
    TypeName result{.name = std::string{name->text}, .range = name->range, .name_range = name->range};
    if (accept('<')) {
        do {
            auto argument = type(depth + 1);
            if (!argument) return std::nullopt;
            result.arguments.push_back(std::move(*argument));
        } while (accept(','));
        if (!expect('>', "the type's arguments")) return std::nullopt;
        result.range = join(name->range, previous().range);
    }
    if (!type_suffixes(result)) return std::nullopt;
    return result;
}

bool Parser::type_suffixes(TypeName& out)
{
    while (peek().is('[')) {
        auto const open = take().range;
        if (peek().is(',')) {
            m_diagnostics.error(join(out.range, peek().range), "an array has one dimension")
                .wme(1035)
                .hint("use T[], or a method");
            return false;
        }
        if (!peek().is(']')) {
            m_diagnostics.error(peek().range, "an array has no fixed size").hint(fmt::format("write '{}[]'", out.name));
            return false;
        }
        take();
        if (out.is_array) {
            m_diagnostics.error(join(open, previous().range), "arrays cannot be nested")
                .wme(1036)
                .hint("use one array, or a collection of collections");
            return false;
        }
        out.is_array = true;
        out.range = join(out.range, previous().range);
    }
    if (peek().is('*') || peek().is('&')) {
        m_diagnostics.error(peek().range, "pointers are not Windows Runtime types")
            .wme(1033)
            .hint(fmt::format("'out {0}' returns a value, 'ref const {0}' passes a struct by address", out.name));
        return false;
    }
    if (peek().is('?')) {
        m_diagnostics.error(peek().range, fmt::format("'{}?' is not a Windows Runtime type", out.name))
            .wme(1033)
            .hint(fmt::format("write 'Windows.Foundation.IReference<{}>'", out.name));
        return false;
    }
    return true;
}

bool Parser::attributes(Attributes& out)
{
    while (peek().is('[')) {
        take();
        do {
            if (peek().is(']')) break; // a trailing comma
            Attribute parsed;
            if (!attribute(parsed)) {
                // Up to the bracket, so that the declaration behind it is still read.
                while (!at_end() && !peek().is(']') && !peek().is('{') && !peek().is('}') && !peek().is(';'))
                    take();
                if (!accept(']')) return false;
                return attributes(out);
            }
            out.push_back(std::move(parsed));
        } while (accept(','));
        if (!expect(']', "the attribute")) return false;
    }
    return true;
}

bool Parser::attribute(Attribute& out)
{
    auto const name = dotted_name("an attribute's name");
    if (!name) return false;
    out.name = name->text;
    out.range = name->range;
    if (!accept('(')) return true;
    while (!peek().is(')')) {
        if (!attribute_argument(out.arguments.emplace_back())) return false;
        if (!accept(',') && !peek().is(')')) {
            unexpected("',' or ')' in the attribute's arguments");
            return false;
        }
    }
    take();
    out.range = join(out.range, previous().range);
    return true;
}

bool Parser::attribute_argument(AttributeArgument& out)
{
    using Kind = AttributeArgument::Kind;
    if (peek().is_identifier() && peek(1).is('=')) {
        out.name = {peek().text, peek().range};
        take();
        take();
    }
    Token const& token = peek();
    out.range = token.range;
    if (token.kind == TokenKind::String) {
        out.kind = Kind::String;
        while (peek().kind == TokenKind::String) { // neighbours are one
            auto const value = string_value(peek().text);
            if (!value) {
                m_diagnostics.error(peek().range, "the string has an unknown escape")
                    .hint(R"(\n \r \t \0 \\ \" \' are known)");
                return false;
            }
            out.text += *value;
            out.range = join(out.range, take().range);
        }
        return true;
    }
    if (token.kind == TokenKind::Guid || token.kind == TokenKind::Number) {
        out.kind = token.kind == TokenKind::Guid ? Kind::Guid : Kind::Number;
        out.text = take().text;
        return true;
    }
    if (token.is('-') && peek(1).kind == TokenKind::Number) {
        take();
        out.kind = Kind::Number;
        out.range = join(out.range, peek().range);
        out.text = fmt::format("-{}", take().text);
        return true;
    }
    if (!token.is_identifier()) {
        unexpected("a value for the attribute");
        return false;
    }
    auto parsed = type();
    if (!parsed) return false;
    out.kind = Kind::Name;
    out.text = parsed->name;
    out.range = join(out.range, parsed->range);
    out.type = std::move(*parsed);
    return true;
}

} // namespace latchkey::midl
