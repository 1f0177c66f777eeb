// SPDX-License-Identifier: MIT
// Names of types.
#include "midl/resolver.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace latchkey::midl {

using winmd::ElementType;

namespace {

constexpr std::array<std::pair<std::string_view, ElementType>, 13> kFundamentals{{{"Boolean", ElementType::Boolean},
                                                                                  {"Char", ElementType::Char},
                                                                                  {"UInt8", ElementType::U1},
                                                                                  {"Int16", ElementType::I2},
                                                                                  {"UInt16", ElementType::U2},
                                                                                  {"Int32", ElementType::I4},
                                                                                  {"UInt32", ElementType::U4},
                                                                                  {"Int64", ElementType::I8},
                                                                                  {"UInt64", ElementType::U8},
                                                                                  {"Single", ElementType::R4},
                                                                                  {"Double", ElementType::R8},
                                                                                  {"String", ElementType::String},
                                                                                  {"Object", ElementType::Object}}};

// Types that people know from C#, C++ and classic IDL, and what the Windows Runtime has for them.
struct Foreign {
    std::string_view name;
    std::string_view instead;
    unsigned wme = 1033;
};
constexpr std::array kForeign{
    Foreign{"int", "Int32"},
    Foreign{"uint", "UInt32"},
    Foreign{"short", "Int16"},
    Foreign{"ushort", "UInt16"},
    Foreign{"long", "Int64"},
    Foreign{"ulong", "UInt64"},
    Foreign{"byte", "UInt8"},
    Foreign{"Byte", "UInt8"},
    Foreign{"sbyte", "Int16: there is no signed 8-bit type"},
    Foreign{"SByte", "Int16: there is no signed 8-bit type"},
    Foreign{"Int8", "Int16: there is no signed 8-bit type"},
    Foreign{"bool", "Boolean"},
    Foreign{"boolean", "Boolean"},
    Foreign{"char", "Char"},
    Foreign{"Char16", "Char"},
    Foreign{"wchar_t", "Char"},
    Foreign{"float", "Single"},
    Foreign{"double", "Double"},
    Foreign{"decimal", "Double"},
    Foreign{"Decimal", "Double"},
    Foreign{"string", "String"},
    Foreign{"hstring", "String"},
    Foreign{"HSTRING", "String"},
    Foreign{"BSTR", "String"},
    Foreign{"object", "Object"},
    Foreign{"IInspectable", "Object"},
    Foreign{"IUnknown", "Object"},
    Foreign{"GUID", "Guid"},
    Foreign{"guid", "Guid"},
    Foreign{"BOOL", "Boolean"},
    Foreign{"INT16", "Int16"},
    Foreign{"INT32", "Int32"},
    Foreign{"INT64", "Int64"},
    Foreign{"UINT8", "UInt8"},
    Foreign{"UINT16", "UInt16"},
    Foreign{"UINT32", "UInt32"},
    Foreign{"UINT64", "UInt64"},
    Foreign{"FLOAT", "Single"},
    Foreign{"DOUBLE", "Double"},
    Foreign{"IntPtr", "Int64 or a runtimeclass"},
    Foreign{"UIntPtr", "UInt64 or a runtimeclass"},
    Foreign{"DateTimeOffset", "Windows.Foundation.DateTime"},
    Foreign{"Exception", "Windows.Foundation.HResult"},
    Foreign{"Nullable", "Windows.Foundation.IReference<T>", 1039},
    Foreign{"KeyValuePair", "Windows.Foundation.Collections.IKeyValuePair<K, V>", 1039},
    Foreign{"List", "Windows.Foundation.Collections.IVector<T>", 1038},
    Foreign{"IList", "Windows.Foundation.Collections.IVector<T>", 1038},
    Foreign{"vector", "Windows.Foundation.Collections.IVector<T>", 1038},
    Foreign{"ICollection", "Windows.Foundation.Collections.IVector<T>", 1038},
    Foreign{"IReadOnlyList", "Windows.Foundation.Collections.IVectorView<T>", 1038},
    Foreign{"Dictionary", "Windows.Foundation.Collections.IMap<K, V>", 1038},
    Foreign{"IDictionary", "Windows.Foundation.Collections.IMap<K, V>", 1038},
    Foreign{"map", "Windows.Foundation.Collections.IMap<K, V>", 1038},
    Foreign{"IReadOnlyDictionary", "Windows.Foundation.Collections.IMapView<K, V>", 1038},
    Foreign{"IEnumerable", "Windows.Foundation.Collections.IIterable<T>", 1038},
    Foreign{"IEnumerator", "Windows.Foundation.Collections.IIterator<T>", 1038},
    Foreign{"IDisposable", "Windows.Foundation.IClosable", 1038},
    Foreign{"Task", "Windows.Foundation.IAsyncAction, or IAsyncOperation<T> for a result", 1040},
    Foreign{"ValueTask", "Windows.Foundation.IAsyncAction, or IAsyncOperation<T> for a result", 1040},
    Foreign{"Action", "a delegate of your own"},
    Foreign{"Func", "a delegate of your own"},
    Foreign{"Stream", "Windows.Storage.Streams.IRandomAccessStream"},
    Foreign{"IStream", "Windows.Storage.Streams.IRandomAccessStream"},
};

std::string_view last_part(std::string_view name)
{
    auto const dot = name.rfind('.');
    return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

} // namespace

Scope scope_of(Declaration const& declaration)
{
    return {declaration.name_space, &declaration.generic_parameters};
}

Attribute const* find_attribute(Attributes const& attributes, std::string_view name)
{
    auto const found =
        std::find_if(attributes.begin(), attributes.end(), [&](auto const& a) { return a.name == name; });
    return found == attributes.end() ? nullptr : &*found;
}

Type Resolver::unknown(TypeName const& name, Scope const& scope)
{
    auto const arity = name.arguments.size();
    auto const last = last_part(name.name);
    bool const is_bare_or_system = last == name.name || name.name.starts_with("System.");
    auto const foreign =
        std::find_if(kForeign.begin(), kForeign.end(), [&](auto const& row) { return row.name == last; });
    if (foreign != kForeign.end() && is_bare_or_system) {
        m_diagnostics.error(name.name_range, fmt::format("'{}' is not a Windows Runtime type", name.name))
            .wme(foreign->wme)
            .hint(fmt::format("use {}", foreign->instead));
        return {};
    }
    if (name.name.starts_with("System.")) {
        m_diagnostics.error(name.name_range, fmt::format("'{}' is not a Windows Runtime type", name.name))
            .wme(1033)
            .hint("signatures use the fundamental types, Windows' types and those of your own IDL");
        return {};
    }
    bool const is_fundamental =
        name.name == "Guid" || std::any_of(kFundamentals.begin(), kFundamentals.end(),
                                           [&](auto const& row) { return row.first == name.name; });
    if (is_fundamental) {
        m_diagnostics.error(name.range, fmt::format("'{}' takes no type arguments", name.name));
        return {};
    }
    for (std::size_t other = 0; other <= 8; ++other) {
        auto* symbol = other == arity ? nullptr : m_symbols.look_up(name.name, other, scope.name_space);
        if (symbol == nullptr) continue;
        auto& error =
            m_diagnostics.error(name.range, other == 0 ? fmt::format("'{}' takes no type arguments", name.name)
                                                       : fmt::format("'{}' takes {} type argument{}, not {}", name.name,
                                                                     other, other == 1 ? "" : "s", arity));
        if (symbol->range) error.note(symbol->range, "declared here");
        return {};
    }
    auto& error = m_diagnostics.error(name.name_range, fmt::format("unknown type '{}'", name.name)).wme(1033);
    if (auto const near = m_symbols.suggest_type(name.name, arity, scope.name_space))
        error.hint(fmt::format("did you mean '{}'?", *near));
    else if (name.name.find('.') != std::string::npos)
        error.hint("is the .winmd that defines it given with -r, or the .idl imported?");
    return {};
}

void Resolver::check_use(TypeName const& name, Symbol const& symbol, Use use)
{
    if (use == Use::Name || use == Use::Base) return;
    if (!symbol.is_windows_runtime) {
        m_diagnostics.error(name.name_range, fmt::format("'{}' is not a Windows Runtime type", name.name)).wme(1033);
    } else if (symbol.kind == DeclarationKind::Attribute || symbol.kind == DeclarationKind::Contract) {
        m_diagnostics
            .error(name.name_range,
                   fmt::format("'{}' is {}, not a type of values", name.name,
                               symbol.kind == DeclarationKind::Contract ? "a contract" : "an attribute"))
            .wme(1033);
    } else if (symbol.is_static_class) {
        m_diagnostics.error(name.name_range, fmt::format("'{}' is a static class; no object of it exists", name.name))
            .wme(1033);
    }
}

Type Resolver::type(TypeName const& name, Scope const& scope, Use use)
{
    if (name.name.empty()) return {};
    if (name.is_array && use == Use::Argument)
        m_diagnostics.error(name.range, "an array cannot be a type argument")
            .wme(1036)
            .hint(fmt::format("use IVector<{0}> or IVectorView<{0}>", name.name));
    Type result;
    if (scope.generic_parameters != nullptr && name.arguments.empty()) {
        for (std::size_t i = 0; i < scope.generic_parameters->size(); ++i)
            if ((*scope.generic_parameters)[i].text == name.name)
                result = {.kind = Type::Kind::Parameter, .number = static_cast<uint32_t>(i)};
    }
    if (result.is_error() && name.arguments.empty()) {
        auto const known = std::find_if(kFundamentals.begin(), kFundamentals.end(),
                                        [&](auto const& row) { return row.first == name.name; });
        if (known != kFundamentals.end())
            result = Type::fundamental(known->second);
        else if (name.name == "Guid")
            result = Type::named(m_symbols.guid_type());
        else if (name.name == "HRESULT")
            result = Type::named(
                m_symbols.external("Windows.Foundation", "HResult", DeclarationKind::Struct, kWindowsAssembly));
        else if (use == Use::Name && (name.name == "Type" || name.name == "type"))
            result = Type::named(m_symbols.system_type());
        else if (name.name == "void") {
            result = Type::fundamental(ElementType::Void);
            if (use != Use::Return) {
                m_diagnostics.error(name.range, "'void' is only the return type of a method or delegate");
                return {};
            }
        }
    }
    if (result.is_error()) {
        auto* symbol = m_symbols.look_up(name.name, name.arguments.size(), scope.name_space);
        if (symbol == nullptr) {
            for (auto const& argument : name.arguments)
                (void)type(argument, scope, Use::Argument);
            return unknown(name, scope);
        }
        check_use(name, *symbol, use);
        result = Type::named(*symbol);
        for (auto const& argument : name.arguments) {
            result.arguments.push_back(type(argument, scope, Use::Argument));
            if (result.arguments.back().is_error()) return {};
        }
    }
    result.is_array = name.is_array;
    return result;
}

Passing Resolver::passing(Parameter const& parameter, Type& type)
{
    auto const complain = [&](std::string text, std::string hint, unsigned wme) {
        m_diagnostics.error(join(parameter.type.range, parameter.name.range), std::move(text))
            .wme(wme)
            .hint(std::move(hint));
        return Passing::In;
    };
    auto const& name = parameter.name.text;
    if (type.is_array) {
        if (parameter.is_out && (parameter.is_ref || parameter.is_in))
            return complain(fmt::format("array '{}' is passed two ways at once", name),
                            "'T[]' passes an array, 'ref T[]' fills the caller's, 'out T[]' returns one", 1101);
        if (parameter.is_out) return Passing::ReceiveArray;
        return parameter.is_ref && !parameter.is_const ? Passing::FillArray : Passing::PassArray;
    }
    if (parameter.is_out && parameter.is_in)
        return complain(fmt::format("parameter '{}' is both in and out", name),
                        "return a changed value, or use two parameters", 1104);
    if (parameter.is_out) return Passing::Out;
    if (!parameter.is_ref) return Passing::In;
    if (parameter.is_const) return Passing::RefConst;
    return complain(fmt::format("parameter '{}' is passed by reference in both directions", name),
                    "'out' returns a value, 'ref const' passes a struct by address, 'ref T[]' fills an array", 1104);
}

std::vector<ParameterModel> Resolver::parameters(std::vector<Parameter> const& list, Scope const& scope, Use use)
{
    std::vector<ParameterModel> result;
    for (auto const& parameter : list) {
        ParameterModel model{.name = std::string{parameter.name.text}, .type = type(parameter.type, scope, use)};
        model.range = parameter.name.range;
        if (parameter.type.name.empty()) continue; // already complained about
        model.passing = passing(parameter, model.type);
        model.attributes = attributes(parameter.attributes, Target::Parameter, scope);
        auto const same = [&](ParameterModel const& other) { return other.name == model.name; };
        if (auto const first = std::find_if(result.begin(), result.end(), same); first != result.end())
            m_diagnostics.error(model.range, fmt::format("two parameters are called '{}'", model.name))
                .note(first->range, "the first is here");
        if (model.type.kind == Type::Kind::Named && model.type.symbol->full_name() == "Windows.Foundation.IStringable")
            m_diagnostics.warning(Warning::Stringable, parameter.type.range, "IStringable is for classes to implement")
                .hint("take a String");
        result.push_back(std::move(model));
    }
    return result;
}

} // namespace latchkey::midl
