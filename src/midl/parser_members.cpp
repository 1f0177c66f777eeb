// SPDX-License-Identifier: MIT
#include "midl/parser.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace latchkey::midl {

void Parser::members(Declaration& owner, int block, unsigned depth)
{
    while (!at_end() && !peek().is('}') && !m_diagnostics.stopped()) {
        if (accept(';')) continue;
        auto const start = m_position;
        if (member(owner, block, depth)) continue;
        skip_to_member_end();
        if (m_position == start) take();
    }
}

bool Parser::member(Declaration& owner, int block, unsigned depth)
{
    Member result{.block = block};
    auto const first = peek().range;
    if (!attributes(result.attributes)) return false;
    if (peek().is('{')) {
        if (depth >= kMaxNesting) {
            m_diagnostics.error(peek().range, "blocks are nested too deeply");
            return false;
        }
        take();
        auto const inner = static_cast<int>(owner.blocks.size());
        owner.blocks.push_back({std::move(result.attributes), block, join(first, previous().range)});
        members(owner, inner, depth + 1);
        if (!expect('}', "the block's members")) return true;
        accept(';');
        return true;
    }
    if (refuse_member(owner)) return false;
    for (;; take()) {
        if (!peek(1).is_identifier()) break; // a type or a name, not a modifier
        if (peek().is("static"))
            result.is_static = true;
        else if (peek().is("protected"))
            result.is_protected = true;
        else if (peek().is("overridable"))
            result.is_overridable = true;
        else if (!peek().is("public"))
            break;
    }
    if (peek().is("interface") && peek(1).is_identifier()) {
        take();
        auto parsed = type();
        if (!parsed) return false;
        result.kind = Member::Kind::Interface;
        result.type = std::move(*parsed);
        if (owner.kind != DeclarationKind::Class) {
            m_diagnostics.error(result.type.range, "an interface lists other interfaces behind its name")
                .hint(fmt::format("write 'interface {} requires {}'", owner.name.text, result.type.name));
            return false;
        }
        owner.members.push_back(std::move(result));
        return expect(';', "the interface's name");
    }
    if (peek().is("event") && peek(1).is_identifier() && !peek(2).is('(')) return event(owner, std::move(result));
    bool const is_constructor = peek().is(owner.name.text) && peek(1).is('(');
    if (is_constructor) {
        result.kind = Member::Kind::Constructor;
        result.name = {peek().text, take().range};
        bool const ok = parameters(result.parameters) && expect(';', "the constructor");
        if (ok && owner.kind != DeclarationKind::Class) {
            m_diagnostics
                .error(result.name.range, fmt::format("interface '{}' cannot have a constructor", owner.name.text))
                .hint("constructors belong to a runtimeclass");
            return true;
        }
        if (ok) owner.members.push_back(std::move(result));
        return ok;
    }
    return typed_member(owner, std::move(result));
}

// Members of other languages, for which there is something better to say than "expected".
bool Parser::refuse_member(Declaration const& owner)
{
    for (std::size_t ahead = 0; ahead < 4 && (peek(ahead).is_identifier() || peek(ahead).is('~')); ++ahead) {
        Token const& token = peek(ahead);
        if (token.is("operator") && !peek(ahead + 1).is('(') && !peek(ahead + 1).is(';')) {
            m_diagnostics.error(token.range, fmt::format("'{}' declares an operator", owner.name.text))
                .wme(1087)
                .hint("the Windows Runtime has no operators; declare a method");
            return true;
        }
        if (token.is("this") && peek(ahead + 1).is('[')) {
            m_diagnostics.error(token.range, fmt::format("'{}' declares an indexer", owner.name.text))
                .hint("implement IVector<T> or IMap<K, V>, or declare a method");
            return true;
        }
        if (token.is('~')) {
            m_diagnostics.error(token.range, "a destructor cannot be declared")
                .hint("implement Windows.Foundation.IClosable to release things early");
            return true;
        }
    }
    constexpr std::array kForeign{"private", "internal", "virtual", "abstract", "override", "readonly", "async"};
    for (std::string_view const word : kForeign) {
        if (!peek().is(word) || !peek(1).is_identifier()) continue;
        m_diagnostics.error(peek().range, fmt::format("'{}' is not MIDL", word))
            .hint("members are public; in a class they may be static, protected or overridable");
        return true;
    }
    constexpr std::array kTypes{"runtimeclass", "struct", "enum", "delegate", "namespace", "class"};
    for (std::string_view const word : kTypes) {
        if (!peek().is(word) || !peek(1).is_identifier()) continue;
        m_diagnostics.error(peek().range, fmt::format("a {} cannot be declared inside '{}'", word, owner.name.text))
            .hint("types are declared in namespaces");
        return true;
    }
    return false;
}

