// SPDX-License-Identifier: MIT
// Attributes: what is known is checked, what becomes metadata is encoded.
#include "midl/expression.h"
#include "midl/resolver.h"
#include "midl/spelling.h"
#include "winmd/runtime_type.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include <fmt/format.h>

namespace latchkey::midl {

using winmd::AttributeBlob;
using winmd::ElementType;

namespace {

constexpr uint16_t bit(Target target)
{
    return static_cast<uint16_t>(target);
}

std::string places(uint16_t targets)
{
    std::string text;
    for (uint16_t i = 0; i < 16; ++i)
        if ((targets >> i & 1) != 0)
            text += (text.empty() ? "" : ", ") + std::string{to_string(static_cast<Target>(1 << i))};
    return text;
}

} // namespace

AttributeModel Resolver::marker(std::string_view type_name)
{
    return {&m_symbols.metadata_type(type_name), {}, AttributeBlob{}.bytes()};
}

std::optional<winmd::Guid> Resolver::guid(AttributeArgument const& argument)
{
    auto const value = winmd::parse_guid(argument.text);
    if (!value || argument.kind == AttributeArgument::Kind::Name) {
        m_diagnostics.error(argument.range, "this is not a UUID")
            .hint("write xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx in hexadecimal digits");
        return std::nullopt;
    }
    return value;
}

std::optional<std::string> Resolver::word(AttributeArgument const& argument)
{
    auto const is_name = [](std::string_view text) {
        bool valid = !text.empty() && !(text.front() >= '0' && text.front() <= '9');
        for (char const c : text)
            valid = valid && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                              c == '.');
        return valid;
    };
    bool const is_text =
        argument.kind == AttributeArgument::Kind::String || argument.kind == AttributeArgument::Kind::Name;
    if (is_text && is_name(argument.text)) return argument.text;
    m_diagnostics.error(argument.range, "expected a name");
    return std::nullopt;
}

std::optional<uint32_t> Resolver::version_number(AttributeArgument const& argument, bool is_contract)
{
    std::string_view const text = argument.text;
    auto const dot = text.find('.');
    auto const major = parse_integer(text.substr(0, dot));
    auto const minor = dot == std::string_view::npos ? std::optional<uint64_t>{0} : parse_integer(text.substr(dot + 1));
    bool const has_halves = is_contract || dot != std::string_view::npos;
    uint64_t const limit = has_halves ? 0xffff : 0xffffffff;
    // A contract's version is also written as it is stored.
    bool const is_stored =
        is_contract && dot == std::string_view::npos && major && *major > 0xffff && *major <= 0xffffffff;
    bool const valid = argument.kind == AttributeArgument::Kind::Number && major && minor &&
                       (is_stored || *major <= limit) && *minor <= 0xffff;
    if (!valid) {
        m_diagnostics.error(argument.range, "this is not a version").hint("write 1, 1.2 or 0x00010002");
        return std::nullopt;
    }
    if (is_stored || !has_halves) return static_cast<uint32_t>(*major);
    return static_cast<uint32_t>(*major << 16 | *minor);
}

ApiVersion Resolver::version(Attributes const& list, Scope const& scope, ApiVersion const& otherwise)
{
    ApiVersion result = otherwise;
    if (auto const* contract = find_attribute(list, "contract");
        contract != nullptr && contract->arguments.size() == 2) {
        auto const type = this->type(contract->arguments[0].type, scope, Use::Name);
        auto const number = version_number(contract->arguments[1], true);
        if (!type.is_error() && type.symbol != nullptr && type.symbol->kind == DeclarationKind::Contract && number)
            return {type.symbol, *number, true};
        if (!type.is_error())
            m_diagnostics.error(contract->arguments[0].range,
                                fmt::format("'{}' is not an apicontract", to_string(type)));
    }
    if (auto const* plain = find_attribute(list, "version"); plain != nullptr && plain->arguments.size() == 1)
        if (auto const number = version_number(plain->arguments[0], false)) result = {nullptr, *number, true};
    return result;
}

AttributeModel Resolver::version_attribute(ApiVersion const& version)
{
    if (version.contract != nullptr)
        return {&m_symbols.metadata_type("ContractVersionAttribute"),
                {Type::named(m_symbols.system_type()), Type::fundamental(ElementType::U4)},
                AttributeBlob{}.string(version.contract->full_name()).u4(version.version).bytes()};
    return {&m_symbols.metadata_type("VersionAttribute"),
            {Type::fundamental(ElementType::U4)},
            AttributeBlob{}.u4(version.version).bytes()};
}

