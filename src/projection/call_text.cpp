// SPDX-License-Identifier: MIT
#include "projection/call_text.h"

namespace latchkey::projection {

using winmd::Passing;

namespace {

// Pointer-like in the ABI, so that clearing is writing null.
bool is_pointer(TypeUse const& use)
{
    return use.kind == TypeUse::Kind::String || use.is_reference();
}

// Plain numbers: the same in C++ and in the ABI.
bool is_plain(TypeUse const& use)
{
    return use.kind == TypeUse::Kind::Fundamental;
}

} // namespace

void SlotArguments::operator()(Page& page) const
{
    bool comma = false;
    for (auto const& each : method.parameters) {
        if (comma) page.put(", ");
        comma = true;
        switch (each.passing) {
        case Passing::In:
            if (is_plain(each.type))
                page.put(each.name);
            else if (each.type.is_enum())
                page.put(each.type.type->is_flags ? "static_cast<uint32_t>(" : "static_cast<int32_t>(", each.name, ")");
            else if (is_pointer(each.type))
                page.put("winrt::get_abi(", each.name, ")");
            else
                page.put("winrt::impl::bind_in(", each.name, ")");
            break;
        case Passing::Out:
            if (is_plain(each.type))
                page.put("&", each.name);
            else
                page.put("winrt::put_abi(", each.name, ")");
            break;
        case Passing::InArray:
            page.put(each.name, ".size(), winrt::get_abi(", each.name, ")");
            break;
        case Passing::FillArray:
            page.put(each.name, ".size(), winrt::put_abi(", each.name, ")");
            break;
        case Passing::ReceiveArray:
            page.put("winrt::impl::put_size_abi(", each.name, "), winrt::put_abi(", each.name, ")");
            break;
        }
    }
}

void ConsumeBody::operator()(Page& page) const
{
    auto const& result = method.result;
    char const* const comma = method.parameters.empty() ? "" : ", ";
    auto const check = [&](std::string_view target) {
        page.put("winrt::check_hresult(", call, "(", SlotArguments{method}, target.empty() ? "" : comma, target,
                 ")); ");
    };
    page.put("{ ");
    if (method.returns_array) {
        page.put("winrt::com_array<", ProjectedType{result, scope}, "> winrt_result; ");
        check("winrt::impl::put_size_abi(winrt_result), winrt::put_abi(winrt_result)");
        page.put("return winrt_result; ");
    } else if (result.kind == TypeUse::Kind::Void) {
        if (method.kind == Method::Kind::Remover)
            page.put(call, "(", SlotArguments{method}, "); ");
        else
            check("");
    } else if (is_plain(result)) {
        page.put(ProjectedType{result, scope}, " winrt_result{}; ");
        check("&winrt_result");
        page.put("return winrt_result; ");
    } else if (result.is_enum()) {
        page.put(result.type->is_flags ? "uint32_t" : "int32_t", " winrt_result{}; ");
        check("&winrt_result");
        page.put("return static_cast<", ProjectedType{result, scope}, ">(winrt_result); ");
    } else if (is_pointer(result)) {
        page.put("void* winrt_result{}; ");
        check("&winrt_result");
        page.put("return { winrt_result, winrt::take_ownership_from_abi }; ");
    } else {
        bool const generic = result.kind == TypeUse::Kind::GenericParam;
        page.put(ProjectedType{result, scope}, " winrt_result{");
        if (generic) page.put(" winrt::impl::empty_value<", ProjectedType{result, scope}, ">() ");
        page.put("}; ");
        check("winrt::put_abi(winrt_result)");
        page.put("return winrt_result; ");
    }
    page.put("}\n");
}

void ClearResults::operator()(Page& page) const
{
    auto const clear = [&](TypeUse const& use, std::string_view name) {
        if (is_plain(use) || use.is_enum()) return;
        if (is_pointer(use))
            page.put("clear_abi(", name, "); ");
        else
            page.put("zero_abi<", ProjectedType{use, scope}, ">(", name, "); ");
    };
    for (auto const& each : method.parameters) {
        if (each.passing == Passing::Out) clear(each.type, each.name);
        if (each.passing == Passing::FillArray && !is_plain(each.type) && !each.type.is_enum())
            page.put("zero_abi<", ProjectedType{each.type, scope}, ">(", each.name, ", winrt_", each.name, "_size); ");
        if (each.passing == Passing::ReceiveArray)
            page.put("clear_abi(winrt_", each.name, "_size); clear_abi(", each.name, "); ");
    }
    if (method.returns_array)
        page.put("clear_abi(winrt_result_size); clear_abi(winrt_result); ");
    else if (method.result.kind != TypeUse::Kind::Void)
        clear(method.result, "winrt_result");
}

void ImplementationArguments::operator()(Page& page) const
{
    bool comma = false;
    for (auto const& each : method.parameters) {
        if (comma) page.put(", ");
        comma = true;
        ProjectedType const type{each.type, scope};
        switch (each.passing) {
        case Passing::In:
            if (is_plain(each.type))
                page.put(each.name);
            else if (each.type.is_enum())
                page.put("static_cast<", type, ">(", each.name, ")");
            else
                page.put("*reinterpret_cast<", type, " const*>(&", each.name, ")");
            break;
        case Passing::Out:
            if (is_plain(each.type))
                page.put("*", each.name);
            else
                page.put("*reinterpret_cast<", type, "*>(", each.name, ")");
            break;
        case Passing::InArray:
            page.put("winrt::array_view<", type, " const>(reinterpret_cast<", type, " const*>(", each.name,
                     "), reinterpret_cast<", type, " const*>(", each.name, ") + winrt_", each.name, "_size)");
            break;
        case Passing::FillArray:
            page.put("winrt::array_view<", type, ">(reinterpret_cast<", type, "*>(", each.name, "), reinterpret_cast<",
                     type, "*>(", each.name, ") + winrt_", each.name, "_size)");
            break;
        case Passing::ReceiveArray:
            page.put("winrt::detach_abi<", type, ">(winrt_", each.name, "_size, ", each.name, ")");
            break;
        }
    }
}

void ProduceCall::operator()(Page& page) const
{
    ProjectedType const type{method.result, scope};
    ImplementationArguments const arguments{method, scope};
    if (method.returns_array) {
        page.put("std::tie(*winrt_result_size, *winrt_result) = winrt::detach_abi(winrt::com_array<", type, ">(",
                 callee, "(", arguments, "))); ");
    } else if (method.result.kind == TypeUse::Kind::Void) {
        page.put(callee, "(", arguments, "); ");
    } else {
        page.put("*winrt_result = detach_from<", type, ">(", callee, "(", arguments, ")); ");
    }
}

void ForwardedNames::operator()(Page& page) const
{
    for (std::size_t index = 0; index + leave_out < method.parameters.size(); ++index) {
        auto const& each = method.parameters[index];
        bool const is_text =
            to_implementation && each.passing == Passing::In && each.type.kind == TypeUse::Kind::String;
        page.put(index == 0 ? "" : ", ", is_text ? "static_cast<winrt::hstring const&>(" : "", each.name,
                 is_text ? ")" : "");
    }
}

} // namespace latchkey::projection
