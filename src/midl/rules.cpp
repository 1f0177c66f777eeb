// SPDX-License-Identifier: MIT
#include "midl/rules.h"

#include "midl/resolver.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include <fmt/format.h>

namespace latchkey::midl {

namespace {

std::string lower(std::string_view text)
{
    std::string result{text};
    for (char& c : result)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return result;
}

bool is_inside(std::string_view name_space, std::string_view root)
{
    return name_space == root || (name_space.starts_with(root) && name_space[root.size()] == '.');
}

std::string_view root_of(std::string_view name_space)
{
    return name_space.substr(0, name_space.find('.'));
}

void check_roots(SymbolTable const& symbols, RuleOptions const& options, bool is_complete, Diagnostics& diagnostics)
{
    bool const is_windows_name = lower(root_of(options.component_name)) == "windows";
    if (is_windows_name)
        diagnostics.error({}, fmt::format("a component cannot be called '{}'", options.component_name))
            .wme(1044)
            .hint("names that begin with Windows belong to the system; --sdk is for building the SDK itself");
    std::set<std::string_view> reported;
    for (auto const* symbol : symbols.declared()) {
        if (symbol->arity != 0)
            diagnostics
                .error(symbol->range, fmt::format("a component cannot define the generic {} '{}'",
                                                  to_string(symbol->kind), symbol->name))
                .hint("use Windows' own generic types, such as IVector<T> and TypedEventHandler<TSender, TResult>");
        if (symbol->name_space.empty()) {
            diagnostics.error(symbol->range, fmt::format("'{}' is outside of any namespace", symbol->name))
                .wme(1042)
                .hint(fmt::format("put it into 'namespace {} {{ … }}'", options.component_name));
            continue;
        }
        if (!reported.insert(symbol->name_space).second) continue;
        if (lower(root_of(symbol->name_space)) == "windows") {
            diagnostics
                .error(symbol->range, fmt::format("'{}' is in namespace {}, which belongs to the system", symbol->name,
                                                  symbol->name_space))
                .wme(1044)
                .hint("choose a root namespace of your own; --sdk is for building the SDK itself");
        } else if (!is_inside(symbol->name_space, options.component_name) && !is_windows_name) {
            diagnostics
                .error(symbol->range, fmt::format("'{}' is in namespace {}, but the component is called {}",
                                                  symbol->name, symbol->name_space, options.component_name))
                .wme(1044)
                .hint(fmt::format("write '{0}.winmd' with -o, or move the type into namespace {1}",
                                  root_of(symbol->name_space), options.component_name));
        }
    }
    if (!is_complete) return;
    bool const has_public = std::any_of(symbols.declared().begin(), symbols.declared().end(), [](Symbol const* symbol) {
        return symbol->kind != DeclarationKind::Interface ||
               find_attribute(symbol->declaration->attributes, "exclusiveto") == nullptr;
    });
    if (symbols.declared().empty())
        diagnostics.error({}, "the input declares no type").wme(1042).hint("a .winmd holds at least one public type");
    else if (!has_public)
        diagnostics.error(symbols.declared().front()->range, "the input declares no public type")
            .wme(1043)
            .hint("interfaces with 'exclusiveto' are private; declare their class");
}

void check_letter_case(std::vector<NamespaceUse> const& namespaces, SymbolTable const& symbols,
                       Diagnostics& diagnostics)
{
    std::map<std::string, NamespaceUse const*> spaces;
    std::map<std::string_view, Range> exact;
    for (auto const& use : namespaces) {
        exact.emplace(use.name, use.range);
        auto const [place, is_new] = spaces.emplace(lower(use.name), &use);
        if (!is_new && place->second->name != use.name)
            diagnostics
                .error(use.range,
                       fmt::format("namespaces '{}' and '{}' differ only by case", use.name, place->second->name))
                .wme(1067)
                .note(place->second->range, "the other one is here");
    }
    std::map<std::string, Symbol const*> types;
    for (auto const* symbol : symbols.declared()) {
        auto const [place, is_new] =
            types.emplace(lower(symbol->full_name()) + '`' + std::to_string(symbol->arity), symbol);
        if (!is_new)
            diagnostics
                .error(symbol->range, fmt::format("types '{}' and '{}' differ only by case", symbol->full_name(),
                                                  place->second->full_name()))
                .wme(1065)
                .note(place->second->range, "the other one is here");
        if (symbols.is_namespace(symbol->full_name())) {
            auto& error =
                diagnostics.error(symbol->range, fmt::format("'{}' is a type and a namespace", symbol->full_name()))
                    .wme(1068);
            if (auto const found = exact.find(symbol->full_name()); found != exact.end())
                error.note(found->second, "the namespace is here");
        }
    }
}

void check_constructors(Symbol const& symbol, Diagnostics& diagnostics)
{
    auto const& declaration = *symbol.declaration;
    std::map<std::size_t, Range> by_arity;
    for (auto const& member : declaration.members) {
        if (member.kind != Member::Kind::Constructor) continue;
        if (declaration.is_static)
            diagnostics.error(member.name.range, fmt::format("static class '{}' has a constructor", symbol.name))
                .hint("remove 'static' from the class, or the constructor");
        if (member.is_static) diagnostics.error(member.name.range, "a constructor cannot be static");
        if (member.is_protected && !declaration.is_unsealed)
            diagnostics
                .error(member.name.range, fmt::format("'{}' has a protected constructor, but is sealed", symbol.name))
                .hint("only a class that others derive from has protected constructors: 'unsealed runtimeclass'");
        if (auto const [place, is_new] = by_arity.emplace(member.parameters.size(), member.name.range); !is_new)
            diagnostics
                .error(member.name.range,
                       fmt::format("'{}' has two constructors with {} parameter{}", symbol.name,
                                   member.parameters.size(), member.parameters.size() == 1 ? "" : "s"))
                .wme(1099)
                .hint("JavaScript chooses by the number of arguments; make one of them a static method")
                .note(place->second, "the first is here");
        if (auto const* marked = find_attribute(member.attributes, "default_overload"))
            diagnostics.error(marked->range, "a constructor cannot be the default overload");
    }
}

} // namespace

void check_names(std::vector<NamespaceUse> const& namespaces, SymbolTable& symbols, RuleOptions const& options,
                 bool is_complete, Diagnostics& diagnostics)
{
    if (!options.is_sdk) check_roots(symbols, options, is_complete, diagnostics);
    check_letter_case(namespaces, symbols, diagnostics);
}

void check_class_declaration(Symbol const& symbol, RuleOptions const& options, Diagnostics& diagnostics)
{
    auto const& declaration = *symbol.declaration;
    if (declaration.is_unsealed && !options.is_sdk)
        diagnostics
            .warning(Warning::Unsealed, declaration.unsealed_range,
                     fmt::format("'{}' cannot be used from JavaScript", symbol.name))
            .wme(1086)
            .hint("JavaScript knows only sealed classes: leave 'unsealed' out");
    if (declaration.is_unsealed && declaration.is_static)
        diagnostics.error(declaration.unsealed_range,
                          fmt::format("class '{}' is both static and unsealed", symbol.name));
    for (auto const& member : declaration.members) {
        bool const is_instance =
            member.kind != Member::Kind::Interface && member.kind != Member::Kind::Constructor && !member.is_static;
        if (declaration.is_static && is_instance)
            diagnostics
                .error(member.name.range,
                       fmt::format("'{}' of static class '{}' is not static", member.name.text, symbol.name))
                .hint("write 'static' before it");
        if (member.is_static && (member.is_protected || member.is_overridable))
            diagnostics.error(member.name.range, fmt::format("'{}' cannot be static and {}", member.name.text,
                                                             member.is_protected ? "protected" : "overridable"));
        bool const is_for_heirs = (member.is_protected || member.is_overridable) && is_instance;
        if (is_for_heirs && !declaration.is_unsealed)
            diagnostics
                .error(member.name.range, fmt::format("'{}' is {}, but '{}' is sealed", member.name.text,
                                                      member.is_protected ? "protected" : "overridable", symbol.name))
                .hint(
                    "nothing can derive from a sealed class; write 'unsealed runtimeclass', or make the member public");
        bool const is_equals = member.parameters.size() == 1 && member.parameters[0].type.name == "Object";
        if (member.kind == Member::Kind::Method &&
            is_object_method(member.name.text, member.is_static, member.parameters.size(), is_equals))
            diagnostics
                .error(member.name.range, fmt::format("'{}' would override a method of Object", member.name.text))
                .hint("of Object's methods only ToString can be declared; give this one another name");
    }
    check_constructors(symbol, diagnostics);
}

void check_cycles(Model const& model, SymbolTable& symbols, Diagnostics& diagnostics)
{
    std::map<Symbol const*, std::vector<Symbol const*>> edges;
    for (auto const& data : model.data)
        for (auto const& field : data->fields)
            if (data->symbol->kind == DeclarationKind::Struct && field.type.kind == Type::Kind::Named)
                edges[data->symbol].push_back(field.type.symbol);
    for (auto const& owned : model.classes)
        if (owned->base != nullptr) edges[owned->symbol].push_back(owned->base);
    for (auto* symbol : model.interfaces)
        for (auto const& base : symbols.shape_of(*symbol).bases)
            edges[symbol].push_back(base.symbol);
    std::map<Symbol const*, int> state; // 1: on the path, 2: done
    // Iterative: the chain may be as long as the input.
    for (auto const& [start, unused] : edges) {
        (void)unused;
        std::vector<std::pair<Symbol const*, std::size_t>> path{{start, 0}};
        if (state[start] != 0) continue;
        state[start] = 1;
        while (!path.empty()) {
            auto& [symbol, next] = path.back();
            auto const found = edges.find(symbol);
            if (found == edges.end() || next >= found->second.size()) {
                state[symbol] = 2;
                path.pop_back();
                continue;
            }
            auto const* target = found->second[next++];
            if (state[target] == 1) {
                auto const what = target->kind == DeclarationKind::Struct  ? "contains"
                                  : target->kind == DeclarationKind::Class ? "derives from"
                                                                           : "requires";
                diagnostics.error(target->range, fmt::format("'{}' {} itself", target->full_name(), what));
            } else if (state[target] == 0 && edges.contains(target)) {
                state[target] = 1;
                path.emplace_back(target, 0);
            }
        }
    }
}

} // namespace latchkey::midl
