// SPDX-License-Identifier: MIT
// Structs, enums, attribute types and contracts.
#include "midl/expression.h"
#include "midl/resolver.h"
#include "winmd/runtime_type.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace latchkey::midl {

using winmd::ElementType;

std::map<std::string, int64_t, std::less<>> const& Resolver::enum_values(Symbol& symbol)
{
    auto const [place, is_new] = m_enum_values.try_emplace(&symbol);
    auto& values = place->second;
    if (!is_new) return values; // also while it is being evaluated: later enumerators are not known yet
    if (symbol.referenced) {
        for (auto const& constant : winmd::enum_constants(symbol.referenced))
            values.emplace(constant.name, constant.value);
        return values;
    }
    if (symbol.declaration == nullptr || symbol.kind != DeclarationKind::Enum) return values;
    auto const& declaration = *symbol.declaration;
    bool const is_unsigned = find_attribute(declaration.attributes, "flags") != nullptr;
    int64_t const lowest = is_unsigned ? 0 : INT32_MIN;
    int64_t const highest = is_unsigned ? UINT32_MAX : INT32_MAX;
    auto const lookup = [&](Expression const& name) -> std::optional<int64_t> {
        auto const dot = name.name.rfind('.');
        if (dot == std::string::npos) {
            auto const found = values.find(name.name);
            if (found != values.end()) return found->second;
            m_diagnostics.error(name.range, fmt::format("'{}' is not an enumerator known here", name.name))
                .hint("enumerators can use those before them, and those of other enums as Enum.Name");
            return std::nullopt;
        }
        auto* other = m_symbols.look_up(std::string_view{name.name}.substr(0, dot), 0, declaration.name_space);
        if (other != nullptr && other->kind == DeclarationKind::Enum)
            return enumerator(*other, std::string_view{name.name}.substr(dot + 1), name.range);
        m_diagnostics.error(name.range, fmt::format("'{}' is not an enum", name.name.substr(0, dot)));
        return std::nullopt;
    };
    // Values lead to other enums, and those to more.
    if (m_enum_depth >= kMaxEnumDepth) {
        m_diagnostics.error(symbol.range, "enums refer to each other too deeply");
        return values;
    }
    ++m_enum_depth;
    int64_t next = 0;
    for (auto const& each : declaration.enumerators) {
        int64_t value = next;
        if (each.value) {
            auto const result = evaluate(*each.value, lookup, m_diagnostics);
            if (result) value = *result;
            // ~0 and 0x80000000 mean the bits that they look like.
            if (is_unsigned && value < 0 && value >= INT32_MIN) value = static_cast<uint32_t>(value);
            if (!is_unsigned && value > INT32_MAX && value <= UINT32_MAX) value = static_cast<int32_t>(value);
        }
        if (value < lowest || value > highest) {
            m_diagnostics.error(each.value ? each.value->range : each.name.range,
                                fmt::format("the value {} of '{}' does not fit {}", value, each.name.text,
                                            is_unsigned ? "UInt32" : "Int32"));
            value = 0;
        }
        values.emplace(each.name.text, value);
        next = value + 1;
    }
    --m_enum_depth;
    return values;
}

std::optional<int64_t> Resolver::enumerator(Symbol& symbol, std::string_view name, Range where)
{
    auto const& values = enum_values(symbol);
    if (auto const found = values.find(name); found != values.end()) return found->second;
    m_diagnostics.error(where, fmt::format("enum '{}' has no '{}'", symbol.full_name(), name));
    return std::nullopt;
}

