// SPDX-License-Identifier: MIT
#include "winmdtool/text.h"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

namespace latchkey::winmdtool {

using namespace winmd;

namespace {

constexpr unsigned kFirstInterfaceSlot = 6; // after IUnknown and IInspectable

struct ShownAttribute {
    std::string_view name;
    std::string_view text;
    bool only_types; // numbers and contracts after the interface are versions
};
// In the order in which they are shown.
constexpr std::array kShown{
    ShownAttribute{"ActivatableAttribute", "activatable", true},
    ShownAttribute{"StaticAttribute", "static", true},
    ShownAttribute{"ComposableAttribute", "composable", true},
    ShownAttribute{"ExclusiveToAttribute", "exclusiveto", false},
    ShownAttribute{"DefaultAttribute", "default", false},
    ShownAttribute{"OverridableAttribute", "overridable", false},
    ShownAttribute{"ProtectedAttribute", "protected", false},
    ShownAttribute{"MarshalingBehaviorAttribute", "marshaling_behavior", false},
    ShownAttribute{"ThreadingAttribute", "threading", false},
    ShownAttribute{"OverloadAttribute", "method_name", false},
    ShownAttribute{"DefaultOverloadAttribute", "default_overload", false},
    ShownAttribute{"LengthIsAttribute", "length_is", false},
    ShownAttribute{"RangeAttribute", "range", false},
};

std::string value_text(AttributeArgument const& argument)
{
    if (auto const type = argument.type_name()) return printable(*type);
    if (auto const text = argument.string()) return fmt::format("\"{}\"", printable(*text));
    if (auto const number = argument.integer()) return std::to_string(*number);
    if (auto const* flag = std::get_if<bool>(&argument.value)) return *flag ? "true" : "false";
    return "?";
}

std::string attribute_text(CustomAttribute attribute, ShownAttribute const& shown)
{
    auto const value = decode(attribute);
    if (!value) return fmt::format("{}(broken)", shown.text);
    std::string text;
    for (auto const& argument : value->fixed) {
        // A factory's interface comes first; what follows, or stands there instead, are versions and contracts.
        bool const composition = std::holds_alternative<AttributeEnum>(argument.value);
        if (shown.only_types && !composition && (&argument != value->fixed.data() || !argument.type_name())) break;
        if (!text.empty()) text += ", ";
        text += value_text(argument);
    }
    return text.empty() ? std::string{shown.text} : fmt::format("{}({})", shown.text, text);
}

std::string constant_text(EnumConstant const& constant)
{
    return constant.value < 0 || constant.value < 10 ? std::to_string(constant.value)
                                                     : fmt::format("{} /* {:#x} */", constant.value, constant.value);
}

std::string param_text(MethodParameter const& param, TypeDef where)
{
    auto type = type_text(param.signature->type, where);
    switch (param.passing) {
    case Passing::In:
        if (param.signature->by_ref) type = "ref const " + type;
        break;
    case Passing::Out:
        type = "out " + type;
        break;
    case Passing::InArray:
        break;
    case Passing::FillArray:
        type = "ref " + type;
        break;
    case Passing::ReceiveArray:
        type = "out " + type;
        break;
    }
    return param.name.empty() ? type : fmt::format("{} {}", type, printable(param.name));
}

std::string bracketed(std::vector<std::string> const& attributes)
{
    return attributes.empty() ? std::string{} : fmt::format("[{}] ", fmt::join(attributes, ", "));
}

std::string declared_name(TypeDef type)
{
    auto name = printable(type.name());
    auto const params = type.generic_params();
    if (params.empty()) return name;
    std::vector<std::string> names;
    for (auto const param : params)
        names.push_back(printable(param.name()));
    return fmt::format("{}<{}>", name.substr(0, name.find('`')), fmt::join(names, ", "));
}

void append_interfaces(std::string& out, TypeDef type, std::string_view word)
{
    for (auto const row : type.interfaces())
        out += fmt::format("        {} {}{};\n", word, bracketed(attribute_texts(row)),
                           type_text(signature_of(row.interface()), type));
}

void append_methods(std::string& out, TypeDef type, unsigned slot)
{
    for (auto const method : type.methods()) {
        auto const attributes = bracketed(attribute_texts(method));
        auto const text = method_text(method, type);
        if (slot != 0)
            out += fmt::format("        /* {:2} */ {}{};\n", slot++, attributes, text);
        else
            out += fmt::format("        {}{}{};\n", attributes, method.is_static() ? "static " : "", text);
    }
}

void append_properties_and_events(std::string& out, TypeDef type)
{
    for (auto const property : type.properties())
        out +=
            fmt::format("        property {} {} {{{}{} }}\n", type_text(property.signature().type.type, type),
                        printable(property.name()), property.getter() ? " get;" : "", property.setter() ? " set;" : "");
    for (auto const event : type.events())
        out +=
            fmt::format("        event {} {};\n", type_text(signature_of(event.type()), type), printable(event.name()));
}

void append_body(std::string& out, TypeDef type, Category kind)
{
    switch (kind) {
    case Category::Enum:
        for (auto const& constant : enum_constants(type))
            out += fmt::format("        {} = {},\n", printable(constant.name), constant_text(constant));
        return;
    case Category::Struct:
    case Category::Contract:
        for (auto const field : struct_fields(type))
            out += fmt::format("        {} {};\n", type_text(field.signature(), type), printable(field.name()));
        return;
    case Category::Interface:
        append_interfaces(out, type, "requires");
        append_methods(out, type, kFirstInterfaceSlot);
        break;
    case Category::Delegate:
        break;
    default:
        append_interfaces(out, type, "implements");
        append_methods(out, type, 0);
        for (auto const field : type.fields())
            out += fmt::format("        {} {};\n", type_text(field.signature(), type), printable(field.name()));
        break;
    }
    append_properties_and_events(out, type);
}

} // namespace

std::string printable(std::string_view text)
{
    std::string result;
    for (auto const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f)
            result += fmt::format("\\x{:02x}", byte);
        else
            result += c;
    }
    return result;
}

