// SPDX-License-Identifier: MIT
#include "projection/component.h"

#include "projection/call_text.h"
#include "projection/class_members.h"
#include "projection/headers.h"
#include "projection/member_names.h"
#include "projection/type_text.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace latchkey::projection {

using winmd::FactoryKind;

namespace {

// "winrt::Tasks::implementation::Mail"
std::string implementation_name(Type const& type)
{
    return fmt::format("{}::implementation::{}", type.name_space->cpp, type.cpp_name);
}

std::string factory_name(Type const& type)
{
    return fmt::format("{}::factory_implementation::{}", type.name_space->cpp, type.cpp_name);
}

bool is_interface(TypeUse const& use)
{
    return use.kind == TypeUse::Kind::Named && use.type->category == winmd::Category::Interface;
}

// Everything that an object of the class must answer for, the default interface first, each once.
std::vector<TypeUse> implemented_interfaces(Type const& type)
{
    std::vector<TypeUse> result;
    auto const add = [&](TypeUse const& use) {
        if (is_interface(use) && std::ranges::find(result, use) == result.end()) result.push_back(use);
    };
    add(type.default_interface);
    for (auto const& own : type.interfaces)
        add(own.interface);
    // What the listed ones require is listed too by Windows' compiler; others may rely on the closure.
    for (std::size_t index = 0, count = result.size(); index < count; ++index)
        for (auto const& required : result[index].type->required)
            add(TypeUse{substitute(required, std::vector<TypeUse>{result[index].arguments})});
    return result;
}

void put_interfaces(Page& page, std::vector<TypeUse> const& interfaces, Type const& type)
{
    for (auto const& use : interfaces)
        page.put(", ", ProjectedType{use, type});
}

// The overridable interfaces of the classes that this one derives from.
std::vector<TypeUse> base_overrides(Type const& type)
{
    std::vector<TypeUse> result;
    for (auto const* base : bases_of(type))
        for (auto const& each : base->interfaces)
            if (each.is_overridable && is_interface(each.interface) &&
                std::ranges::find(result, each.interface) == result.end())
                result.push_back(each.interface);
    return result;
}

// What a derived class gets from its bases without implementing it: their public and protected interfaces.
std::vector<TypeUse> base_interfaces(Type const& type)
{
    std::vector<TypeUse> result;
    for (auto const* base : bases_of(type))
        for (auto const& each : base->interfaces)
            if (!each.is_overridable && is_interface(each.interface) &&
                std::ranges::find(result, each.interface) == result.end())
                result.push_back(each.interface);
    return result;
}

void put_composing_constructors(Page& page, Type const& type)
{
    page.put("using composable = ", type.base->cpp, ";\nprotected:\n");
    for (auto const& constructor : constructors_of(*type.base)) {
        if (constructor.leave_out == 0) continue;
        auto const& method = *constructor.method;
        auto const others = method.parameters.size() > constructor.leave_out;
        page.put(type.cpp_name, "_base",
                 ConsumeParameters{method, *constructor.factory, Taker::Projection, constructor.leave_out},
                 " { winrt::impl::call_factory<", type.base->cpp, ", ", constructor.factory->cpp, ">([&](",
                 constructor.factory->cpp, " const& winrt_factory) { (void)winrt_factory.", method.name, "(",
                 ForwardedNames{method, constructor.leave_out}, others ? ", " : "", "*this, this->m_inner); }); }\n");
    }
    page.put("public:\n");
}

void put_implementation(Page& page, Type const& type)
{
    bool const derives = type.base != nullptr;
    page.put("namespace ", type.name_space->cpp, "::implementation {\ntemplate <typename D, typename... I> struct ",
             type.cpp_name, "_base : winrt::implements<D");
    put_interfaces(page, implemented_interfaces(type), type);
    if (derives) {
        put_interfaces(page, base_overrides(type), type);
        page.put(", winrt::composing");
    }
    if (!type.is_sealed) page.put(", winrt::composable");
    page.put(", I...>");
    if (derives) {
        page.put(", winrt::impl::require<D");
        put_interfaces(page, base_interfaces(type), type);
        page.put(">, winrt::impl::base<D");
        for (auto const* base : bases_of(type))
            page.put(", ", base->cpp);
        page.put(">");
        for (auto const& use : base_overrides(type))
            page.put(", ", use.type->cpp, "T<D>");
    }
    page.put(" {\nusing base_type = ", type.cpp_name, "_base;\nusing class_type = ", type.cpp,
             ";\nusing implements_type = typename ", type.cpp_name, "_base::implements_type;\n");
    // With the inherited constructor, a derived class could be made without its base.
    if (derives)
        put_composing_constructors(page, type);
    else
        page.put("using implements_type::implements_type;\n");
    page.put("operator class_type() const noexcept { ", ProjectedType{type.default_interface, type},
             " winrt_default = static_cast<D const&>(*this); return { winrt::detach_abi(winrt_default), "
             "winrt::take_ownership_from_abi }; }\n"
             "winrt::hstring GetRuntimeClassName() const override { return winrt::hstring{ L\"",
             type.full_name,
             "\" }; }\n};\n"
             "template <typename D, typename... I> using ",
             type.cpp_name, "T = ", type.cpp_name, "_base<D, I...>;\n}\n");
}

void put_factory_method(Page& page, ClassFactory const& factory, Method const& method, std::set<std::string>& seen)
{
    auto const& interface = *factory.interface;
    if (!seen.insert(method.name + overload_signature(method, {}, interface)).second) return;
    if (!method.is_usable) return;
    page.put("auto ", method.name, ConsumeParameters{method, interface, Taker::Implementation});
    if (factory.kind == FactoryKind::Static) {
        page.put(" { return T::", method.name, "(", ForwardedNames{method}, "); }\n");
    } else if (factory.kind == FactoryKind::Activatable) {
        page.put(" { return winrt::make<T>(", ForwardedNames{method}, "); }\n");
    } else {
        auto const count = method.parameters.size();
        if (count < 2) return;
        page.put(" { return winrt::impl::composable_factory<T>::template CreateInstance<",
                 ProjectedType{method.result, interface}, ">(", method.parameters[count - 2].name, ", ",
                 method.parameters[count - 1].name, count > 2 ? ", " : "", ForwardedNames{method, 2}, "); }\n");
    }
}

void put_factory(Page& page, Type const& type)
{
    page.put("namespace ", type.name_space->cpp,
             "::factory_implementation {\ntemplate <typename D, typename T, typename... I> struct ", type.cpp_name,
             "T : winrt::implements<D, winrt::Windows::Foundation::IActivationFactory");
    std::set<Type const*> interfaces;
    bool activatable = false;
    for (auto const& factory : type.factories) {
        if (factory.interface == nullptr)
            activatable = true;
        else if (factory.interface->is_usable && interfaces.insert(factory.interface).second)
            page.put(", ", factory.interface->cpp);
    }
    page.put(", I...> {\nusing instance_type = ", type.cpp,
             ";\nwinrt::hstring GetRuntimeClassName() const override { return "
             "winrt::hstring{ L\"",
             type.full_name, "\" }; }\n");
    if (activatable)
        page.put("auto ActivateInstance() const { return winrt::make<T>(); }\n");
    else
        page.put("[[noreturn]] winrt::Windows::Foundation::IInspectable ActivateInstance() const "
                 "{ throw winrt::hresult_not_implemented(); }\n");
    std::set<std::string> seen;
    for (auto const& factory : type.factories)
        if (factory.interface != nullptr && factory.interface->is_usable)
            for (auto const& method : factory.interface->methods)
                put_factory_method(page, factory, method, seen);
    page.put("};\n}\n");
}

void put_precompiled(Page& page, ComponentOptions const& options)
{
    if (!options.precompiled_header.empty()) page.put("#include \"", options.precompiled_header, "\"\n");
}

// Constructors and statics that need no factory, because class and caller are in one library.
void put_in_module(Page& page, Type const& type)
{
    auto const implementation = implementation_name(type);
    page.put("namespace ", type.name_space->cpp, " {\n");
    for (auto const& constructor : constructors_of(type)) {
        if (!constructor.is_public) continue;
        page.put(type.cpp_name, "::", type.cpp_name);
        if (constructor.method == nullptr) {
            page.put("() : ", type.cpp_name, "(winrt::make<", implementation, ">()) {}\n");
            continue;
        }
        auto const& method = *constructor.method;
        page.put(ConsumeParameters{method, *constructor.factory, Taker::Projection, constructor.leave_out}, " : ",
                 type.cpp_name, "(winrt::make<", implementation, ">(",
                 ForwardedNames{method, constructor.leave_out, true}, ")) {}\n");
    }
    for (auto const& member : statics_of(type)) {
        auto const& method = *member.method;
        page.put(ResultType{method, *member.interface}, " ", type.cpp_name, "::", member.name,
                 ConsumeParameters{method, *member.interface}, " { return ", implementation, "::", method.name, "(",
                 ForwardedNames{method, 0, true}, "); }\n");
        if (!member.is_event) continue;
        page.put(type.cpp_name, "::", member.name, "_revoker ", type.cpp_name, "::", member.name,
                 "(winrt::auto_revoke_t, ", ConsumeParameter{method.parameters[0], *member.interface},
                 ") { auto winrt_factory = winrt::make<", factory_name(type), ">().as<", member.interface->cpp,
                 ">(); return { winrt_factory, winrt_factory.", method.name, "(", method.parameters[0].name,
                 ") }; }\n");
    }
    page.put("}\n");
}

} // namespace