bool Resolver::check_placement(Attribute const& attribute, KnownAttribute const& known, Target target)
{
    if ((known.targets & bit(target)) == 0) {
        m_diagnostics
            .error(attribute.range, fmt::format("'{}' has no meaning on {}", attribute.name, to_string(target)))
            .hint(fmt::format("it belongs on {}", places(known.targets)));
        return false;
    }
    auto const count = attribute.arguments.size();
    if (count >= known.min_arguments && count <= known.max_arguments) return true;
    auto& error = m_diagnostics.error(
        attribute.range, fmt::format("'{}' takes {} argument{}, not {}", attribute.name,
                                     known.min_arguments == known.max_arguments
                                         ? std::to_string(known.min_arguments)
                                         : fmt::format("{} to {}", known.min_arguments, known.max_arguments),
                                     known.max_arguments == 1 ? "" : "s", count));
    if (!known.usage.empty()) error.hint(fmt::format("write [{}]", known.usage));
    return false;
}

void Resolver::deprecated(Attribute const& attribute, Scope const& scope, AttributeModels& out)
{
    auto const& arguments = attribute.arguments;
    AttributeBlob blob;
    AttributeModel model{&m_symbols.metadata_type("DeprecatedAttribute"), {Type::fundamental(ElementType::String)}, {}};
    model.parameters.push_back(Type::named(m_symbols.metadata_type("DeprecationType", DeclarationKind::Enum)));
    model.parameters.push_back(Type::fundamental(ElementType::U4));
    bool const is_removal = arguments[1].text == "remove";
    if (arguments[0].kind != AttributeArgument::Kind::String || (!is_removal && arguments[1].text != "deprecate")) {
        m_diagnostics.error(attribute.range, "'deprecated' needs a text and 'deprecate' or 'remove'")
            .hint("write [deprecated(\"TEXT\", deprecate, 1)]");
        return;
    }
    blob.string(arguments[0].text).i4(is_removal ? 1 : 0);
    if (arguments.size() == 3) {
        auto const number = version_number(arguments[2], false);
        if (!number) return;
        blob.u4(*number);
    } else {
        // Both orders are in use: (…, contract, version) and (…, version, contract).
        bool const name_first = arguments[2].kind == AttributeArgument::Kind::Name;
        auto const contract = type(arguments[name_first ? 2 : 3].type, scope, Use::Name);
        auto const number = version_number(arguments[name_first ? 3 : 2], true);
        if (contract.is_error() || contract.symbol == nullptr || !number) return;
        blob.u4(*number).string(contract.symbol->full_name());
        model.parameters.push_back(Type::fundamental(ElementType::String));
    }
    model.value = blob.bytes();
    out.push_back(std::move(model));
}

void Resolver::known_attribute(Attribute const& attribute, KnownAttribute const& known, Target target,
                               Scope const& scope, AttributeModels& out)
{
    if (!check_placement(attribute, known, target)) return;
    if (!known.metadata.empty()) {
        out.push_back(marker(known.metadata));
    } else if (attribute.name == "deprecated") {
        deprecated(attribute, scope, out);
    } else if (attribute.name == "muse") {
        out.push_back(marker("MuseAttribute"));
    } else if (attribute.name == "default_overload") {
        out.push_back(marker("DefaultOverloadAttribute"));
    } else if (attribute.name == "bindable") {
        out.push_back({&m_symbols.external("Windows.UI.Xaml.Data", "BindableAttribute", DeclarationKind::Attribute,
                                           kWindowsAssembly),
                       {},
                       AttributeBlob{}.bytes()});
    } else if (attribute.name == "flags") {
        out.push_back({&m_symbols.external("System", "FlagsAttribute", DeclarationKind::Attribute, "mscorlib"),
                       {},
                       AttributeBlob{}.bytes()});
    }
}

