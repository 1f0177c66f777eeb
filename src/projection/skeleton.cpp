// SPDX-License-Identifier: MIT
// What --component DIR writes for a class that nobody has begun yet: sources that compile and say "not implemented".
#include "projection/call_text.h"
#include "projection/class_members.h"
#include "projection/component.h"
#include "projection/member_names.h"
#include "projection/type_text.h"

#include <set>

#include <fmt/format.h>

namespace latchkey::projection {

namespace {

struct Member {
    Method method; // with the generic parameters of its interface replaced
    bool is_static = false;
};

Method concrete(Method const& method, TypeUse const& use)
{
    auto copy = method;
    copy.result = substitute(copy.result, use.arguments);
    for (auto& parameter : copy.parameters)
        parameter.type = substitute(parameter.type, use.arguments);
    return copy;
}

std::vector<Member> members_of(Type const& type)
{
    std::vector<Member> result;
    std::set<std::string> seen;
    auto const add = [&](TypeUse const& use) {
        if (use.kind != TypeUse::Kind::Named) return;
        for (auto const& method : use.type->methods)
            if (method.is_usable && seen.insert(method.name + overload_signature(method, use.arguments, type)).second)
                result.push_back({concrete(method, use), false});
    };
    add(type.default_interface);
    for (auto const& own : type.interfaces)
        add(own.interface);
    for (auto const& member : statics_of(type))
        result.push_back({*member.method, true});
    return result;
}

// People write hstring const&, not the parameter types of consumers.
struct PlainParameters {
    Method const& method;
    Type const& scope;
    std::size_t leave_out = 0;
    bool is_definition = false; // which does not use them yet
    void operator()(Page& page) const
    {
        page.put("(");
        for (std::size_t index = 0; index + leave_out < method.parameters.size(); ++index) {
            page.put(index == 0 ? "" : ", ", is_definition ? "[[maybe_unused]] " : "",
                     ConsumeParameter{method.parameters[index], scope, Taker::Implementation});
        }
        page.put(")");
    }
};

std::string_view constness(Member const& member)
{
    auto const kind = member.method.kind;
    return kind == Method::Kind::Remover && !member.is_static ? " noexcept" : "";
}

// How the base is made when that takes arguments; empty when it takes none.
std::string base_initializer(Type const& type)
{
    if (type.base == nullptr) return {};
    std::string shortest;
    for (auto const& constructor : constructors_of(*type.base)) {
        if (constructor.leave_out == 0) continue;
        std::string initializer;
        for (auto given = constructor.method->parameters.size() - constructor.leave_out; given != 0; --given)
            initializer += initializer.empty() ? " : base_type({}" : ", {}";
        if (initializer.empty()) return {};
        if (shortest.empty() || initializer.size() < shortest.size()) shortest = std::move(initializer);
    }
    return shortest.empty() ? shortest : shortest + ")";
}

} // namespace

std::string skeleton_header(Type const& type, ComponentOptions const& options)
{
    Page page{nullptr};
    page.put("#pragma once\n#include \"", component_file(type, options), ".g.h\"\n\nnamespace ", type.name_space->cpp,
             "::implementation\n{\n    struct ", type.cpp_name);
    bool const is_static = type.default_interface.kind == TypeUse::Kind::Void;
    if (!is_static) page.put(" : ", type.cpp_name, "T<", type.cpp_name, ">");
    auto const initializer = base_initializer(type);
    page.put("\n    {\n        ", type.cpp_name, "()", initializer.empty() ? " = default;" : initializer + " {}",
             "\n\n");
    for (auto const& constructor : constructors_of(type))
        if (constructor.method != nullptr && constructor.method->parameters.size() > constructor.leave_out)
            page.put("        ", type.cpp_name, PlainParameters{*constructor.method, type, constructor.leave_out},
                     ";\n");
    for (auto const& member : members_of(type))
        page.put("        ", member.is_static ? "static " : "", ResultType{member.method, type}, " ",
                 member.method.name, PlainParameters{member.method, type}, constness(member), ";\n");
    page.put("    };\n}\n");
    if (has_factory(type))
        page.put("\nnamespace ", type.name_space->cpp, "::factory_implementation\n{\n    struct ", type.cpp_name, " : ",
                 type.cpp_name, "T<", type.cpp_name, ", implementation::", type.cpp_name, ">\n    {\n    };\n}\n");
    return page.text().take();
}

std::string skeleton_source(Type const& type, ComponentOptions const& options)
{
    Page page{nullptr};
    if (!options.precompiled_header.empty()) page.put("#include \"", options.precompiled_header, "\"\n");
    auto const file = component_file(type, options);
    page.put("#include \"", file, ".h\"\n#include \"", file, ".g.cpp\"\n\nnamespace ", type.name_space->cpp,
             "::implementation\n{\n");
    for (auto const& constructor : constructors_of(type))
        if (constructor.method != nullptr && constructor.method->parameters.size() > constructor.leave_out)
            page.put("    ", type.cpp_name, "::", type.cpp_name,
                     PlainParameters{*constructor.method, type, constructor.leave_out, true}, base_initializer(type),
                     "\n    {\n        throw winrt::hresult_not_implemented();\n    }\n");
    for (auto const& member : members_of(type)) {
        bool const quiet = !constness(member).empty();
        page.put("    ", ResultType{member.method, type}, " ", type.cpp_name, "::", member.method.name,
                 PlainParameters{member.method, type, 0, true}, constness(member), "\n    {\n        ",
                 quiet ? "" : "throw winrt::hresult_not_implemented();", "\n    }\n");
    }
    page.put("}\n");
    return page.text().take();
}

} // namespace latchkey::projection
