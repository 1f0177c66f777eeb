// SPDX-License-Identifier: MIT
#include "winmd/guid.h"

#include <fmt/format.h>

namespace latchkey::winmd {

namespace {

std::optional<unsigned> hex_digit(char c)
{
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
    return std::nullopt;
}

} // namespace

std::string to_string(Guid const& guid)
{
    auto const& d = guid.data4;
    return fmt::format("{:08x}-{:04x}-{:04x}-{:02x}{:02x}-{:02x}{:02x}{:02x}{:02x}{:02x}{:02x}", guid.data1, guid.data2,
                       guid.data3, d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7]);
}

std::optional<Guid> parse_guid(std::string_view text)
{
    if (text.size() == 38 && text.front() == '{' && text.back() == '}') text = text.substr(1, 36);
    if (text.size() != 36) return std::nullopt;
    std::array<uint8_t, 16> bytes{}; // in the order they are written
    std::size_t digits = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (text[i] != '-') return std::nullopt;
            continue;
        }
        auto const digit = hex_digit(text[i]);
        if (!digit) return std::nullopt;
        bytes[digits / 2] = static_cast<uint8_t>(bytes[digits / 2] << 4 | *digit);
        ++digits;
    }
    Guid result;
    result.data1 = uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | bytes[3];
    result.data2 = static_cast<uint16_t>(bytes[4] << 8 | bytes[5]);
    result.data3 = static_cast<uint16_t>(bytes[6] << 8 | bytes[7]);
    for (std::size_t i = 0; i < 8; ++i)
        result.data4[i] = bytes[8 + i];
    return result;
}

std::array<uint8_t, 16> to_bytes(Guid const& guid)
{
    std::array<uint8_t, 16> bytes{};
    for (unsigned i = 0; i < 4; ++i)
        bytes[i] = static_cast<uint8_t>(guid.data1 >> (8 * i));
    for (unsigned i = 0; i < 2; ++i)
        bytes[4 + i] = static_cast<uint8_t>(guid.data2 >> (8 * i));
    for (unsigned i = 0; i < 2; ++i)
        bytes[6 + i] = static_cast<uint8_t>(guid.data3 >> (8 * i));
    for (unsigned i = 0; i < 8; ++i)
        bytes[8 + i] = guid.data4[i];
    return bytes;
}

Guid guid_from_bytes(uint8_t const* at)
{
    Guid result;
    result.data1 = at[0] | uint32_t{at[1]} << 8 | uint32_t{at[2]} << 16 | uint32_t{at[3]} << 24;
    result.data2 = static_cast<uint16_t>(at[4] | at[5] << 8);
    result.data3 = static_cast<uint16_t>(at[6] | at[7] << 8);
    for (unsigned i = 0; i < 8; ++i)
        result.data4[i] = at[8 + i];
    return result;
}

} // namespace latchkey::winmd
