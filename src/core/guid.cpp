// SPDX-License-Identifier: MIT
#include "core/guid.h"

namespace latchkey::core {
namespace {

constexpr std::size_t kTextLength = 36;
constexpr std::string_view kDigits = "0123456789abcdef";

bool is_hyphen_position(std::size_t position)
{
    return position == 8 || position == 13 || position == 18 || position == 23;
}

int digit_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

} // namespace

std::string to_string(Guid const& guid)
{
    std::string text;
    text.reserve(kTextLength);
    int nibble = 0;
    for (std::size_t position = 0; position < kTextLength; ++position) {
        if (is_hyphen_position(position)) {
            text.push_back('-');
            continue;
        }
        std::uint64_t const half = nibble < 16 ? guid.high : guid.low;
        int const shift = 60 - 4 * (nibble % 16);
        text.push_back(kDigits[(half >> shift) & 0xf]);
        ++nibble;
    }
    return text;
}

std::optional<Guid> parse_guid(std::string_view text)
{
    if (text.size() == kTextLength + 2 && text.front() == '{' && text.back() == '}') {
        text = text.substr(1, kTextLength);
    }
    if (text.size() != kTextLength) return std::nullopt;
    Guid guid;
    int nibble = 0;
    for (std::size_t position = 0; position < kTextLength; ++position) {
        if (is_hyphen_position(position)) {
            if (text[position] != '-') return std::nullopt;
            continue;
        }
        int const value = digit_value(text[position]);
        if (value < 0) return std::nullopt;
        std::uint64_t& half = nibble < 16 ? guid.high : guid.low;
        half = (half << 4) | static_cast<std::uint64_t>(value);
        ++nibble;
    }
    return guid;
}

} // namespace latchkey::core