std::unique_ptr<DataModel> Resolver::enumeration(Symbol& symbol)
{
    auto result = std::make_unique<DataModel>();
    auto const& declaration = *symbol.declaration;
    result->is_unsigned = find_attribute(declaration.attributes, "flags") != nullptr;
    auto const& underlying = declaration.type.name;
    if (!underlying.empty() && underlying != (result->is_unsigned ? "UInt32" : "Int32"))
        m_diagnostics
            .error(declaration.type.range, fmt::format("enum '{}' cannot be of type {}", symbol.name, underlying))
            .hint("enums are Int32, those with [flags] UInt32");
    auto const& values = enum_values(symbol);
    std::map<std::string_view, Range> seen;
    for (auto const& each : declaration.enumerators) {
        if (auto const [place, is_new] = seen.emplace(each.name.text, each.name.range); !is_new) {
            m_diagnostics.error(each.name.range, fmt::format("enumerator '{}' is declared twice", each.name.text))
                .note(place->second, "previous declaration is here");
            continue;
        }
        auto const value = values.find(each.name.text);
        result->fields.push_back({.name = std::string{each.name.text},
                                  .type = Type::named(symbol),
                                  .value = value == values.end() ? 0 : value->second});
        result->fields.back().attributes = attributes(each.attributes, Target::Field, scope_of(declaration));
    }
    return result;
}

// Value types and strings; IReference<T> is how an optional value travels.
void Resolver::check_field_type(Symbol const& owner, Member const& field, Type const& type)
{
    if (type.is_error()) return;
    auto const complain = [&](std::string_view what) -> Diagnostic& {
        return m_diagnostics
            .error(field.type.range, fmt::format("field '{}' of struct '{}' is {}", field.name.text, owner.name, what))
            .wme(1060);
    };
    if (type.is_array) {
        complain("an array").hint("a struct holds only value types and strings; return the array from a method");
        return;
    }
    bool const is_fundamental = type.kind == Type::Kind::Fundamental && type.element != ElementType::Object;
    bool const is_reference =
        type.kind == Type::Kind::Named && type.symbol->full_name() == "Windows.Foundation.IReference";
    bool const is_value = type.kind == Type::Kind::Named && type.symbol->is_value_type();
    if (is_fundamental || is_reference || is_value) return;
    auto const what = type.kind == Type::Kind::Fundamental              ? std::string_view{"an Object"}
                      : type.symbol->kind == DeclarationKind::Delegate  ? std::string_view{"a delegate"}
                      : type.symbol->kind == DeclarationKind::Interface ? std::string_view{"an interface"}
                                                                        : std::string_view{"a runtime class"};
    complain(what).hint("a struct holds only numbers, Boolean, Char, Guid, String, enums, structs and IReference<T>");
}

std::unique_ptr<DataModel> Resolver::structure(Symbol& symbol)
{
    auto result = std::make_unique<DataModel>();
    auto const& declaration = *symbol.declaration;
    auto const scope = scope_of(declaration);
    for (auto const& field : declaration.members) {
        FieldModel model{.name = std::string{field.name.text}, .type = type(field.type, scope, Use::Value)};
        model.range = field.name.range;
        model.attributes = attributes(field.attributes, Target::Field, scope);
        check_field_type(symbol, field, model.type);
        auto const same = [&](FieldModel const& other) { return other.name == model.name; };
        if (auto const first = std::find_if(result->fields.begin(), result->fields.end(), same);
            first != result->fields.end())
            m_diagnostics.error(model.range, fmt::format("field '{}' is declared twice", model.name))
                .note(first->range, "previous declaration is here");
        else
            result->fields.push_back(std::move(model));
    }
    return result;
}

std::unique_ptr<DataModel> Resolver::attribute_type(Symbol& symbol)
{
    auto result = std::make_unique<DataModel>();
    auto const& shape = attribute_shape(symbol);
    result->fields = shape.fields;
    result->constructors = shape.constructors;
    auto const is_allowed = [](Type const& type) {
        if (type.is_array) return false;
        if (type.kind == Type::Kind::Fundamental) return type.element != ElementType::Object;
        return type.is_error() || (type.kind == Type::Kind::Named && (type.symbol->kind == DeclarationKind::Enum ||
                                                                      type.symbol->full_name() == "System.Type"));
    };
    auto const check = [&](Type const& type, Range where) {
        if (is_allowed(type)) return;
        m_diagnostics.error(where, fmt::format("an attribute cannot hold a value of type {}", to_string(type)))
            .hint("attributes hold numbers, Boolean, String, enums and types");
    };
    for (auto const& member : symbol.declaration->members) {
        for (auto const& parameter : member.parameters)
            check(type(parameter.type, scope_of(*symbol.declaration), Use::Name), parameter.type.range);
        if (member.kind == Member::Kind::Field)
            check(type(member.type, scope_of(*symbol.declaration), Use::Name), member.type.range);
    }
    return result;
}

