// SPDX-License-Identifier: MIT
#include "projection/type_text.h"

#include <array>
#include <utility>

namespace latchkey::projection {

using winmd::Category;
using winmd::ElementType;
using winmd::Passing;

namespace {

std::string_view fundamental(ElementType element)
{
    switch (element) {
    case ElementType::Boolean:
        return "bool";
    case ElementType::Char:
        return "char16_t";
    case ElementType::I1:
        return "int8_t";
    case ElementType::U1:
        return "uint8_t";
    case ElementType::I2:
        return "int16_t";
    case ElementType::U2:
        return "uint16_t";
    case ElementType::I4:
        return "int32_t";
    case ElementType::U4:
        return "uint32_t";
    case ElementType::I8:
        return "int64_t";
    case ElementType::U8:
        return "uint64_t";
    case ElementType::R4:
        return "float";
    case ElementType::R8:
        return "double";
    default:
        return "void";
    }
}

constexpr std::string_view kCollections = "Windows.Foundation.Collections";

// The parameter type that base.h has for a collection: "iterable" for IIterable; empty for everything else.
std::string_view collection_parameter(TypeUse const& use)
{
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kParameters{{
        {"IIterable`1", "iterable"},
        {"IVectorView`1", "vector_view"},
        {"IMapView`2", "map_view"},
        {"IVector`1", "vector"},
        {"IMap`2", "map"},
    }};
    if (use.kind != TypeUse::Kind::Named || use.arguments.empty() || use.type->name_space->name != kCollections)
        return {};
    for (auto const& [name, parameter] : kParameters)
        if (use.type->name == name) return parameter;
    return {};
}

std::string_view generic_name(TypeUse const& use, Type const& scope)
{
    return use.number < scope.generics.size() ? std::string_view{scope.generics[use.number]} : "void";
}

void put_arguments(Page& page, TypeUse const& use, Type const& scope)
{
    bool first = true;
    for (auto const& argument : use.arguments) {
        page.put(first ? "" : ", ", ProjectedType{argument, scope});
        first = false;
    }
}

} // namespace

void ProjectedType::operator()(Page& page) const
{
    switch (use.kind) {
    case TypeUse::Kind::Void:
        page.put("void");
        return;
    case TypeUse::Kind::Fundamental:
        page.put(fundamental(use.element));
        return;
    case TypeUse::Kind::String:
        page.put("winrt::hstring");
        return;
    case TypeUse::Kind::Object:
        page.put("winrt::Windows::Foundation::IInspectable");
        return;
    case TypeUse::Kind::Mapped:
        page.put(use.mapped->cpp);
        return;
    case TypeUse::Kind::GenericParam:
        page.put(generic_name(use, scope));
        return;
    case TypeUse::Kind::Unresolved:
        page.put("void");
        return;
    case TypeUse::Kind::Named:
        break;
    }
    page.mention(*use.type);
    page.put(use.type->cpp);
    if (use.arguments.empty()) return;
    page.put("<");
    put_arguments(page, use, scope);
    page.put(">");
}

void SelfName::operator()(Page& page) const
{
    page.put(type.cpp, GenericArguments{type});
}

void GenericParameters::operator()(Page& page) const
{
    bool comma = after_other;
    for (auto const& name : type.generics) {
        page.put(comma ? ", typename " : "typename ", name);
        comma = true;
    }
}

void GenericArguments::operator()(Page& page) const
{
    if (!type.is_generic()) return;
    page.put(after_other ? ", " : "<");
    bool comma = false;
    for (auto const& name : type.generics) {
        page.put(comma ? ", " : "", name);
        comma = true;
    }
    if (!after_other) page.put(">");
}

void TemplateHead::operator()(Page& page) const
{
    page.put("template <", GenericParameters{type}, ">");
}

void AbiType::operator()(Page& page) const
{
    switch (use.kind) {
    case TypeUse::Kind::Void:
        page.put("void");
        return;
    case TypeUse::Kind::Fundamental:
        page.put(fundamental(use.element));
        return;
    case TypeUse::Kind::Mapped:
        page.put(use.mapped->abi);
        return;
    case TypeUse::Kind::GenericParam:
        page.put("arg_in<", generic_name(use, scope), ">");
        return;
    default:
        break;
    }
    if (use.is_enum()) {
        page.put(use.type->is_flags ? "uint32_t" : "int32_t");
    } else if (use.is_struct()) {
        page.mention_abi(*use.type);
        page.put("struct_", use.type->joined);
    } else {
        page.put("void*");
    }
}

void AbiPointer::operator()(Page& page) const
{
    if (use.kind == TypeUse::Kind::GenericParam) {
        page.put("arg_out<", generic_name(use, scope), ">");
    } else {
        page.put(AbiType{use, scope}, "*");
    }
}

void AbiParameters::operator()(Page& page) const
{
    page.put("(");
    if (!method.has_slot_types) {
        page.put(")");
        return;
    }
    bool comma = false;
    auto const next = [&]() -> Page& {
        if (comma) page.put(", ");
        comma = true;
        return page;
    };
    for (auto const& each : method.parameters) {
        switch (each.passing) {
        case Passing::In:
            next().put(AbiType{each.type, scope}, each.by_const_reference ? " const& " : " ", each.name);
            break;
        case Passing::Out:
            next().put(AbiPointer{each.type, scope}, " ", each.name);
            break;
        case Passing::InArray:
        case Passing::FillArray:
            next().put("uint32_t winrt_", each.name, "_size, ", AbiPointer{each.type, scope}, " ", each.name);
            break;
        case Passing::ReceiveArray:
            next().put("uint32_t* winrt_", each.name, "_size, ", AbiPointer{each.type, scope}, "* ", each.name);
            break;
        }
    }
    if (method.returns_array) {
        next().put("uint32_t* winrt_result_size, ", AbiPointer{method.result, scope}, "* winrt_result");
    } else if (method.result.kind != TypeUse::Kind::Void) {
        next().put(AbiPointer{method.result, scope}, " winrt_result");
    }
    page.put(")");
}

void ConsumeParameter::operator()(Page& page) const
{
    auto const& use = parameter.type;
    switch (parameter.passing) {
    case Passing::Out:
        page.put(ProjectedType{use, scope}, "& ", parameter.name);
        return;
    case Passing::InArray:
        page.put("winrt::array_view<", ProjectedType{use, scope}, " const> ", parameter.name);
        return;
    case Passing::FillArray:
        page.put("winrt::array_view<", ProjectedType{use, scope}, "> ", parameter.name);
        return;
    case Passing::ReceiveArray:
        page.put("winrt::com_array<", ProjectedType{use, scope}, ">& ", parameter.name);
        return;
    case Passing::In:
        break;
    }
    if (use.kind == TypeUse::Kind::Fundamental || use.is_enum()) {
        page.put(ProjectedType{use, scope}, " ", parameter.name);
    } else if (use.kind == TypeUse::Kind::String) {
        page.put(taker == Taker::Implementation ? "winrt::hstring const& " : "winrt::param::hstring const& ",
                 parameter.name);
    } else if (use.kind == TypeUse::Kind::GenericParam) {
        page.put("winrt::impl::param_type<", ProjectedType{use, scope}, "> const& ", parameter.name);
    } else if (auto const collection = collection_parameter(use); !collection.empty() && taker == Taker::Projection) {
        page.mention(*use.type);
        // The writable ones are always shared with the callee, so there is one kind of them.
        bool const has_async = collection != "vector" && collection != "map";
        page.put("winrt::param::", is_async && has_async ? "async_" : "", collection, "<");
        put_arguments(page, use, scope);
        page.put("> const& ", parameter.name);
    } else {
        page.put(ProjectedType{use, scope}, " const& ", parameter.name);
    }
}

void ConsumeParameters::operator()(Page& page) const
{
    page.put("(");
    auto const async = is_async(method);
    for (std::size_t index = 0; index + leave_out < method.parameters.size(); ++index)
        page.put(index == 0 ? "" : ", ", ConsumeParameter{method.parameters[index], scope, taker, async});
    page.put(")");
}

void ResultType::operator()(Page& page) const
{
    if (method.returns_array) {
        page.put("winrt::com_array<", ProjectedType{method.result, scope}, ">");
    } else {
        page.put(ProjectedType{method.result, scope});
    }
}

void Deprecation::operator()(Page& page) const
{
    if (!is_deprecated) return;
    std::string escaped;
    for (auto const c : message) {
        if (c == '"' || c == '\\') escaped += '\\';
        if (static_cast<unsigned char>(c) >= 0x20) escaped += c;
    }
    page.put("[[deprecated(\"", escaped, "\")]] ");
}

bool is_async(Method const& method)
{
    auto const& use = method.result;
    if (use.kind != TypeUse::Kind::Named || use.type->name_space->name != "Windows.Foundation") return false;
    return use.type->name.starts_with("IAsyncAction") || use.type->name.starts_with("IAsyncOperation");
}

} // namespace latchkey::projection
