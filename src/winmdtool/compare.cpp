// SPDX-License-Identifier: MIT
#include "winmdtool/compare.h"

#include "winmdtool/text.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

namespace latchkey::winmdtool {

using namespace winmd;

namespace {

// One part of a type: what it is, and its text.
struct Part {
    std::string what;
    std::string text;
};

std::string param_flags_text(MethodDef method, MethodSignature const& signature)
{
    std::string text;
    for (auto const& param : parameters(method, signature))
        text += fmt::format(" {:#x}", param.row ? param.row.flags() : 0);
    return text;
}

std::string with_attributes(std::string text, HasCustomAttribute parent)
{
    auto const attributes = attribute_texts(parent);
    return attributes.empty() ? text : fmt::format("[{}] {}", fmt::join(attributes, ", "), text);
}

// Methods go by the name that they have in the ABI, so that one more or less is one difference; where they stand is
// compared by in_order().
void add_methods(std::vector<Part>& parts, TypeDef type)
{
    std::map<std::string, unsigned> seen;
    for (auto const method : type.methods()) {
        auto const signature = method.signature();
        auto name = fmt::format("method {}", printable(abi_name(method)));
        if (auto const number = ++seen[name]; number > 1) name += fmt::format(" ({})", number);
        parts.push_back(
            {name, with_attributes(fmt::format("{} (flags {:#x}, parameter flags{})", method_text(method, type),
                                               method.flags(), param_flags_text(method, signature)),
                                   method)});
    }
}

void add_fields(std::vector<Part>& parts, TypeDef type)
{
    if (category(type) == Category::Enum) {
        parts.push_back({"underlying type", std::string{fundamental_name(enum_underlying_type(type))}});
        for (auto const& constant : enum_constants(type))
            parts.push_back({fmt::format("value {}", printable(constant.name)), std::to_string(constant.value)});
        return;
    }
    for (auto const field : type.fields())
        parts.push_back({fmt::format("field {}", printable(field.name())),
                         fmt::format("{} (flags {:#x})", type_text(field.signature(), type), field.flags())});
}

std::vector<Part> parts_of(TypeDef type)
{
    std::vector<Part> parts;
    parts.push_back({"kind", std::string{to_string(category(type))}});
    parts.push_back({"flags", fmt::format("{:#x}", type.flags())});
    if (type.extends()) parts.push_back({"extends", type_text(signature_of(type.extends()), type)});
    if (auto const iid = guid(type)) parts.push_back({"uuid", to_string(*iid)});
    for (auto const param : type.generic_params())
        parts.push_back({fmt::format("type parameter {}", param.number()), printable(param.name())});
    parts.push_back({"attributes", fmt::format("{}", fmt::join(attribute_texts(type), ", "))});
    for (auto const row : type.interfaces()) {
        auto const name = type_text(signature_of(row.interface()), type);
        parts.push_back({"interface " + name, with_attributes(name, row)});
    }
    add_methods(parts, type);
    add_fields(parts, type);
    for (auto const property : type.properties())
        parts.push_back({"property " + printable(property.name()),
                         fmt::format("{}{}{}", type_text(property.signature().type.type, type),
                                     property.getter() ? " get" : "", property.setter() ? " set" : "")});
    for (auto const event : type.events())
        parts.push_back({"event " + printable(event.name()), type_text(signature_of(event.type()), type)});
    return parts;
}

// The interfaces, or the methods and fields, among these parts that the other side has too, in order.
std::string in_order(std::vector<Part> const& parts, std::vector<Part> const& others, bool of_interfaces)
{
    std::set<std::string_view> known;
    for (auto const& part : others)
        known.insert(part.what);
    std::vector<std::string_view> names;
    auto const is_wanted = [&](std::string_view what) {
        if (of_interfaces) return what.starts_with("interface ");
        return what.starts_with("method ") || what.starts_with("field ");
    };
    for (auto const& part : parts)
        if (is_wanted(part.what) && known.contains(part.what))
            names.push_back(std::string_view{part.what}.substr(part.what.find(' ') + 1));
    return fmt::format("{}", fmt::join(names, ", "));
}

} // namespace

std::vector<Difference> compare(TypeDef left, TypeDef right)
{
    auto const name = printable(to_string(left.full_name()));
    auto const ours = parts_of(left);
    auto const theirs = parts_of(right);
    std::map<std::string_view, std::string_view> rest;
    for (auto const& part : theirs)
        rest.emplace(part.what, part.text);
    std::vector<Difference> result;
    for (auto const& part : ours) {
        auto const found = rest.find(part.what);
        if (found == rest.end()) {
            result.push_back({name, part.what, part.text, {}});
            continue;
        }
        if (found->second != part.text) result.push_back({name, part.what, part.text, std::string{found->second}});
        rest.erase(found);
    }
    for (auto const& part : theirs)
        if (rest.contains(part.what)) result.push_back({name, part.what, {}, part.text});
    for (bool const of_interfaces : {true, false}) {
        auto our_order = in_order(ours, theirs, of_interfaces);
        auto their_order = in_order(theirs, ours, of_interfaces);
        if (our_order != their_order)
            result.push_back(
                {name, of_interfaces ? "order of interfaces" : "order", std::move(our_order), std::move(their_order)});
    }
    return result;
}

Comparison compare(Metadata const& left, Metadata const& right)
{
    Comparison result;
    for (auto const& [name, types] : left.namespaces()) {
        for (auto const type : types) {
            auto const other = right.find(type.full_name());
            if (!other) {
                ++result.left_only;
                continue;
            }
            ++result.common;
            auto found = compare(type, other);
            std::move(found.begin(), found.end(), std::back_inserter(result.differences));
        }
    }
    for (auto const& [name, types] : right.namespaces())
        result.right_only += static_cast<std::size_t>(
            std::count_if(types.begin(), types.end(), [&](TypeDef type) { return !left.find(type.full_name()); }));
    return result;
}

} // namespace latchkey::winmdtool