bool has_factory(Type const& type)
{
    return !type.factories.empty();
}

std::string component_file(Type const& type, ComponentOptions const& options)
{
    std::string_view name = type.full_name;
    if (!options.name.empty() && has_prefix(name, options.name) && name.size() > options.name.size())
        name.remove_prefix(options.name.size() + 1);
    std::string result{name};
    if (!options.dotted_names) std::ranges::replace(result, '.', '/');
    return result;
}

std::string component_header(Type const& type)
{
    Page page{nullptr};
    page.put(kGeneratedMark, "#pragma once\n#pragma GCC system_header\n#include \"winrt/", type.name_space->name,
             ".h\"\n");
    Page body{type.name_space};
    if (type.default_interface.kind != TypeUse::Kind::Void) put_implementation(body, type);
    if (has_factory(type)) put_factory(body, type);
    // An implementation answers calls of every interface that it has, wherever that was defined.
    std::set<std::string_view> others;
    for (auto const* mentioned : body.mentioned())
        if (!mentioned->is_mapped) others.insert(mentioned->name_space->name);
    for (auto const& other : others)
        page.put("#include \"winrt/", other, ".h\"\n");
    page.put(body.text().string());
    return page.text().take();
}

std::string component_source(Type const& type, ComponentOptions const& options)
{
    Page page{nullptr};
    page.put(kGeneratedMark, "// Included at the end of the source file that implements ", type.full_name, ".\n");
    if (has_factory(type))
        page.put("void* winrt_make_", type.joined, "();\nvoid* winrt_make_", type.joined,
                 "() { return winrt::detach_abi(winrt::make<", factory_name(type), ">()); }\n");
    if (options.in_module_constructors) put_in_module(page, type);
    return page.text().take();
}

