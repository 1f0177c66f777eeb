// SPDX-License-Identifier: MIT
// N.h: what users include. Bodies of everything that the other three files declare.
#include "projection/call_text.h"
#include "projection/class_members.h"
#include "projection/headers.h"
#include "projection/type_text.h"

#include <fmt/format.h>

namespace latchkey::projection {

using winmd::Category;

void put_consume_definitions(Page& page, Type const& type)
{
    for (auto const& method : type.methods) {
        if (!method.is_usable) continue;
        Page call{nullptr, 128};
        call.put("WINRT_IMPL_SHIM(", SelfName{type}, ")->", method.slot);
        auto const head = [&](auto const&... result) {
            page.put("template <typename D", GenericParameters{type, true}, "> ", result..., " consume_", type.joined,
                     "<D", GenericArguments{type, true}, ">::", method.name);
        };
        head(ResultType{method, type});
        page.put(ConsumeParameters{method, type}, method.is_noexcept ? " const noexcept " : " const ",
                 ConsumeBody{method, type, call.text().string()});
        if (!is_event(type, method)) continue;
        head("typename consume_", type.joined, "<D", GenericArguments{type, true}, ">::", method.name, "_revoker");
        page.put("(auto_revoke_t, ", ConsumeParameter{method.parameters[0], type},
                 ") const { return make_event_revoker<D, ", method.name, "_revoker>(this, ", method.name, "(",
                 method.parameters[0].name, ")); }\n");
    }
}

void put_produce(Page& page, Type const& type)
{
    page.put("template <typename D", GenericParameters{type, true}, "> struct produce<D, ", SelfName{type},
             "> : produce_base<D, ", SelfName{type}, "> {\n");
    for (auto const& method : type.methods) {
        page.put("int32_t ", method.slot, AbiParameters{method, type}, " noexcept final ");
        if (!method.is_usable) {
            page.put("{ return -2147467263; }\n"); // E_NOTIMPL
            continue;
        }
        page.put("try { ", ClearResults{method, type}, "typename D::abi_guard winrt_guard(this->shim()); ",
                 ProduceCall{method, type, "this->shim()." + method.name},
                 "return 0; } catch (...) { return to_hresult(); }\n");
    }
    page.put("};\n");
}

void put_delegate(Page& page, Type const& type)
{
    auto const& invoke = type.methods.front();
    page.put("template <typename H", GenericParameters{type, true}, "> struct delegate<", SelfName{type},
             ", H> final : implements_delegate<", SelfName{type},
             ", H> {\ndelegate(H&& winrt_handler) : implements_delegate<", SelfName{type},
             ", H>(std::forward<H>(winrt_handler)) {}\nint32_t Invoke", AbiParameters{invoke, type},
             " noexcept final try { ", ClearResults{invoke, type}, ProduceCall{invoke, type, "(*this)"},
             "return 0; } catch (...) { return to_hresult(); }\n};\n");
}

namespace {

void put_delegate_call(Page& page, Type const& type)
{
    auto const& invoke = type.methods.front();
    page.put(type.is_generic() ? "" : "inline ");
    if (type.is_generic()) page.put(TemplateHead{type}, " ");
    Page call{nullptr, 128};
    call.put("static_cast<winrt::impl::abi_t<", SelfName{type}, ">*>(winrt::get_abi(*this))->Invoke");
    page.put(ResultType{invoke, type}, " ", type.cpp_name, GenericArguments{type}, "::operator()",
             ConsumeParameters{invoke, type, Taker::Delegate}, " const ",
             ConsumeBody{invoke, type, call.text().string()});
}

void put_constructor(Page& page, Type const& type, Constructor const& constructor)
{
    if (constructor.method == nullptr) {
        page.put("inline ", type.cpp_name, "::", type.cpp_name, "() : ", type.cpp_name,
                 "(winrt::impl::activate_instance<", type.cpp, ">()) {}\n");
        return;
    }
    auto const& method = *constructor.method;
    auto const& factory = *constructor.factory;
    page.put("inline ", type.cpp_name, "::", type.cpp_name,
             ConsumeParameters{method, factory, Taker::Projection, constructor.leave_out}, " : ", type.cpp_name,
             "(winrt::impl::call_factory<", type.cpp, ", ", factory.cpp, ">([&](", factory.cpp,
             " const& winrt_factory) { ");
    if (constructor.leave_out == 0) {
        page.put("return winrt_factory.", method.name, "(", ForwardedNames{method}, "); })) {}\n");
        return;
    }
    bool const others = method.parameters.size() > constructor.leave_out;
    page.put("winrt::Windows::Foundation::IInspectable winrt_outer, winrt_inner; return winrt_factory.", method.name,
             "(", ForwardedNames{method, constructor.leave_out}, others ? ", " : "",
             "winrt_outer, winrt_inner); })) {}\n");
}

void put_static(Page& page, Type const& type, StaticMember const& member)
{
    auto const& method = *member.method;
    auto const& factory = *member.interface;
    page.put("inline ", ResultType{method, factory}, " ", type.cpp_name, "::", member.name,
             ConsumeParameters{method, factory}, " { return winrt::impl::call_factory<", type.cpp, ", ", factory.cpp,
             ">([&](", factory.cpp, " const& winrt_factory) { return winrt_factory.", method.name, "(",
             ForwardedNames{method}, "); }); }\n");
    if (!member.is_event) return;
    page.put("inline ", type.cpp_name, "::", member.name, "_revoker ", type.cpp_name, "::", member.name,
             "(winrt::auto_revoke_t, ", ConsumeParameter{method.parameters[0], factory},
             ") { auto winrt_factory = winrt::get_activation_factory<", type.cpp, ", ", factory.cpp,
             ">(); return { winrt_factory, winrt_factory.", method.name, "(", method.parameters[0].name, ") }; }\n");
}

void put_hash(Page& page, Type const& type)
{
    page.put(TemplateHead{type}, " struct std::hash<", SelfName{type}, "> : winrt::impl::hash_base {};\n");
}

// What must be complete for the bodies, by the kind of each type that they mention.
void put_inclusions(Page& page, Page& body)
{
    for (auto const* type : body.mentioned()) {
        if (type->is_mapped) continue;
        auto const need = type->category == Category::Enum        ? Page::Need::Declared
                          : type->category == Category::Interface ? Page::Need::Interfaces
                                                                  : Page::Need::Classes;
        body.needs(*type->name_space, need);
    }
    for (int need = 2; need >= 0; --need)
        for (auto const* foreign : body.needed(static_cast<Page::Need>(need)))
            page.put("#include \"winrt/impl/", foreign->name, ".", need, ".h\"\n");
}

bool is_overrides(Type const& interface, std::vector<Type const*> const& classes)
{
    for (auto const* type : classes)
        for (auto const& each : type->interfaces)
            if (each.is_overridable && each.interface.kind == TypeUse::Kind::Named && each.interface.type == &interface)
                return true;
    return false;
}

} // namespace

void put_class_definitions(Page& page, Type const& type)
{
    for (auto const& constructor : constructors_of(type))
        if (constructor.is_public) put_constructor(page, type, constructor);
    for (auto const& member : statics_of(type))
        put_static(page, type, member);
}

// A class of a component that derives from a composable class and does not override one of these gets the base's.
void put_overrides(Page& page, Type const& type)
{
    page.put("template <typename D> struct ", type.cpp_name, "T {\n");
    for (auto const& method : type.methods) {
        if (!method.is_usable) continue;
        page.put(ResultType{method, type}, " ", method.name, ConsumeParameters{method, type},
                 " const { return static_cast<D const*>(this)->template inner_as<", type.cpp, ">().", method.name, "(",
                 ForwardedNames{method}, "); }\n");
    }
    page.put("};\n");
}

std::string definition_header(Namespace const& name_space, HeaderOptions const& options)
{
    auto const interfaces = types_of(name_space, Category::Interface);
    auto const delegates = types_of(name_space, Category::Delegate);
    auto const classes = types_of(name_space, Category::Class);

    Page body{&name_space, std::size_t{64} << 10};
    body.put("namespace winrt::impl {\n");
    for (auto const* type : interfaces)
        put_consume_definitions(body, *type);
    for (auto const* type : interfaces)
        put_produce(body, *type);
    for (auto const* type : delegates)
        put_delegate(body, *type);
    body.put("}\nnamespace ", name_space.cpp, " {\n");
    for (auto const* type : delegates)
        put_delegate_call(body, *type);
    if (!options.constructors_in_module)
        for (auto const* type : classes)
            put_class_definitions(body, *type);
    for (auto const* type : interfaces)
        if (is_overrides(*type, classes)) put_overrides(body, *type);
    body.put("}\n");
    for (auto const* list : {&interfaces, &delegates, &classes})
        for (auto const* type : *list)
            if (type->category != Category::StaticClass) put_hash(body, *type);

    Page page{&name_space, body.text().size() + 4096};
    page.put(kGeneratedMark, "#pragma once\n#pragma GCC system_header\n#include \"winrt/base.h\"\n");
    if (name_space.parent != nullptr) page.put("#include \"winrt/", name_space.parent->name, ".h\"\n");
    put_inclusions(page, body);
    page.put("#include \"winrt/impl/", name_space.name, ".2.h\"\n", body.text().string());
    page.put("#if __has_include(<winrt/extend/", name_space.name, ".h>)\n#include <winrt/extend/", name_space.name,
             ".h>\n#endif\n");
    return page.text().take();
}

} // namespace latchkey::projection
