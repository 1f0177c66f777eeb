// SPDX-License-Identifier: MIT
#include "winmd/attribute.h"

#include "winmd/limits.h"
#include "winmd/metadata.h"
#include "winmd/runtime_type.h"
#include "winmd/signature_decoder.h"

#include <bit>

#include <fmt/format.h>

namespace latchkey::winmd {

namespace {

constexpr uint8_t kNullString = 0xff;
constexpr uint32_t kNullArray = 0xffffffff;

// What kind of value comes next.
struct ValueType {
    ElementType kind = ElementType::Void;
    std::string enum_name;                    // Enum
    ElementType underlying = ElementType::I4; // Enum
    ElementType element = ElementType::Void;  // SzArray; the members above describe an element that is an enum
};

class ValueDecoder {
public:
    ValueDecoder(CustomAttribute attribute, Metadata const* metadata)
        : m_attribute{attribute}, m_metadata{metadata}, m_blob{attribute.value_blob()}
    {}

    tl::expected<AttributeArguments, std::string> decode();

private:
    ElementType underlying_type(TypeDef enumeration) const;
    ElementType underlying_type(TypeName name) const;
    ValueType value_type(TypeSignature const& type);
    ValueType field_or_property_type();
    AttributeArgument value(ValueType const& type, unsigned depth);
    AttributeArgument array(ValueType const& type, unsigned depth);
    AttributeValue scalar(ElementType kind);
    AttributeValue string();
    uint64_t little_endian(unsigned bytes);
    void named(AttributeArguments& result);