std::string module_source(std::vector<Type const*> const& classes, ComponentOptions const& options)
{
    Page page{nullptr};
    page.put(kGeneratedMark);
    put_precompiled(page, options);
    page.put("#include \"winrt/base.h\"\n");
    for (auto const* type : classes) {
        if (!has_factory(*type)) continue;
        if (options.in_module_constructors)
            page.put("void* winrt_make_", type->joined, "();\n");
        else
            page.put("#include \"", component_file(*type, options), ".h\"\n");
    }
    page.put(
        "\nbool winrt_can_unload_now() noexcept;\nbool winrt_can_unload_now() noexcept\n{\n"
        "    if (winrt::get_module_lock()) return false;\n    winrt::clear_factory_cache();\n    return true;\n}\n\n"
        "void* winrt_get_activation_factory(std::wstring_view const& name);\n"
        "void* winrt_get_activation_factory([[maybe_unused]] std::wstring_view const& name)\n{\n");
    for (auto const* type : classes) {
        if (!has_factory(*type)) continue;
        page.put("    if (name == L\"", type->full_name, "\") return ");
        if (options.in_module_constructors)
            page.put("winrt_make_", type->joined, "();\n");
        else
            page.put("winrt::detach_abi(winrt::make<", factory_name(*type), ">());\n");
    }
    // 0x80040111 is CLASS_E_CLASSNOTAVAILABLE.
    page.put("    return nullptr;\n}\n\n"
             "// A library that is more than one component defines WINRT_NO_MODULE_EXPORTS and exports its own.\n"
             "#ifndef WINRT_NO_MODULE_EXPORTS\n#define WINRT_MODULE_EXPORT extern \"C\" "
             "__attribute__((visibility(\"default\")))\n\n"
             "WINRT_MODULE_EXPORT int32_t WINRT_CanUnloadNow() noexcept;\n"
             "WINRT_MODULE_EXPORT int32_t WINRT_CanUnloadNow() noexcept { return winrt_can_unload_now() ? 0 : 1; }\n\n"
             "WINRT_MODULE_EXPORT int32_t WINRT_GetActivationFactory(void* name, void** factory) noexcept;\n"
             "WINRT_MODULE_EXPORT int32_t WINRT_GetActivationFactory(void* name, void** factory) noexcept\ntry {\n"
             "    if (factory == nullptr) return static_cast<int32_t>(0x80004003);\n"
             "    *factory = winrt_get_activation_factory(*reinterpret_cast<winrt::hstring const*>(&name));\n"
             "    return *factory != nullptr ? 0 : static_cast<int32_t>(0x80040111);\n"
             "} catch (...) {\n    return winrt::to_hresult();\n}\n\n"
             "WINRT_MODULE_EXPORT int32_t DllCanUnloadNow() noexcept;\n"
             "WINRT_MODULE_EXPORT int32_t DllCanUnloadNow() noexcept { return WINRT_CanUnloadNow(); }\n\n"
             "WINRT_MODULE_EXPORT int32_t DllGetActivationFactory(void* name, void** factory) noexcept;\n"
             "WINRT_MODULE_EXPORT int32_t DllGetActivationFactory(void* name, void** factory) noexcept\n{\n"
             "    return WINRT_GetActivationFactory(name, factory);\n}\n#endif\n");
    return page.text().take();
}

} // namespace latchkey::projection
