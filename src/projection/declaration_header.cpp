// SPDX-License-Identifier: MIT
// impl/N.0.h: names, IIDs, ABI and the members of interfaces, declared.
#include "projection/headers.h"
#include "projection/type_text.h"

#include <algorithm>
#include <set>

namespace latchkey::projection {

using winmd::Category;

std::vector<Type const*> types_of(Namespace const& name_space, Category category)
{
    std::vector<Type const*> result;
    for (auto const* type : name_space.types) {
        auto const its = type->category == Category::StaticClass ? Category::Class : type->category;
        if (its == category && !type->is_mapped && type->is_usable) result.push_back(type);
    }
    return result;
}

void put_declaration(Page& to, Type const& type)
{
    if (type.category == Category::Enum) {
        to.put("enum class ", type.cpp_name, type.is_flags ? " : uint32_t;" : " : int32_t;");
        return;
    }
    if (type.is_generic()) to.put(TemplateHead{type}, " ");
    to.put("struct ", type.cpp_name, ";");
}

void put_forward_declarations(Page& to, Page::Types const& types)
{
    Namespace const* open = nullptr;
    for (auto const* type : types) {
        if (type->is_mapped) continue;
        if (type->name_space != open) {
            if (open != nullptr) to.put("}\n");
            open = type->name_space;
            to.put("namespace ", open->cpp, " {\n");
        }
        put_declaration(to, *type);
        to.put("\n");
    }
    if (open != nullptr) to.put("}\n");
}

void put_forward_abi_declarations(Page& to, Page::Types const& types)
{
    if (types.empty()) return;
    to.put("namespace winrt::impl {\n");
    for (auto const* type : types)
        to.put("struct struct_", type->joined, ";\n");
    to.put("}\n");
}

namespace {

void put_enum(Page& page, Type const& type)
{
    page.put("enum class ", Deprecation{type.is_deprecated, type.deprecated}, type.cpp_name,
             type.is_flags ? " : uint32_t {\n" : " : int32_t {\n");
    for (auto const& constant : type.constants) {
        page.put(constant.name);
        if (constant.is_deprecated)
            page.put(" ", Deprecation{true, constant.deprecated}, "= ");
        else
            page.put(" = ");
        if (type.is_flags) page.text().put_hex(static_cast<uint32_t>(constant.value), 1 + 7 * (constant.value > 15));
        // The smallest Int32 has no literal of its own.
        else if (constant.value == INT32_MIN)
            page.put("-2147483647 - 1");
        else
            page.put(constant.value);
        page.put(",\n");
    }
    page.put("};\n");
    if (!type.is_flags) return;
    for (auto const op : {'|', '&', '^'}) {
        page.put("constexpr ", type.cpp_name, " operator", op, "(", type.cpp_name, " left, ", type.cpp_name,
                 " right) noexcept { return static_cast<", type.cpp_name, ">(static_cast<uint32_t>(left) ", op,
                 " static_cast<uint32_t>(right)); }\n");
        page.put("constexpr ", type.cpp_name, "& operator", op, "=(", type.cpp_name, "& left, ", type.cpp_name,
                 " right) noexcept { return left = left ", op, " right; }\n");
    }
    page.put("constexpr ", type.cpp_name, " operator~(", type.cpp_name, " value) noexcept { return static_cast<",
             type.cpp_name, ">(~static_cast<uint32_t>(value)); }\n");
}

void put_category(Page& page, Type const& type)
{
    page.put(TemplateHead{type}, " struct category<", SelfName{type}, "> { using type = ");
    switch (type.category) {
    case Category::Interface:
    case Category::Delegate: {
        auto const delegate = type.category == Category::Delegate;
        if (type.is_generic())
            page.put(delegate ? "pdelegate_category" : "pinterface_category", GenericArguments{type});
        else
            page.put(delegate ? "delegate_category" : "interface_category");
        break;
    }
    case Category::Enum:
        page.put("enum_category");
        break;
    case Category::Struct: {
        page.put("struct_category<");
        char const* comma = "";
        for (auto const& field : type.fields) {
            page.put(comma, ProjectedType{field.type, type});
            comma = ", ";
        }
        page.put(">");
        break;
    }
    default:
        page.put("class_category");
        break;
    }
    page.put("; };\n");
}

void put_name(Page& page, Type const& type)
{
    if (!type.is_generic()) {
        page.put("template <> inline constexpr auto& name_v<", SelfName{type}, "> = L\"", type.full_name, "\";\n");
        return;
    }
    page.put(TemplateHead{type}, " inline constexpr auto name_v<", SelfName{type}, "> = zcombine(L\"", type.full_name,
             "<\"");
    char const* before = ", name_v<";
    for (auto const& name : type.generics) {
        page.put(before, name, ">");
        before = ", L\", \", name_v<";
    }
    page.put(", L\">\");\n");
}

void put_guid_value(Page& page, winmd::Guid const& guid)
{
    auto& text = page.text();
    text.put("{ ").put_hex(guid.data1, 8).put(", ").put_hex(guid.data2, 4).put(", ").put_hex(guid.data3, 4).put(", { ");
    for (std::size_t index = 0; index < 8; ++index)
        text.put(index == 0 ? "" : ", ").put_hex(guid.data4[index], 2);
    text.put(" } }");
}

void put_guid(Page& page, Type const& type)
{
    if (!type.guid) return;
    if (type.is_generic()) {
        page.put(TemplateHead{type}, " inline constexpr guid guid_v<", SelfName{type}, ">{ pinterface_guid<",
                 SelfName{type}, ">::value };\n");
        page.put(TemplateHead{type}, " inline constexpr guid generic_guid_v<", SelfName{type}, ">");
    } else {
        page.put("template <> inline constexpr guid guid_v<", SelfName{type}, ">");
    }
    put_guid_value(page, *type.guid);
    page.put(";\n");
}

// A struct by value needs its fields complete, so those of the same namespace come first.
void put_abi_struct(Page& page, Type const& type, std::set<Type const*>& done)
{
    if (!done.insert(&type).second) return;
    for (auto const& field : type.fields) {
        if (!field.type.is_struct()) continue;
        if (field.type.type->name_space->shares_structs_with(*type.name_space))
            put_abi_struct(page, *field.type.type, done);
        else
            page.needs(*field.type.type->name_space, Page::Need::Declared);
    }
    page.put("struct struct_", type.joined, " {\n");
    for (auto const& field : type.fields)
        page.put(AbiType{field.type, type}, " ", field.name, ";\n");
    page.put("};\ntemplate <> struct abi<", SelfName{type}, "> { using type = struct_", type.joined, "; };\n");
}

void put_abi(Page& page, Type const& type)
{
    auto const delegate = type.category == Category::Delegate;
    page.put(TemplateHead{type}, " struct abi<", SelfName{type},
             "> { struct WINRT_IMPL_ABI_DECL type : ", delegate ? "unknown_abi {\n" : "inspectable_abi {\n");
    for (auto const& method : type.methods)
        page.put("virtual int32_t ", delegate ? "Invoke" : std::string_view{method.slot}, AbiParameters{method, type},
                 " noexcept = 0;\n");
    page.put("}; };\n");
}

void put_event_declarations(Page& page, Type const& type, Method const& method)
{
    page.put("using ", method.name, "_revoker = event_revoker<", SelfName{type}, ", &abi_t<", SelfName{type},
             ">::remove_", method.slot.substr(4), ">;\n");
    page.put("[[nodiscard]] ", method.name, "_revoker ", method.name, "(auto_revoke_t, ",
             ConsumeParameter{method.parameters[0], type}, ") const;\n");
}

void put_consume(Page& page, Type const& type)
{
    page.put("template <typename D", GenericParameters{type, true}, "> struct consume_", type.joined,
             " : consume_extend<D, ", SelfName{type}, "> {\n");
    for (auto const& method : type.methods) {
        if (!method.is_usable) continue;
        page.put(Deprecation{method.is_deprecated, method.deprecated}, ResultType{method, type}, " ", method.name,
                 ConsumeParameters{method, type}, method.is_noexcept ? " const noexcept;\n" : " const;\n");
        if (is_event(type, method)) put_event_declarations(page, type, method);
    }
    page.put("};\n", TemplateHead{type}, " struct consume<", SelfName{type},
             "> { template <typename D> using type = consume_", type.joined, "<D", GenericArguments{type, true},
             ">; };\n");
}

} // namespace

bool is_event(Type const& type, Method const& method)
{
    if (method.kind != Method::Kind::Adder || method.parameters.size() != 1 || !method.slot.starts_with("add_"))
        return false;
    auto const remover = "remove_" + method.slot.substr(4);
    return std::ranges::any_of(type.methods, [&](Method const& each) { return each.slot == remover; });
}

std::string declaration_header(Namespace const& name_space)
{
    auto const interfaces = types_of(name_space, Category::Interface);
    auto const delegates = types_of(name_space, Category::Delegate);
    auto const classes = types_of(name_space, Category::Class);
    auto const structs = types_of(name_space, Category::Struct);
    auto const enums = types_of(name_space, Category::Enum);

    Page own{&name_space};
    own.put("namespace ", name_space.cpp, " {\n");
    for (auto const* type : enums)
        put_enum(own, *type);
    for (auto const* list : {&interfaces, &classes, &structs, &delegates})
        for (auto const* type : *list) {
            put_declaration(own, *type);
            own.put("\n");
        }
    own.put("}\nnamespace winrt::impl {\n");
    for (auto const* list : {&enums, &interfaces, &classes, &structs, &delegates})
        for (auto const* type : *list) {
            put_category(own, *type);
            put_name(own, *type);
        }
    for (auto const* list : {&interfaces, &delegates})
        for (auto const* type : *list)
            put_guid(own, *type);
    for (auto const* type : classes)
        if (type->default_interface.kind != TypeUse::Kind::Void)
            own.put("template <> struct default_interface<", SelfName{*type},
                    "> { using type = ", ProjectedType{type->default_interface, *type}, "; };\n");
    std::set<Type const*> done;
    if (name_space.struct_home == nullptr)
        for (auto const* type : structs)
            put_abi_struct(own, *type, done);
    for (auto const* list : {&interfaces, &delegates})
        for (auto const* type : *list)
            put_abi(own, *type);
    for (auto const* type : interfaces)
        put_consume(own, *type);
    own.put("}\n");

    Page page{&name_space, own.text().size() + 4096};
    page.put(kGeneratedMark, "#pragma once\n#pragma GCC system_header\n#include \"winrt/base.h\"\n");
    for (auto const* foreign : own.needed(Page::Need::Declared))
        page.put("#include \"winrt/impl/", foreign->name, ".0.h\"\n");
    if (name_space.struct_home != nullptr)
        page.put("#include \"winrt/impl/", name_space.struct_home->name, ".structs.0.h\"\n");
    put_forward_declarations(page, own.mentioned());
    put_forward_abi_declarations(page, own.abi_mentioned());
    page.put(own.text().string());
    return page.text().take();
}

std::string abi_structs_header(Namespace const& home)
{
    Page own{nullptr};
    std::set<Type const*> done;
    for (auto const* member : home.struct_group)
        for (auto const* type : types_of(*member, Category::Struct)) {
            own.mention(*type);
            put_abi_struct(own, *type, done);
        }

    Page page{nullptr, own.text().size() + 4096};
    page.put(kGeneratedMark, "#pragma once\n#pragma GCC system_header\n#include \"winrt/base.h\"\n");
    for (auto const* foreign : own.needed(Page::Need::Declared))
        page.put("#include \"winrt/impl/", foreign->name, ".0.h\"\n");
    put_forward_declarations(page, own.mentioned());
    page.put("namespace winrt::impl {\n", own.text().string(), "}\n");
    return page.text().take();
}

} // namespace latchkey::projection