AttributeModels Resolver::attributes(Attributes const& list, Target target, Scope const& scope)
{
    AttributeModels out;
    for (auto const& attribute : list) {
        if (auto const* known = find_known_attribute(attribute.name))
            known_attribute(attribute, *known, target, scope, out);
        else
            custom_attribute(attribute, scope, out);
    }
    // The version of a type is the caller's to write: it may be inherited or left out.
    bool const is_type = bit(target) <= bit(Target::Contract) || target == Target::Block;
    if (!is_type && target != Target::Base)
        if (auto const own = version(list, scope, {}); own.is_given) out.push_back(version_attribute(own));
    return out;
}

DataModel const& Resolver::attribute_shape(Symbol& symbol)
{
    auto& shape = m_attribute_shapes[&symbol];
    if (shape) return *shape;
    shape = std::make_unique<DataModel>();
    shape->symbol = &symbol;
    auto& out = *shape;
    if (symbol.declaration != nullptr) {
        auto const scope = scope_of(*symbol.declaration);
        for (auto const& member : symbol.declaration->members) {
            if (member.kind == Member::Kind::Field)
                out.fields.push_back(
                    {.name = std::string{member.name.text}, .type = type(member.type, scope, Use::Name)});
            else
                out.constructors.push_back({parameters(member.parameters, scope, Use::Name)});
        }
    } else if (symbol.referenced) {
        auto read = m_symbols.attribute_shape(symbol);
        out.fields = std::move(read.fields);
        out.constructors = std::move(read.constructors);
    }
    return out;
}

