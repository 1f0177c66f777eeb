// SPDX-License-Identifier: MIT
#include "taskhost/message.h"

#include <bit>
#include <cstring>

static_assert(std::endian::native == std::endian::little, "numbers are copied as they lie in memory");

namespace latchkey::taskhost {

MessageReader::MessageReader(std::string_view message) : m_left(message)
{
    m_kind = number();
    std::uint32_t const size = number();
    if (size != message.size()) m_failed = true;
}

std::string_view MessageReader::take(std::size_t size)
{
    if (m_failed || size > m_left.size()) {
        m_failed = true;
        return {};
    }
    std::string_view const taken = m_left.substr(0, size);
    m_left.remove_prefix(size);
    return taken;
}

std::uint32_t MessageReader::number()
{
    std::uint32_t value = 0;
    std::string_view const raw = take(sizeof value);
    if (!raw.empty()) std::memcpy(&value, raw.data(), sizeof value);
    return value;
}

LatchkeyGuid MessageReader::guid()
{
    LatchkeyGuid value{};
    std::string_view const raw = take(sizeof value);
    if (!raw.empty()) std::memcpy(&value, raw.data(), sizeof value);
    return value;
}

std::string MessageReader::text()
{
    std::uint32_t const size = number();
    if (size > LATCHKEY_HOST_STRING_MAX) m_failed = true;
    return std::string(take(size));
}

std::string_view MessageReader::bytes()
{
    return take(number());
}

MessageWriter::MessageWriter(std::uint32_t kind)
{
    number(kind).number(0);
}

MessageWriter& MessageWriter::number(std::uint32_t value)
{
    m_message.append(reinterpret_cast<char const*>(&value), sizeof value);
    return *this;
}

MessageWriter& MessageWriter::text(std::string_view value)
{
    if (value.size() > LATCHKEY_HOST_STRING_MAX) {
        std::size_t end = LATCHKEY_HOST_STRING_MAX;
        while (end > 0 && (static_cast<unsigned char>(value[end]) & 0xC0U) == 0x80U)
            --end;
        value = value.substr(0, end);
    }
    number(static_cast<std::uint32_t>(value.size()));
    m_message.append(value);
    return *this;
}

std::string const& MessageWriter::finish()
{
    auto const size = static_cast<std::uint32_t>(m_message.size());
    std::memcpy(m_message.data() + sizeof(std::uint32_t), &size, sizeof size);
    return m_message;
}

} // namespace latchkey::taskhost
