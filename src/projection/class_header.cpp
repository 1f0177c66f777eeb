// SPDX-License-Identifier: MIT
// impl/N.2.h: delegates, structs and runtime classes.
#include "projection/class_members.h"
#include "projection/headers.h"
#include "projection/member_names.h"
#include "projection/type_text.h"

#include <set>

namespace latchkey::projection {

using winmd::Category;

namespace {

void put_delegate_struct(Page& page, Type const& type)
{
    auto const& invoke = type.methods.front();
    if (type.is_generic()) page.put(TemplateHead{type}, " ");
    page.put("struct ", Deprecation{type.is_deprecated, type.deprecated}, type.cpp_name,
             " : winrt::impl::delegate_base<", SelfName{type}, "> {\nusing winrt::impl::delegate_base<", SelfName{type},
             ">::delegate_base;\n", ResultType{invoke, type}, " operator()",
             ConsumeParameters{invoke, type, Taker::Delegate}, " const;\n};\n");
}

void put_struct(Page& page, Type const& type, std::set<Type const*>& done)
{
    if (!done.insert(&type).second) return;
    for (auto const& field : type.fields) {
        if (field.type.kind != TypeUse::Kind::Named) continue;
        auto const& its = *field.type.type;
        if (its.category == Category::Struct) {
            if (its.name_space->shares_structs_with(*type.name_space))
                put_struct(page, its, done);
            else
                page.needs(*its.name_space, Page::Need::Classes);
        } else if (its.category == Category::Interface) {
            page.needs(*its.name_space, Page::Need::Interfaces);
        }
    }
    bool const in_group = type.name_space->struct_home != nullptr; // written among those of other namespaces
    if (in_group) page.put("namespace ", type.name_space->cpp, " {\n");
    page.put("struct ", Deprecation{type.is_deprecated, type.deprecated}, type.cpp_name, " {\n");
    for (auto const& field : type.fields)
        page.put(ProjectedType{field.type, type}, " ", field.name, "{};\n");
    page.put("bool operator==(", type.cpp_name, " const&) const noexcept = default;\n};\n", in_group ? "}\n" : "");
}

void put_statics(Page& page, Type const& type, std::vector<StaticMember> const& statics)
{
    for (auto const& member : statics) {
        auto const& method = *member.method;
        page.put(Deprecation{method.is_deprecated, method.deprecated}, "static ", ResultType{method, *member.interface},
                 " ", member.name, ConsumeParameters{method, *member.interface}, ";\n");
        if (!member.is_event) continue;
        page.put("using ", member.name, "_revoker = winrt::impl::factory_event_revoker<", SelfName{*member.interface},
                 ", &winrt::impl::abi_t<", SelfName{*member.interface}, ">::remove_", method.slot.substr(4),
                 ">;\n[[nodiscard]] static ", member.name, "_revoker ", member.name, "(winrt::auto_revoke_t, ",
                 ConsumeParameter{method.parameters[0], *member.interface}, ");\n");
        page.needs(*member.interface->name_space, Page::Need::Declared);
    }
    (void)type;
}

void put_constructors(Page& page, Type const& type)
{
    for (auto const& constructor : constructors_of(type)) {
        if (!constructor.is_public) continue;
        if (constructor.method == nullptr) {
            page.put(type.cpp_name, "();\n");
            continue;
        }
        auto const& method = *constructor.method;
        auto const given = method.parameters.size() - constructor.leave_out;
        page.put(Deprecation{method.is_deprecated, method.deprecated}, given == 1 ? "explicit " : "", type.cpp_name,
                 ConsumeParameters{method, *constructor.factory, Taker::Projection, constructor.leave_out}, ";\n");
    }
}

std::vector<TypeUse const*> with_required(TypeUse const& use, std::vector<TypeUse>& storage)
{
    std::vector<TypeUse const*> result{&use};
    if (use.kind != TypeUse::Kind::Named) return result;
    for (auto const& required : use.type->required)
        storage.push_back(substitute(required, use.arguments));
    for (auto const& each : storage)
        result.push_back(&each);
    return result;
}

void put_class(Page& page, Type const& type)
{
    auto const statics = statics_of(type);
    page.put("struct ", Deprecation{type.is_deprecated, type.deprecated}, type.cpp_name);
    if (type.default_interface.kind == TypeUse::Kind::Void) {
        page.put(" {\n", type.cpp_name, "() = delete;\n");
        put_statics(page, type, statics);
        page.put("};\n");
        return;
    }
    auto const& main = type.default_interface;
    if (main.kind == TypeUse::Kind::Named) page.needs(*main.type->name_space, Page::Need::Interfaces);
    page.put(" : ", ProjectedType{main, type});
    if (type.base != nullptr) {
        page.put(", winrt::impl::base<", type.cpp);
        for (auto const* base : bases_of(type)) {
            page.mention(*base);
            page.put(", ", base->cpp);
        }
        page.put(">");
    }
    if (!type.class_interfaces.empty()) {
        page.put(", winrt::impl::require<", type.cpp);
        for (auto const& use : type.class_interfaces) {
            page.put(", ", ProjectedType{use, type});
            page.needs(*use.type->name_space, Page::Need::Declared);
        }
        page.put(">");
    }
    page.put(" {\n", type.cpp_name, "(std::nullptr_t) noexcept : ", ProjectedType{main, type}, "(nullptr) {}\n",
             type.cpp_name, "(void* ptr, winrt::take_ownership_from_abi_t) noexcept : ", ProjectedType{main, type},
             "(ptr, winrt::take_ownership_from_abi) {}\n");
    put_constructors(page, type);
    put_statics(page, type, statics);

    std::set<std::string> taken;
    for (auto const& member : statics) {
        taken.insert(member.name);
        if (member.is_event) taken.insert(member.name + "_revoker");
    }
    MemberNames names{type, std::move(taken)};
    std::vector<TypeUse> storage;
    names.add_base([&](Page& to) { to.put(ProjectedType{main, type}); }, with_required(main, storage));
    for (auto const& use : type.class_interfaces)
        names.add_base(
            [&](Page& to) {
                to.put("winrt::impl::consume_t<", type.cpp, ", ", ProjectedType{use, type}, ">");
            },
            {&use});
    names.put(page);
    page.put("};\n");
}

} // namespace

std::string class_header(Namespace const& name_space)
{
    Page own{&name_space};
    own.put("namespace ", name_space.cpp, " {\n");
    for (auto const* type : types_of(name_space, Category::Delegate))
        put_delegate_struct(own, *type);
    std::set<Type const*> done;
    if (name_space.struct_home == nullptr)
        for (auto const* type : types_of(name_space, Category::Struct))
            put_struct(own, *type, done);
    for (auto const* type : types_of(name_space, Category::Class))
        put_class(own, *type);
    own.put("}\n");

    Page page{&name_space, own.text().size() + 4096};
    page.put(kGeneratedMark, "#pragma once\n#pragma GCC system_header\n");
    for (int need = 2; need >= 0; --need)
        for (auto const* foreign : own.needed(static_cast<Page::Need>(need)))
            page.put("#include \"winrt/impl/", foreign->name, ".", need, ".h\"\n");
    page.put("#include \"winrt/impl/", name_space.name, ".1.h\"\n");
    if (name_space.struct_home != nullptr)
        page.put("#include \"winrt/impl/", name_space.struct_home->name, ".structs.2.h\"\n");
    put_forward_declarations(page, own.mentioned());
    page.put(own.text().string());
    return page.text().take();
}

std::string structs_header(Namespace const& home)
{
    Page own{nullptr};
    std::set<Type const*> done;
    for (auto const* member : home.struct_group) {
        own.needs(*member, Page::Need::Declared);
        for (auto const* type : types_of(*member, Category::Struct))
            put_struct(own, *type, done);
    }

    Page page{nullptr, own.text().size() + 4096};
    page.put(kGeneratedMark, "#pragma once\n#pragma GCC system_header\n");
    for (int need = 2; need >= 0; --need)
        for (auto const* foreign : own.needed(static_cast<Page::Need>(need)))
            page.put("#include \"winrt/impl/", foreign->name, ".", need, ".h\"\n");
    put_forward_declarations(page, own.mentioned());
    page.put(own.text().string());
    return page.text().take();
}

} // namespace latchkey::projection