bool Parser::event(Declaration& owner, Member result)
{
    take();
    result.kind = Member::Kind::Event;
    auto parsed = type();
    if (!parsed) return false;
    result.type = std::move(*parsed);
    auto const name = expect_name("the event's name");
    if (!name) return false;
    result.name = *name;
    owner.members.push_back(std::move(result));
    if (peek().is('{')) {
        skip_balanced(); // { add; remove; } says nothing new
        accept(';');
        return true;
    }
    return expect(';', "the event");
}

bool Parser::typed_member(Declaration& owner, Member result)
{
    auto parsed = type();
    if (!parsed) return false;
    if (peek().is('(')) {
        auto& error = m_diagnostics.error(parsed->range, fmt::format("'{}' has no return type", parsed->name));
        if (owner.kind == DeclarationKind::Class)
            error.hint(fmt::format("a constructor is called '{}', and a method that returns nothing 'void {}(…)'",
                                   owner.name.text, parsed->name));
        else
            error.hint(fmt::format("a method that returns nothing is 'void {}(…)'", parsed->name));
        return false;
    }
    result.type = std::move(*parsed);
    auto const name = expect_name("the member's name");
    if (!name) return false;
    result.name = *name;
    if (peek().is('<')) {
        m_diagnostics.error(name->range, fmt::format("method '{}' cannot be generic", name->text))
            .hint("interfaces and delegates can have type parameters, methods cannot");
        return false;
    }
    if (peek().is('(')) {
        result.kind = Member::Kind::Method;
        bool const ok = parameters(result.parameters) && expect(';', "the method");
        owner.members.push_back(std::move(result));
        return ok;
    }
    result.kind = Member::Kind::Property;
    if (peek().is('{')) {
        if (!accessors(result)) {
            // To the end of these braces, lest their '}' be taken for the type's.
            while (!at_end() && !peek().is('}') && !peek().is('{'))
                take();
            accept('}');
        }
        accept(';');
        owner.members.push_back(std::move(result));
        return true;
    }
    result.accessors = {{.is_setter = false, .attributes = {}, .range = name->range},
                        {.is_setter = true, .attributes = {}, .range = name->range}};
    owner.members.push_back(std::move(result));
    if (peek().is(';')) return expect(';', "the property");
    unexpected("';', '(' or '{' after the member's name");
    return false;
}

bool Parser::accessors(Member& result)
{
    take();
    while (!peek().is('}')) {
        Accessor accessor;
        if (!attributes(accessor.attributes)) return false;
        Token const& word = peek();
        if (!word.is("get") && !word.is("set")) {
            unexpected("'get;', 'set;' or '}'");
            return false;
        }
        accessor.is_setter = word.is("set");
        accessor.range = take().range;
        auto const same = [&](Accessor const& other) { return other.is_setter == accessor.is_setter; };
        if (std::any_of(result.accessors.begin(), result.accessors.end(), same))
            m_diagnostics.error(accessor.range, fmt::format("'{}' is there twice", word.text));
        else
            result.accessors.push_back(std::move(accessor));
        if (!expect(';', "the accessor")) return false;
    }
    take();
    if (!result.accessors.empty()) return true;
    m_diagnostics.error(result.name.range, fmt::format("property '{}' has neither get nor set", result.name.text));
    return false;
}

bool Parser::parameters(std::vector<Parameter>& out)
{
    if (!expect('(', "the name")) return false;
    if (accept(')')) return true;
    do {
        Parameter& added = out.emplace_back();
        if (!parameter(added)) return false;
    } while (accept(','));
    return expect(')', "the parameters");
}

bool Parser::parameter(Parameter& out)
{
    if (!attributes(out.attributes)) return false;
    for (auto const& attribute : out.attributes) { // as classic IDL writes it
        out.is_in = out.is_in || attribute.name == "in";
        out.is_out = out.is_out || attribute.name == "out";
    }
    for (;; take()) {
        if (!peek(1).is_identifier()) break;
        if (peek().is("in"))
            out.is_in = true;
        else if (peek().is("out"))
            out.is_out = true;
        else if (peek().is("ref"))
            out.is_ref = true;
        else if (peek().is("const"))
            out.is_const = true;
        else
            break;
    }
    auto parsed = type();
    if (!parsed) return false;
    out.type = std::move(*parsed);
    if (!peek().is_identifier()) {
        if (peek().is(',') || peek().is(')'))
            m_diagnostics.error(out.type.range, "the parameter has no name")
                .hint(fmt::format("write '{} NAME'", out.type.name));
        else
            unexpected("the parameter's name");
        return false;
    }
    Token const& name = take();
    out.name = {name.text, name.range};
    if (peek().is('[')) {
        m_diagnostics.error(join(name.range, peek().range), "brackets of an array go behind the type")
            .hint(fmt::format("write '{}[] {}'", out.type.name, name.text));
        return false;
    }
    if (peek().is('=')) {
        m_diagnostics.error(peek().range, fmt::format("parameter '{}' cannot have a default value", name.text))
            .hint("declare an overload without the parameter");
        return false;
    }
    return true;
}

} // namespace latchkey::midl
