// SPDX-License-Identifier: MIT
#include "winmd/signature.h"

#include "winmd/signature_decoder.h"

#include <fmt/format.h>

namespace latchkey::winmd {

namespace {

template <typename T>
tl::expected<T, std::string> decoded(SignatureDecoder& decoder, bool good, T result)
{
    if (!good) return tl::unexpected(std::string{decoder.error()});
    return result;
}

} // namespace

bool TypeSignature::operator==(TypeSignature const& other) const
{
    if (kind != other.kind || number != other.number || arguments.size() != other.arguments.size()) return false;
    if (is_value_type != other.is_value_type || static_cast<bool>(type) != static_cast<bool>(other.type)) return false;
    if (type && name_of(type) != name_of(other.type)) return false;
    return arguments == other.arguments;
}

bool ParamSignature::has_modifier(std::string_view name_space, std::string_view name) const
{
    for (auto const& modifier : modifiers)
        if (name_of(modifier.type) == TypeName{name_space, name}) return true;
    return false;
}

std::string_view fundamental_name(ElementType type)
{
    switch (type) {
    case ElementType::Void:
        return "Void";
    case ElementType::Boolean:
        return "Boolean";
    case ElementType::Char:
        return "Char";
    case ElementType::I1:
        return "Int8";
    case ElementType::U1:
        return "UInt8";
    case ElementType::I2:
        return "Int16";
    case ElementType::U2:
        return "UInt16";
    case ElementType::I4:
        return "Int32";
    case ElementType::U4:
        return "UInt32";
    case ElementType::I8:
        return "Int64";
    case ElementType::U8:
        return "UInt64";
    case ElementType::R4:
        return "Single";
    case ElementType::R8:
        return "Double";
    case ElementType::String:
        return "String";
    case ElementType::Object:
        return "Object";
    case ElementType::I:
        return "IntPtr";
    case ElementType::U:
        return "UIntPtr";
    case ElementType::TypedByRef:
        return "TypedReference";
    default:
        return {};
    }
}

std::string to_string(TypeSignature const& signature)
{
    switch (signature.kind) {
    case ElementType::Class:
    case ElementType::ValueType:
        return to_string(name_of(signature.type));
    case ElementType::GenericInst: {
        auto text = to_string(name_of(signature.type));
        char const* separator = "<";
        for (auto const& argument : signature.arguments) {
            text.append(separator).append(to_string(argument));
            separator = ", ";
        }
        return text + ">";
    }
    case ElementType::Var:
        return fmt::format("!{}", signature.number);
    case ElementType::MVar:
        return fmt::format("!!{}", signature.number);
    case ElementType::SzArray:
        return to_string(signature.element()) + "[]";
    case ElementType::Ptr:
        return to_string(signature.element()) + "*";
    case ElementType::Array:
        return fmt::format("{}[rank {}]", to_string(signature.element()), signature.number);
    case ElementType::FnPtr:
        return "method pointer";
    default:
        return std::string{fundamental_name(signature.kind)};
    }
}

TypeSignature signature_of(TypeDefOrRef type)
{
    if (type.is<TypeSpec>()) return type.as<TypeSpec>().signature();
    TypeSignature result;
    result.kind = ElementType::Class;
    result.type = type;
    return result;
}

std::string to_string(TypeDefOrRef type)
{
    return type.is<TypeSpec>() ? to_string(type.as<TypeSpec>().signature()) : to_string(name_of(type));
}

tl::expected<MethodSignature, std::string> decode_method_signature(File const& file, std::span<uint8_t const> blob)
{
    MethodSignature result;
    SignatureDecoder decoder{file, blob};
    bool const good = decoder.method(&result);
    return decoded(decoder, good, std::move(result));
}

tl::expected<TypeSignature, std::string> decode_field_signature(File const& file, std::span<uint8_t const> blob)
{
    TypeSignature result;
    SignatureDecoder decoder{file, blob};
    bool const good = decoder.field(&result);
    return decoded(decoder, good, std::move(result));
}

tl::expected<PropertySignature, std::string> decode_property_signature(File const& file, std::span<uint8_t const> blob)
{
    PropertySignature result;
    SignatureDecoder decoder{file, blob};
    bool const good = decoder.property(&result);
    return decoded(decoder, good, std::move(result));
}

tl::expected<TypeSignature, std::string> decode_type_spec(File const& file, std::span<uint8_t const> blob)
{
    TypeSignature result;
    SignatureDecoder decoder{file, blob};
    bool const good = decoder.type_spec(&result);
    return decoded(decoder, good, std::move(result));
}

} // namespace latchkey::winmd
