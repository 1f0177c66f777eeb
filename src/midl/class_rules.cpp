// SPDX-License-Identifier: MIT
// What classes and their interfaces must agree about once both are known.
#include "midl/resolver.h"
#include "midl/rules.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/format.h>

namespace latchkey::midl {

namespace {

// The class gets the interface's methods as its own.
void check_object_methods(Symbol const& symbol, ImplementedInterface const& listed, InterfaceModel const& shape,
                          Diagnostics& diagnostics)
{
    if (shape.symbol->made_for == &symbol) return; // said where it is declared
    for (auto const& method : shape.methods) {
        bool const takes_object =
            method.parameters.size() == 1 && method.parameters[0].type == Type::fundamental(winmd::ElementType::Object);
        if (method.role == Role::Method && is_object_method(method.name, false, method.parameters.size(), takes_object))
            diagnostics
                .error(listed.range, fmt::format("'{}' of '{}' would override a method of Object", method.name,
                                                 shape.symbol->full_name()))
                .hint("of Object's methods a class can have only ToString");
    }
}

void check_factory(Symbol const& symbol, FactoryModel const& factory, SymbolTable& symbols, Diagnostics& diagnostics)
{
    auto const& shape = symbols.shape_of(*factory.interface);
    auto const name = factory.interface->full_name();
    if (shape.exclusive_to != nullptr && shape.exclusive_to != &symbol)
        diagnostics
            .error(factory.range,
                   fmt::format("interface '{}' is exclusive to '{}'", name, shape.exclusive_to->full_name()))
            .note(factory.interface->range, "declared here");
    if (factory.kind == FactoryModel::Kind::Static) return;
    bool const is_composable = factory.kind == FactoryModel::Kind::Composable;
    for (auto const& method : shape.methods) {
        auto const& result = method.return_type;
        if (result.is_error()) continue;
        auto const range = method.range ? method.range : factory.range;
        if (result.kind != Type::Kind::Named || result.symbol != &symbol || result.is_array) {
            diagnostics
                .error(range, fmt::format("'{}' of the factory '{}' returns {}, not '{}'", method.name, name,
                                          to_string(result), symbol.full_name()))
                .hint("each method of a factory is a constructor; other members belong to a [static] interface");
            continue;
        }
        auto const& given = method.parameters;
        auto const object = Type::fundamental(winmd::ElementType::Object);
        bool const has_extras = given.size() >= 2 && given[given.size() - 2].type == object &&
                                given[given.size() - 2].passing == Passing::In && given.back().type == object &&
                                given.back().passing == Passing::Out;
        if (is_composable && !has_extras)
            diagnostics.error(range, fmt::format("'{}' of the factory '{}' cannot compose", method.name, name))
                .hint("its last parameters are 'Object baseInterface, out Object innerInterface'");
    }
}

} // namespace

bool is_object_method(std::string_view name, bool is_static, std::size_t parameters, bool takes_object)
{
    if (name == "Equals" && !is_static) return takes_object;
    if (name == "GetHashCode" || name == "GetType" || name == "MemberwiseClone" || name == "Finalize")
        return parameters == 0;
    return (name == "ReferenceEquals" || name == "Equals") && parameters == 2;
}

void check_class(ClassModel const& model, SymbolTable& symbols, bool is_complete, Diagnostics& diagnostics)
{
    auto const& symbol = *model.symbol;
    constexpr std::array<std::string_view, 5> kAsync{"IAsyncInfo", "IAsyncAction", "IAsyncOperation",
                                                     "IAsyncActionWithProgress", "IAsyncOperationWithProgress"};
    for (auto const& listed : model.interfaces) {
        auto const& interface = *listed.type.symbol;
        bool const is_async = interface.name_space == "Windows.Foundation" &&
                              std::find(kAsync.begin(), kAsync.end(), interface.name) != kAsync.end();
        if (is_async && interface.name != "IAsyncInfo")
            diagnostics
                .warning(Warning::AsyncInterface, listed.range,
                         fmt::format("'{}' implements {}", symbol.name, interface.name))
                .wme(1084)
                .hint("return the operation from a method; a coroutine makes the object");
        auto const& shape = symbols.shape_of(*listed.type.symbol);
        check_object_methods(symbol, listed, shape, diagnostics);
        bool const is_others = shape.is_exclusive && shape.exclusive_to != nullptr && shape.exclusive_to != &symbol;
        if (is_others)
            diagnostics
                .error(listed.range, fmt::format("interface '{}' is exclusive to '{}'", interface.full_name(),
                                                 shape.exclusive_to->full_name()))
                .note(interface.range ? interface.range : shape.exclusive_to->range, "declared here");
    }
    if (model.base != nullptr) {
        bool const is_sealed = model.base->declaration != nullptr
                                   ? !model.base->declaration->is_unsealed &&
                                         find_attribute(model.base->declaration->attributes, "composable") == nullptr
                                   : model.base->referenced && model.base->referenced.is_sealed();
        if (is_sealed || !model.base->is_windows_runtime) {
            auto& error = diagnostics.error(symbol.range, fmt::format("'{}' cannot derive from '{}', which is sealed",
                                                                      symbol.name, model.base->full_name()));
            error.wme(1019);
            if (model.base->range) error.note(model.base->range, "declared here");
        }
    }
    for (auto const& factory : model.factories)
        if (factory.interface != nullptr) check_factory(symbol, factory, symbols, diagnostics);
    if (model.is_static && !model.interfaces.empty())
        diagnostics
            .error(model.interfaces.front().range,
                   fmt::format("static class '{}' implements an interface", symbol.name))
            .hint("no object of it exists; remove 'static' from the class");
    if (model.is_static && model.factories.empty() && is_complete)
        diagnostics.error(symbol.range, fmt::format("static class '{}' has no member", symbol.name));
    // What it lists was refused, and that is said.
    bool const is_refused =
        model.base == nullptr &&
        (!symbol.declaration->bases.empty() ||
         std::any_of(symbol.declaration->members.begin(), symbol.declaration->members.end(),
                     [](Member const& member) { return member.kind == Member::Kind::Interface; }));
    if (!model.is_static && model.interfaces.empty() && is_complete && !is_refused)
        diagnostics
            .error(symbol.range,
                   fmt::format("class '{}' has no interface: it lists none and has no instance member", symbol.name))
            .hint("add a member, or write [default_interface] before 'runtimeclass'");
    auto const is_default = [](ImplementedInterface const& listed) { return listed.is_default; };
    if (!model.is_static && !model.interfaces.empty() && is_complete &&
        std::none_of(model.interfaces.begin(), model.interfaces.end(), is_default))
        diagnostics
            .error(symbol.range, fmt::format("class '{}' has no default interface: all it has is for classes that "
                                             "derive from it (protected, overridable)",
                                             symbol.name))
            .hint("add a public member, or write [default_interface] before 'runtimeclass'");
}

void check_identities(Model const& model, SymbolTable& symbols, Diagnostics& diagnostics)
{
    std::map<winmd::Guid, Symbol const*> seen;
    for (auto* symbol : model.order) {
        if (symbol->kind != DeclarationKind::Interface && symbol->kind != DeclarationKind::Delegate) continue;
        auto const& shape = symbols.shape_of(*symbol);
        if (!shape.has_own_iid) continue;
        if (shape.iid == winmd::Guid{})
            diagnostics.error(symbol->range, fmt::format("the IID of '{}' is zero", symbol->full_name()))
                .hint("uuidgen makes one; without [uuid] the compiler does");
        else if (auto const [place, is_new] = seen.emplace(shape.iid, symbol); !is_new)
            diagnostics
                .error(symbol->range,
                       fmt::format("'{}' has the IID of '{}'", symbol->full_name(), place->second->full_name()))
                .note(place->second->range, "that one is here");
    }
}

void check_object_names(Model const& model, SymbolTable& symbols, Diagnostics& diagnostics)
{
    constexpr std::array<std::string_view, 6> kEveryObjects{"QueryInterface", "AddRef",        "Release",
                                                            "GetIids",        "GetTrustLevel", "GetRuntimeClassName"};
    for (auto* symbol : model.order) {
        if (symbol->kind != DeclarationKind::Interface) continue;
        for (auto const& method : symbols.shape_of(*symbol).methods)
            if (std::find(kEveryObjects.begin(), kEveryObjects.end(), method.name) != kEveryObjects.end())
                diagnostics
                    .warning(Warning::ObjectName, method.range,
                             fmt::format("'{}' is the name of a method that every object has", method.name))
                    .hint("C++ can call it, but no C++ class can implement it; give this one another name");
    }
}

void check_exclusive(Model const& model, Diagnostics& diagnostics)
{
    std::set<std::pair<Symbol const*, Symbol const*>> uses; // class, interface
    for (auto const& owned : model.classes) {
        for (auto const& listed : owned->interfaces)
            uses.emplace(owned->symbol, listed.type.symbol);
        for (auto const& factory : owned->factories)
            uses.emplace(owned->symbol, factory.interface);
    }
    for (auto const* symbol : model.interfaces) {
        auto const* const owner = symbol->shape->exclusive_to;
        if (owner != nullptr && owner->is_output() && !uses.contains({owner, symbol}))
            diagnostics
                .error(symbol->range, fmt::format("'{}' is exclusive to '{}', which does not use it", symbol->name,
                                                  owner->full_name()))
                .hint(fmt::format("write 'interface {};' in the class, or [static({})] before it", symbol->name,
                                  symbol->name))
                .note(owner->range, "the class is here");
    }
}

} // namespace latchkey::midl