bool Resolver::encode_number(AttributeBlob& out, ElementType element, AttributeArgument const& argument)
{
    bool const is_negative = argument.text.starts_with('-');
    std::string_view const digits = std::string_view{argument.text}.substr(is_negative ? 1 : 0);
    if (element == ElementType::R4 || element == ElementType::R8) {
        double value = 0;
        auto const [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (failed != std::errc{} || end != digits.data() + digits.size()) return false;
        value = is_negative ? -value : value;
        if (element == ElementType::R8)
            out.r8(value);
        else
            out.r4(static_cast<float>(value));
        return true;
    }
    auto const magnitude = parse_integer(digits);
    if (!magnitude) return false;
    auto const in_range = [&](uint64_t highest, uint64_t lowest_magnitude) {
        return is_negative ? *magnitude <= lowest_magnitude : *magnitude <= highest;
    };
    auto const value = static_cast<int64_t>(is_negative ? 0 - *magnitude : *magnitude);
    switch (element) {
    case ElementType::U1:
        return in_range(0xff, 0) && (out.u1(static_cast<uint8_t>(value)), true);
    case ElementType::I2:
        return in_range(0x7fff, 0x8000) && (out.u2(static_cast<uint16_t>(value)), true);
    case ElementType::U2:
        return in_range(0xffff, 0) && (out.u2(static_cast<uint16_t>(value)), true);
    case ElementType::I4:
        return in_range(0x7fffffff, 0x80000000) && (out.i4(static_cast<int32_t>(value)), true);
    case ElementType::U4:
        return in_range(0xffffffff, 0) && (out.u4(static_cast<uint32_t>(value)), true);
    case ElementType::I8:
        return in_range(INT64_MAX, uint64_t{1} << 63) && (out.i8(value), true);
    case ElementType::U8:
        return in_range(UINT64_MAX, 0) && (out.u8(*magnitude), true);
    default:
        return false;
    }
}

bool Resolver::encode_enum(AttributeBlob& out, Symbol& symbol, AttributeArgument const& argument)
{
    if (argument.kind == AttributeArgument::Kind::Number) return encode_number(out, ElementType::I4, argument);
    if (argument.kind != AttributeArgument::Kind::Name) return false;
    auto const dot = argument.text.rfind('.');
    auto const name =
        dot == std::string::npos ? std::string_view{argument.text} : std::string_view{argument.text}.substr(dot + 1);
    auto const value = enumerator(symbol, name, argument.range);
    if (value) out.u4(static_cast<uint32_t>(*value));
    return true; // enumerator() has complained
}

bool Resolver::encode(AttributeBlob& out, Type const& type, AttributeArgument const& argument, Scope const& scope)
{
    using Kind = AttributeArgument::Kind;
    if (type.is_error() || type.is_array) return type.is_error();
    if (type.kind == Type::Kind::Named) {
        if (type.symbol->full_name() == "System.Type") {
            if (argument.kind == Kind::String) out.string(argument.text);
            if (argument.kind != Kind::Name) return argument.kind == Kind::String;
            auto const named = this->type(argument.type, scope, Use::Name);
            out.string(to_string(named));
            return true;
        }
        return type.symbol->kind == DeclarationKind::Enum && encode_enum(out, *type.symbol, argument);
    }
    switch (type.element) {
    case ElementType::String:
        if (argument.kind == Kind::String) out.string(argument.text);
        return argument.kind == Kind::String;
    case ElementType::Boolean: {
        bool const is_true = argument.text == "true" || argument.text == "1";
        if (!is_true && argument.text != "false" && argument.text != "0") return false;
        out.boolean(is_true);
        return argument.kind != Kind::String;
    }
    default:
        return argument.kind == Kind::Number && encode_number(out, type.element, argument);
    }
}

void Resolver::custom_attribute(Attribute const& attribute, Scope const& scope, AttributeModels& out)
{
    Symbol* const symbol = m_symbols.look_up_attribute(attribute.name, scope.name_space);
    if (symbol == nullptr) {
        auto& error = m_diagnostics.error(attribute.range, fmt::format("unknown attribute '{}'", attribute.name));
        Nearest search{attribute.name};
        for (auto const& known : known_attributes())
            search.offer(known.name);
        for (auto const* declared : m_symbols.declared())
            if (declared->kind == DeclarationKind::Attribute) search.offer(declared->name);
        if (auto const near = search.result())
            error.hint(fmt::format("did you mean '{}'?", *near));
        else
            error.hint("declare it with 'attribute', or give the .winmd that defines it with -r");
        return;
    }
    auto const& shape = attribute_shape(*symbol);
    std::vector<AttributeArgument const*> positional;
    std::vector<std::pair<FieldModel const*, AttributeArgument const*>> named;
    for (auto const& argument : attribute.arguments) {
        if (argument.name.text.empty()) {
            positional.push_back(&argument);
            continue;
        }
        auto const field = std::find_if(shape.fields.begin(), shape.fields.end(),
                                        [&](auto const& f) { return f.name == argument.name.text; });
        if (field == shape.fields.end()) {
            m_diagnostics.error(argument.name.range,
                                fmt::format("attribute '{}' has no field '{}'", attribute.name, argument.name.text));
            return;
        }
        named.emplace_back(&*field, &argument);
    }
    AttributeBlob blob;
    AttributeModel model{symbol, {}, {}};
    auto const constructor = std::find_if(shape.constructors.begin(), shape.constructors.end(),
                                          [&](auto const& c) { return c.parameters.size() == positional.size(); });
    auto const wrong = [&](AttributeArgument const& argument, Type const& wanted) {
        m_diagnostics.error(argument.range, fmt::format("attribute '{}' wants a value of type {} here", attribute.name,
                                                        to_string(wanted)));
    };
    // Without a constructor that fits, the values are those of the first fields.
    bool const has_plain_constructor =
        shape.constructors.empty() || std::any_of(shape.constructors.begin(), shape.constructors.end(),
                                                  [](auto const& c) { return c.parameters.empty(); });
    if (constructor != shape.constructors.end()) {
        for (std::size_t i = 0; i < positional.size(); ++i) {
            auto const& wanted = constructor->parameters[i].type;
            model.parameters.push_back(wanted);
            if (!encode(blob, wanted, *positional[i], scope)) return wrong(*positional[i], wanted);
        }
    } else if (has_plain_constructor && positional.size() <= shape.fields.size()) {
        for (std::size_t i = 0; i < positional.size(); ++i)
            named.emplace_back(&shape.fields[i], positional[i]);
    } else {
        m_diagnostics.error(attribute.range,
                            fmt::format("attribute '{}' cannot be made from {} argument{}", attribute.name,
                                        positional.size(), positional.size() == 1 ? "" : "s"));
        return;
    }
    for (auto const& [field, argument] : named) {
        bool const is_enum = field->type.kind == Type::Kind::Named && field->type.symbol->kind == DeclarationKind::Enum;
        auto const element = field->type.kind == Type::Kind::Fundamental ? field->type.element
                             : is_enum                                   ? ElementType::Enum
                                                                         : ElementType::SystemType;
        blob.named(true, element, field->name, is_enum ? field->type.symbol->full_name() : std::string{});
        if (!encode(blob, field->type, *argument, scope)) return wrong(*argument, field->type);
    }
    model.value = blob.bytes();
    out.push_back(std::move(model));
}

} // namespace latchkey::midl
