// SPDX-License-Identifier: MIT
#include "winmd/builder.h"
#include "winmd/heaps.h"

#include <algorithm>
#include <bit>
#include <iterator>

namespace latchkey::winmd {

AttributeBlob::AttributeBlob() = default;

void AttributeBlob::little_endian(uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; ++i)
        m_bytes.push_back(static_cast<uint8_t>(value >> (8 * i)));
    if (m_named == 0) m_fixed_size = m_bytes.size();
}

AttributeBlob& AttributeBlob::boolean(bool value)
{
    little_endian(value ? 1 : 0, 1);
    return *this;
}

AttributeBlob& AttributeBlob::u1(uint8_t value)
{
    little_endian(value, 1);
    return *this;
}

AttributeBlob& AttributeBlob::u2(uint16_t value)
{
    little_endian(value, 2);
    return *this;
}

AttributeBlob& AttributeBlob::u4(uint32_t value)
{
    little_endian(value, 4);
    return *this;
}

AttributeBlob& AttributeBlob::i4(int32_t value)
{
    little_endian(static_cast<uint32_t>(value), 4);
    return *this;
}

AttributeBlob& AttributeBlob::u8(uint64_t value)
{
    little_endian(value, 8);
    return *this;
}

AttributeBlob& AttributeBlob::i8(int64_t value)
{
    little_endian(static_cast<uint64_t>(value), 8);
    return *this;
}

AttributeBlob& AttributeBlob::r4(float value)
{
    little_endian(std::bit_cast<uint32_t>(value), 4);
    return *this;
}

AttributeBlob& AttributeBlob::r8(double value)
{
    little_endian(std::bit_cast<uint64_t>(value), 8);
    return *this;
}

AttributeBlob& AttributeBlob::character(char16_t value)
{
    little_endian(value, 2);
    return *this;
}

AttributeBlob& AttributeBlob::string(std::string_view value)
{
    append_compressed(m_bytes, static_cast<uint32_t>(value.size()));
    return raw({reinterpret_cast<uint8_t const*>(value.data()), value.size()});
}

AttributeBlob& AttributeBlob::null_string()
{
    little_endian(0xff, 1);
    return *this;
}

AttributeBlob& AttributeBlob::guid(Guid const& value)
{
    return raw(to_bytes(value)); // three numbers and eight bytes: the same as in memory
}

AttributeBlob& AttributeBlob::raw(std::span<uint8_t const> bytes)
{
    m_bytes.insert(m_bytes.end(), bytes.begin(), bytes.end());
    little_endian(0, 0);
    return *this;
}

AttributeBlob& AttributeBlob::named(bool is_field, ElementType type, std::string_view name, std::string_view enum_type)
{
    ++m_named;
    u1(static_cast<uint8_t>(is_field ? ElementType::AttributeField : ElementType::AttributeProperty));
    u1(static_cast<uint8_t>(type));
    if (type == ElementType::Enum) string(enum_type);
    return string(name);
}

std::vector<uint8_t> AttributeBlob::bytes() const
{
    auto const fixed_end = m_bytes.begin() + static_cast<std::ptrdiff_t>(m_fixed_size);
    std::vector<uint8_t> result;
    result.reserve(m_bytes.size() + 4);
    for (auto const byte : {uint8_t{1}, uint8_t{0}})
        result.push_back(byte);
    std::copy(m_bytes.begin(), fixed_end, std::back_inserter(result));
    for (auto const byte : {static_cast<uint8_t>(m_named), static_cast<uint8_t>(m_named >> 8)})
        result.push_back(byte);
    std::copy(fixed_end, m_bytes.end(), std::back_inserter(result));
    return result;
}

} // namespace latchkey::winmd
