// SPDX-License-Identifier: MIT
// impl/N.1.h: the interfaces, one pointer each.
#include "projection/headers.h"
#include "projection/member_names.h"
#include "projection/type_text.h"

namespace latchkey::projection {

namespace {

void put_interface(Page& page, Type const& type)
{
    if (type.is_generic()) page.put(TemplateHead{type}, " ");
    page.put("struct ", type.cpp_name, " : winrt::Windows::Foundation::IInspectable, winrt::impl::consume_t<",
             SelfName{type}, ">");
    if (!type.required.empty()) {
        page.put(", winrt::impl::require<", SelfName{type});
        for (auto const& required : type.required) {
            page.put(", ", ProjectedType{required, type});
            page.needs(*required.type->name_space, Page::Need::Declared);
        }
        page.put(">");
    }
    page.put(" {\n", type.cpp_name, "(std::nullptr_t = nullptr) noexcept {}\n", type.cpp_name,
             "(void* ptr, winrt::take_ownership_from_abi_t) noexcept : "
             "winrt::Windows::Foundation::IInspectable(ptr, winrt::take_ownership_from_abi) {}\n");
    if (type.is_generic())
        page.put("template <typename From, std::enable_if_t<winrt::impl::makes_interface<", SelfName{type},
                 ", std::remove_cvref_t<From>>, int> = 0> ", type.cpp_name, "(From&& from) : ", type.cpp_name,
                 "(winrt::impl::interface_maker<", SelfName{type},
                 ">::make(from), winrt::take_ownership_from_abi) {}\n");
    if (!type.required.empty()) {
        MemberNames names{type};
        TypeUse self;
        self.kind = TypeUse::Kind::Named;
        self.type = &type;
        names.add_base([&](Page& to) { to.put("winrt::impl::consume_t<", SelfName{type}, ">"); }, {&self});
        for (auto const& required : type.required)
            names.add_base(
                [&](Page& to) {
                    to.put("winrt::impl::consume_t<", SelfName{type}, ", ", ProjectedType{required, type}, ">");
                },
                {&required});
        names.put(page);
    }
    page.put("};\n");
}

} // namespace

std::string interface_header(Namespace const& name_space)
{
    Page own{&name_space};
    auto const interfaces = types_of(name_space, winmd::Category::Interface);
    if (!interfaces.empty()) {
        own.put("namespace ", name_space.cpp, " {\n");
        for (auto const* type : interfaces)
            put_interface(own, *type);
        own.put("}\n");
    }

    Page page{&name_space, own.text().size() + 4096};
    page.put(kGeneratedMark, "#pragma once\n#pragma GCC system_header\n");
    for (auto const* foreign : own.needed(Page::Need::Declared))
        page.put("#include \"winrt/impl/", foreign->name, ".0.h\"\n");
    page.put("#include \"winrt/impl/", name_space.name, ".0.h\"\n");
    put_forward_declarations(page, own.mentioned());
    page.put(own.text().string());
    return page.text().take();
}

} // namespace latchkey::projection