std::string type_text(TypeSignature const& type, TypeDef where)
{
    switch (type.kind) {
    case ElementType::Var: {
        auto const params = where ? where.generic_params() : Rows<GenericParam>{};
        return type.number < params.size() ? printable(params[type.number].name()) : fmt::format("!{}", type.number);
    }
    case ElementType::GenericInst: {
        std::vector<std::string> arguments;
        for (auto const& argument : type.arguments)
            arguments.push_back(type_text(argument, where));
        auto const name = printable(to_string(name_of(type.type)));
        return fmt::format("{}<{}>", name.substr(0, name.find('`')), fmt::join(arguments, ", "));
    }
    case ElementType::SzArray:
        return type_text(type.element(), where) + "[]";
    case ElementType::ValueType:
        if (name_of(type.type) == TypeName{"System", "Guid"}) return "Guid";
        [[fallthrough]];
    default:
        return printable(to_string(type));
    }
}

std::string method_text(MethodDef method, TypeDef where)
{
    auto const signature = method.signature();
    std::vector<std::string> params;
    for (auto const& param : parameters(method, signature))
        params.push_back(param_text(param, where));
    return fmt::format("{} {}({})",
                       signature.return_type.is_void() ? "void" : type_text(signature.return_type.type, where),
                       printable(method.name()), fmt::join(params, ", "));
}

std::vector<std::string> attribute_texts(HasCustomAttribute parent)
{
    std::vector<std::string> result;
    auto const attributes = attributes_of(parent);
    for (auto const& shown : kShown) {
        std::vector<std::string> same;
        for (auto const attribute : attributes)
            if (attribute.type_name() == TypeName{kMetadataNamespace, shown.name})
                same.push_back(attribute_text(attribute, shown));
        std::sort(same.begin(), same.end());
        result.insert(result.end(), same.begin(), same.end());
    }
    if (find_attribute(parent, "System", "FlagsAttribute")) result.emplace_back("flags");
    return result;
}

std::string describe(TypeDef type)
{
    auto const kind = category(type);
    std::string out = fmt::format("namespace {}\n{{\n", printable(type.name_space()));
    if (auto const iid = guid(type)) out += fmt::format("    [uuid({})]\n", to_string(*iid));
    for (auto const& attribute : attribute_texts(type))
        out += fmt::format("    [{}]\n", attribute);
    if (auto const version = api_version(type))
        out += fmt::format("    [{}({}{:#x})]\n", version->contract.empty() ? "version" : "contract",
                           version->contract.empty() ? std::string{} : printable(version->contract) + ", ",
                           version->version);
    std::string base;
    if (type.extends() && name_of(type.extends()).name_space != "System")
        base = " : " + type_text(signature_of(type.extends()), type);
    if (kind == Category::Enum) base = fmt::format(" : {}", fundamental_name(enum_underlying_type(type)));
    auto const word = kind == Category::Class && !type.is_sealed() ? "unsealed class" : to_string(kind);
    if (auto const invoke = invoke_method(type); kind == Category::Delegate && invoke) {
        auto const signature = method_text(invoke, type);
        auto const at = signature.find(" Invoke(");
        out += fmt::format("    delegate {} {}{}; // flags {:#x}\n}}\n", signature.substr(0, at), declared_name(type),
                           signature.substr(at + 7), type.flags());
        return out;
    }
    out += fmt::format("    {} {}{} // flags {:#x}\n    {{\n", word, declared_name(type), base, type.flags());
    append_body(out, type, kind);
    return out + "    }\n}\n";
}

} // namespace latchkey::winmdtool
