// SPDX-License-Identifier: MIT
#include "winmd/runtime_type.h"

#include "winmd/limits.h"

#include <algorithm>

namespace latchkey::winmd {

namespace {

bool extends(TypeDef type, std::string_view name)
{
    auto const base = type.extends();
    return base && name_of(base) == TypeName{"System", name};
}

std::optional<AttributeArguments> arguments_of(HasCustomAttribute parent, std::string_view attribute)
{
    auto const found = find_attribute(parent, kMetadataNamespace, attribute);
    if (!found) return std::nullopt;
    auto arguments = decode(found);
    if (!arguments) return std::nullopt;
    return std::move(*arguments);
}

std::optional<FactoryKind> factory_kind(TypeName const& name)
{
    if (name.name_space != kMetadataNamespace) return std::nullopt;
    if (name.name == "ActivatableAttribute") return FactoryKind::Activatable;
    if (name.name == "StaticAttribute") return FactoryKind::Static;
    if (name.name == "ComposableAttribute") return FactoryKind::Composable;
    return std::nullopt;
}

Factory read_factory(FactoryKind kind, CustomAttribute attribute)
{
    Factory factory;
    factory.kind = kind;
    factory.attribute = attribute;
    auto const arguments = decode(attribute);
    if (!arguments) return factory;
    bool first_number = true;
    for (auto const& argument : arguments->fixed) {
        if (auto const type = argument.type_name()) {
            factory.interface = *type;
        } else if (auto const* choice = std::get_if<AttributeEnum>(&argument.value);
                   choice && kind == FactoryKind::Composable && choice->type.ends_with("CompositionType")) {
            factory.is_public = choice->value == 2;
        } else if (auto const number = argument.integer(); number && first_number) {
            factory.version = static_cast<uint32_t>(*number);
            first_number = false;
        }
    }
    // (…, UInt32 version, Type contract) counts versions of the contract, not of Windows.
    return factory;
}

int64_t as_integer(ConstantValue const& value)
{
    return std::visit(
        [](auto const& found) -> int64_t {
            using T = std::decay_t<decltype(found)>;
            if constexpr (std::is_integral_v<T>)
                return static_cast<int64_t>(found);
            else
                return 0;
        },
        value);
}

std::size_t node_count(TypeSignature const& signature)
{
    std::size_t result = 1;
    for (auto const& argument : signature.arguments)
        result += node_count(argument);
    return result;
}

Passing passing_of(ParamSignature const& signature, Param row)
{
    bool const out = row && (row.flags() & param_flags::kOut) != 0 && (row.flags() & param_flags::kIn) == 0;
    if (signature.type.kind == ElementType::SzArray) {
        if (signature.by_ref) return Passing::ReceiveArray;
        return out ? Passing::FillArray : Passing::InArray;
    }
    if (!signature.by_ref) return Passing::In;
    // `ref const T` is by reference but goes in.
    return !out && signature.has_modifier("System.Runtime.CompilerServices", "IsConst") ? Passing::In : Passing::Out;
}

} // namespace

Category category(TypeDef type)
{
    if (type.is_interface()) return Category::Interface;
    if (extends(type, "Enum")) return Category::Enum;
    if (extends(type, "ValueType"))
        return has_metadata_attribute(type, "ApiContractAttribute") ? Category::Contract : Category::Struct;
    if (extends(type, "MulticastDelegate") || extends(type, "Delegate")) return Category::Delegate;
    if (extends(type, "Attribute")) return Category::Attribute;
    auto constexpr kStatic = type_flags::kAbstract | type_flags::kSealed;
    return (type.flags() & kStatic) == kStatic ? Category::StaticClass : Category::Class;
}

std::string_view to_string(Category category)
{
    switch (category) {
    case Category::Interface:
        return "interface";
    case Category::Class:
        return "class";
    case Category::StaticClass:
        return "static class";
    case Category::Enum:
        return "enum";
    case Category::Struct:
        return "struct";
    case Category::Delegate:
        return "delegate";
    case Category::Attribute:
        return "attribute";
    case Category::Contract:
        return "contract";
    }
    return "type";
}

std::optional<Guid> guid(TypeDef type)
{
    auto const arguments = arguments_of(type, "GuidAttribute");
    if (!arguments) {
        // Managed compilers write System.Runtime.InteropServices.GuidAttribute with the text.
        auto const managed = find_attribute(type, "System.Runtime.InteropServices", "GuidAttribute");
        auto const decoded = managed ? decode(managed) : tl::unexpected(ReadError{});
        if (!decoded || decoded->fixed.size() != 1 || !decoded->fixed[0].string()) return std::nullopt;
        return parse_guid(*decoded->fixed[0].string());
    }
    auto const& fixed = arguments->fixed;
    if (fixed.size() != 11) return std::nullopt;
    std::array<uint64_t, 11> numbers{};
    for (std::size_t i = 0; i < fixed.size(); ++i) {
        auto const number = fixed[i].integer();
        if (!number) return std::nullopt;
        numbers[i] = static_cast<uint64_t>(*number);
    }
    Guid result{
        static_cast<uint32_t>(numbers[0]), static_cast<uint16_t>(numbers[1]), static_cast<uint16_t>(numbers[2]), {}};
    for (std::size_t i = 0; i < 8; ++i)
        result.data4[i] = static_cast<uint8_t>(numbers[3 + i]);
    return result;
}

InterfaceImpl default_interface(TypeDef runtime_class)
{
    for (auto const implemented : runtime_class.interfaces())
        if (has_metadata_attribute(implemented, "DefaultAttribute")) return implemented;
    return {};
}

std::string_view exclusive_to(TypeDef interface)
{
    auto const arguments = arguments_of(interface, "ExclusiveToAttribute");
    if (!arguments || arguments->fixed.empty()) return {};
    return arguments->fixed[0].type_name().value_or(std::string_view{});
}

bool is_exclusive(TypeDef interface)
{
    return has_metadata_attribute(interface, "ExclusiveToAttribute");
}

std::vector<Factory> factories(TypeDef runtime_class)
{
    std::vector<Factory> result;
    for (auto const attribute : runtime_class.attributes())
        if (auto const kind = factory_kind(attribute.type_name())) result.push_back(read_factory(*kind, attribute));
    return result;
}

std::vector<EnumConstant> enum_constants(TypeDef enumeration)
{
    std::vector<EnumConstant> result;
    for (auto const field : enumeration.fields()) {
        if ((field.flags() & field_flags::kLiteral) == 0) continue;
        auto const constant = field.constant();
        if (constant) result.push_back({field.name(), as_integer(constant.value()), field});
    }
    return result;
}

ElementType enum_underlying_type(TypeDef enumeration)
{
    if (!extends(enumeration, "Enum")) return ElementType::Void;
    for (auto const field : enumeration.fields())
        if ((field.flags() & field_flags::kStatic) == 0) return field.signature().kind;
    return ElementType::Void;
}

bool is_flags_enum(TypeDef enumeration)
{
    return static_cast<bool>(find_attribute(enumeration, "System", "FlagsAttribute"));
}

std::vector<Field> struct_fields(TypeDef structure)
{
    std::vector<Field> result;
    for (auto const field : structure.fields())
        if ((field.flags() & field_flags::kStatic) == 0) result.push_back(field);
    return result;
}

std::vector<MethodParameter> parameters(MethodDef method, MethodSignature const& signature)
{
    std::vector<MethodParameter> result(signature.params.size());
    for (auto const row : method.params()) {
        if (row.sequence() == 0 || row.sequence() > result.size()) continue;
        result[row.sequence() - 1u].row = row;
        result[row.sequence() - 1u].name = row.name();
    }
    for (std::size_t i = 0; i < result.size(); ++i) {
        result[i].signature = &signature.params[i];
        result[i].passing = passing_of(signature.params[i], result[i].row);
    }
    return result;
}

Param return_param(MethodDef method)
{
    for (auto const row : method.params())
        if (row.sequence() == 0) return row;
    return {};
}

MethodDef invoke_method(TypeDef delegate)
{
    for (auto const method : delegate.methods())
        if (method.name() == "Invoke") return method;
    return {};
}

std::string_view abi_name(MethodDef method)
{
    auto const arguments = arguments_of(method, "OverloadAttribute");
    if (!arguments || arguments->fixed.empty()) return method.name();
    return arguments->fixed[0].string().value_or(method.name());
}

bool is_default_overload(MethodDef method)
{
    return has_metadata_attribute(method, "DefaultOverloadAttribute");
}

std::optional<ApiVersion> api_version(HasCustomAttribute parent)
{
    if (auto const arguments = arguments_of(parent, "ContractVersionAttribute")) {
        ApiVersion result;
        for (auto const& argument : arguments->fixed) {
            if (auto const type = argument.type_name()) result.contract = *type;
            if (auto const text = argument.string()) result.contract = *text;
            if (auto const number = argument.integer()) result.version = static_cast<uint32_t>(*number);
        }
        return result;
    }
    if (auto const arguments = arguments_of(parent, "VersionAttribute"); arguments && !arguments->fixed.empty())
        return ApiVersion{{}, static_cast<uint32_t>(arguments->fixed[0].integer().value_or(0))};
    return std::nullopt;
}

bool is_deprecated(HasCustomAttribute parent)
{
    return has_metadata_attribute(parent, "DeprecatedAttribute");
}

std::string_view deprecation_message(HasCustomAttribute parent)
{
    auto const arguments = arguments_of(parent, "DeprecatedAttribute");
    if (!arguments || arguments->fixed.empty()) return {};
    return arguments->fixed[0].string().value_or(std::string_view{});
}

TypeDef base_class(TypeDef runtime_class, Metadata const& metadata)
{
    auto const base = runtime_class.extends();
    if (!base || name_of(base).name_space == "System") return {};
    return metadata.resolve(base);
}

TypeSignature substitute(TypeSignature const& signature, std::span<TypeSignature const> arguments)
{
    if (signature.kind == ElementType::Var && signature.number < arguments.size()) return arguments[signature.number];
    auto result = signature;
    for (auto& argument : result.arguments)
        argument = substitute(argument, arguments);
    return result;
}

std::vector<TypeSignature> required_interfaces(TypeDef type, Metadata const& metadata)
{
    // Generics that require ever larger instances of themselves would never end.
    constexpr std::size_t kMaxInterfaces = 512;
    constexpr std::size_t kMaxNodes = 1024;
    std::vector<TypeSignature> result;
    auto take = [&](TypeDef from, std::span<TypeSignature const> arguments) {
        for (auto const row : from.interfaces()) {
            if (result.size() >= kMaxInterfaces) return;
            auto required = substitute(signature_of(row.interface()), arguments);
            if (node_count(required) > kMaxNodes) continue;
            if (std::find(result.begin(), result.end(), required) == result.end())
                result.push_back(std::move(required));
        }
    };
    take(type, {});
    for (std::size_t i = 0; i < result.size(); ++i) {
        auto const arguments = result[i].arguments; // result grows
        if (auto const definition = metadata.resolve(result[i].type)) take(definition, arguments);
    }
    return result;
}

} // namespace latchkey::winmd