    CustomAttribute m_attribute;
    Metadata const* m_metadata;
    BlobCursor m_blob;
    uint32_t m_count = 0;
};

ElementType ValueDecoder::underlying_type(TypeDef enumeration) const
{
    auto const type = enumeration ? enum_underlying_type(enumeration) : ElementType::Void;
    return type == ElementType::Void ? ElementType::I4 : type;
}

ElementType ValueDecoder::underlying_type(TypeName name) const
{
    return underlying_type(m_metadata ? m_metadata->find(name) : TypeDef{});
}

ValueType ValueDecoder::value_type(TypeSignature const& type)
{
    ValueType result;
    result.kind = type.kind;
    if (type.kind == ElementType::SzArray) {
        result = value_type(type.element());
        result.element = result.kind;
        result.kind = ElementType::SzArray;
        if (result.element == ElementType::SzArray) m_blob.fail("arrays of arrays cannot be attribute arguments");
    } else if (type.kind == ElementType::ValueType) {
        result.kind = ElementType::Enum;
        result.enum_name = to_string(name_of(type.type));
        if (type.type.is<TypeDef>())
            result.underlying = underlying_type(type.type.as<TypeDef>());
        else
            result.underlying = underlying_type(m_metadata ? m_metadata->resolve(type.type) : TypeDef{});
    } else if (type.kind == ElementType::Class) {
        result.kind = ElementType::SystemType;
        if (name_of(type.type) != TypeName{"System", "Type"}) m_blob.fail("a class other than System.Type is wanted");
    } else if (type.kind == ElementType::Object) {
        result.kind = ElementType::BoxedObject;
    }
    return result;
}

ValueType ValueDecoder::field_or_property_type()
{
    ValueType result;
    result.kind = static_cast<ElementType>(m_blob.byte());
    if (result.kind == ElementType::SzArray) {
        result = field_or_property_type();
        result.element = result.kind;
        result.kind = ElementType::SzArray;
        if (result.element == ElementType::SzArray) m_blob.fail("arrays of arrays cannot be attribute arguments");
    } else if (result.kind == ElementType::Enum) {
        auto const name = string();
        if (auto const* text = std::get_if<std::string_view>(&name)) {
            auto const full = text->substr(0, text->find(','));
            auto const dot = full.rfind('.');
            result.enum_name = full;
            result.underlying = dot == std::string_view::npos
                                    ? underlying_type(TypeName{{}, full})
                                    : underlying_type(TypeName{full.substr(0, dot), full.substr(dot + 1)});
        }
    }
    return result;
}

uint64_t ValueDecoder::little_endian(unsigned bytes)
{
    uint64_t result = 0;
    for (unsigned i = 0; i < bytes; ++i)
        result |= uint64_t{m_blob.byte()} << (8 * i);
    return result;
}

AttributeValue ValueDecoder::string()
{
    if (m_blob.left() != 0 && m_blob.peek() == kNullString) {
        m_blob.skip();
        return std::monostate{};
    }
    auto const bytes = m_blob.take(m_blob.compressed());
    return std::string_view{reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

AttributeValue ValueDecoder::scalar(ElementType kind)
{
    switch (kind) {
    case ElementType::Boolean:
        return little_endian(1) != 0;
    case ElementType::Char:
        return static_cast<char16_t>(little_endian(2));
    case ElementType::I1:
        return static_cast<int8_t>(little_endian(1));
    case ElementType::U1:
        return static_cast<uint8_t>(little_endian(1));
    case ElementType::I2:
        return static_cast<int16_t>(little_endian(2));
    case ElementType::U2:
        return static_cast<uint16_t>(little_endian(2));
    case ElementType::I4:
        return static_cast<int32_t>(little_endian(4));
    case ElementType::U4:
        return static_cast<uint32_t>(little_endian(4));
    case ElementType::I8:
        return static_cast<int64_t>(little_endian(8));
    case ElementType::U8:
        return little_endian(8);
    case ElementType::R4:
        return std::bit_cast<float>(static_cast<uint32_t>(little_endian(4)));
    case ElementType::R8:
        return std::bit_cast<double>(little_endian(8));
    case ElementType::String:
        return string();
    default:
        m_blob.fail("a parameter's type is not one that attributes can have");
        return std::monostate{};
    }
}

AttributeArgument ValueDecoder::array(ValueType const& type, unsigned depth)
{
    auto const count = static_cast<uint32_t>(little_endian(4));
    if (count == kNullArray) return {};
    if (count > m_blob.left() || count > kMaxAttributeArguments) {
        m_blob.fail("an array announces more elements than the blob has bytes");
        return {};
    }
    auto element = type;
    element.kind = type.element;
    AttributeArray result;
    for (uint32_t i = 0; i < count && m_blob.ok(); ++i)
        result.elements.push_back(value(element, depth + 1));
    return {std::move(result)};
}

AttributeArgument ValueDecoder::value(ValueType const& type, unsigned depth)
{
    if (depth > kMaxSignatureDepth || ++m_count > kMaxAttributeArguments) {
        m_blob.fail("it has too many or too deeply nested values");
        return {};
    }
    switch (type.kind) {
    case ElementType::SzArray:
        return array(type, depth);
    case ElementType::Enum: {
        auto const number = AttributeArgument{scalar(type.underlying)}.integer();
        return {AttributeEnum{type.enum_name, number.value_or(0)}};
    }
    case ElementType::SystemType: {
        auto const name = string();
        if (auto const* text = std::get_if<std::string_view>(&name)) return {AttributeTypeName{*text}};
        return {};
    }
    case ElementType::BoxedObject:
        return value(field_or_property_type(), depth + 1);
    default:
        return {scalar(type.kind)};
    }
}

void ValueDecoder::named(AttributeArguments& result)
{
    auto const count = static_cast<uint32_t>(little_endian(2));
    for (uint32_t i = 0; i < count && m_blob.ok(); ++i) {
        NamedAttributeArgument argument;
        auto const kind = static_cast<ElementType>(m_blob.byte());
        argument.is_field = kind == ElementType::AttributeField;
        if (!argument.is_field && kind != ElementType::AttributeProperty) {
            m_blob.fail("a named argument is neither a field nor a property");
            return;
        }
        auto const type = field_or_property_type();
        auto const name = string();
        if (auto const* text = std::get_if<std::string_view>(&name)) argument.name = *text;
        argument.argument = value(type, 0);
        result.named.push_back(std::move(argument));
    }
}

tl::expected<AttributeArguments, std::string> ValueDecoder::decode()
{
    AttributeArguments result;
    auto const signature = m_attribute.constructor_signature();
    if (m_blob.left() == 0 && signature.params.empty()) return result;
    if (little_endian(2) != 1) m_blob.fail("it does not begin with 0001");
    for (auto const& param : signature.params) {
        if (!m_blob.ok()) break;
        auto const type = value_type(param.type);
        if (m_blob.ok()) result.fixed.push_back(value(type, 0));
    }
    if (m_blob.ok()) named(result);
    if (!m_blob.ok()) return tl::unexpected(std::string{m_blob.error()});
    return result;
}

} // namespace

std::optional<int64_t> AttributeArgument::integer() const
{
    return std::visit(
        [](auto const& found) -> std::optional<int64_t> {
            using T = std::decay_t<decltype(found)>;
            if constexpr (std::is_same_v<T, AttributeEnum>) {
                return found.value;
            } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
                return static_cast<int64_t>(found);
            } else {
                return std::nullopt;
            }
        },
        value);
}

std::optional<std::string_view> AttributeArgument::string() const
{
    auto const* text = std::get_if<std::string_view>(&value);
    return text ? std::optional{*text} : std::nullopt;
}

std::optional<std::string_view> AttributeArgument::type_name() const
{
    auto const* type = std::get_if<AttributeTypeName>(&value);
    return type ? std::optional{type->name()} : std::nullopt;
}

tl::expected<AttributeArguments, ReadError> decode(CustomAttribute attribute, Metadata const* metadata)
{
    auto result = ValueDecoder{attribute, metadata}.decode();
    if (!result) {
        return tl::unexpected(ReadError{
            attribute.file().path(), TableId::CustomAttribute, attribute.row(),
            fmt::format("the value of its {} is broken: {}", to_string(attribute.type_name()), result.error())});
    }
    return std::move(*result);
}

CustomAttribute find_attribute(HasCustomAttribute parent, std::string_view name_space, std::string_view name)
{
    for (auto const attribute : attributes_of(parent))
        if (attribute.type_name() == TypeName{name_space, name}) return attribute;
    return {};
}

bool has_metadata_attribute(HasCustomAttribute parent, std::string_view name)
{
    return static_cast<bool>(find_attribute(parent, kMetadataNamespace, name));
}

} // namespace latchkey::winmd