void Resolver::attribute_usage(Declaration const& declaration, DataModel& out)
{
    static constexpr std::array<std::pair<std::string_view, uint32_t>, 13> kTargets{{{"target_all", 0xffffffff},
                                                                                     {"target_delegate", 0x1},
                                                                                     {"target_enum", 0x2},
                                                                                     {"target_event", 0x4},
                                                                                     {"target_field", 0x8},
                                                                                     {"target_interface", 0x10},
                                                                                     {"target_method", 0x40},
                                                                                     {"target_parameter", 0x80},
                                                                                     {"target_property", 0x100},
                                                                                     {"target_runtimeclass", 0x200},
                                                                                     {"target_struct", 0x400},
                                                                                     {"target_interfaceimpl", 0x800},
                                                                                     {"target_apicontract", 0x2000}}};
    if (auto const* usage = find_attribute(declaration.attributes, "attributeusage")) {
        uint32_t targets = 0;
        for (auto const& argument : usage->arguments) {
            auto const found = std::find_if(kTargets.begin(), kTargets.end(),
                                            [&](auto const& row) { return row.first == argument.text; });
            if (found != kTargets.end())
                targets |= found->second;
            else
                m_diagnostics.error(argument.range, fmt::format("unknown target '{}'", argument.text))
                    .hint("target_all, target_runtimeclass, target_method, …");
        }
        out.attributes.push_back({&m_symbols.metadata_type("AttributeUsageAttribute"),
                                  {Type::named(m_symbols.metadata_type("AttributeTargets", DeclarationKind::Enum))},
                                  winmd::AttributeBlob{}.u4(targets).bytes()});
    }
    if (auto const* name = find_attribute(declaration.attributes, "attributename");
        name != nullptr && !name->arguments.empty())
        out.attributes.push_back({&m_symbols.metadata_type("AttributeNameAttribute"),
                                  {Type::fundamental(ElementType::String)},
                                  winmd::AttributeBlob{}.string(name->arguments[0].text).bytes()});
    if (find_attribute(declaration.attributes, "allowmultiple") != nullptr)
        out.attributes.push_back(marker("AllowMultipleAttribute"));
}

std::unique_ptr<DataModel> Resolver::contract(Symbol& symbol)
{
    auto result = std::make_unique<DataModel>();
    ApiVersion version{nullptr, 1u << 16, false};
    if (auto const* given = find_attribute(symbol.declaration->attributes, "contractversion");
        given != nullptr && !given->arguments.empty())
        if (auto const number = version_number(given->arguments[0], true)) version.version = *number;
    result->attributes.push_back({&m_symbols.metadata_type("ContractVersionAttribute"),
                                  {Type::fundamental(ElementType::U4)},
                                  winmd::AttributeBlob{}.u4(version.version).bytes()});
    result->attributes.push_back(marker("ApiContractAttribute"));
    return result;
}

std::unique_ptr<DataModel> Resolver::data(Symbol& symbol)
{
    auto const& declaration = *symbol.declaration;
    auto const scope = scope_of(declaration);
    std::unique_ptr<DataModel> result;
    Target target = Target::Struct;
    switch (symbol.kind) {
    case DeclarationKind::Enum:
        result = enumeration(symbol);
        target = Target::Enum;
        break;
    case DeclarationKind::Attribute:
        result = attribute_type(symbol);
        attribute_usage(declaration, *result);
        target = Target::Attribute;
        break;
    case DeclarationKind::Contract:
        result = contract(symbol);
        target = Target::Contract;
        break;
    default:
        result = structure(symbol);
        break;
    }
    result->symbol = &symbol;
    result->version = version(declaration.attributes, scope, {});
    for (auto& model : attributes(declaration.attributes, target, scope))
        result->attributes.push_back(std::move(model));
    return result;
}

} // namespace latchkey::midl
