// SPDX-License-Identifier: MIT
// winrt::guid: the 16 bytes that name an interface. Parses from text, at compile time too.
#pragma once

#include "winrt/base/prelude.h"

namespace winrt {
namespace impl {
// Not constexpr, so that reaching it at compile time is an error that names it.
[[noreturn]] inline void guid_text_is_malformed()
{
    throw std::invalid_argument("a guid is written as 8-4-4-4-12 hexadecimal digits, in braces or not");
}

template <typename Char>
constexpr uint32_t hex_digit(Char character)
{
    if (character >= '0' && character <= '9') return static_cast<uint32_t>(character - '0');
    if (character >= 'a' && character <= 'f') return static_cast<uint32_t>(character - 'a' + 10);
    if (character >= 'A' && character <= 'F') return static_cast<uint32_t>(character - 'A' + 10);
    guid_text_is_malformed();
    return 0;
}

template <typename Char>
constexpr uint32_t hex_number(std::basic_string_view<Char> digits)
{
    uint32_t number = 0;
    for (Char digit : digits) {
        number = (number << 4) | hex_digit(digit);
    }
    return number;
}
} // namespace impl

/// The layout of Windows' GUID.
struct guid {
    uint32_t Data1{};
    uint16_t Data2{};
    uint16_t Data3{};
    uint8_t Data4[8]{};

    constexpr guid() noexcept = default;
    constexpr guid(uint32_t data1, uint16_t data2, uint16_t data3, uint8_t const (&data4)[8]) noexcept
        : Data1(data1), Data2(data2), Data3(data3), Data4{data4[0], data4[1], data4[2], data4[3],
                                                          data4[4], data4[5], data4[6], data4[7]}
    {}

private:
    template <typename Char>
    static constexpr guid parse(std::basic_string_view<Char> text)
    {
        if (text.size() == 38 && text.front() == '{' && text.back() == '}') text = text.substr(1, 36);
        if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') {
            impl::guid_text_is_malformed();
        }
        guid result;
        result.Data1 = impl::hex_number(text.substr(0, 8));
        result.Data2 = static_cast<uint16_t>(impl::hex_number(text.substr(9, 4)));
        result.Data3 = static_cast<uint16_t>(impl::hex_number(text.substr(14, 4)));
        for (size_t index = 0; index < 8; ++index) {
            size_t const position = index < 2 ? 19 + index * 2 : 24 + (index - 2) * 2;
            result.Data4[index] = static_cast<uint8_t>(impl::hex_number(text.substr(position, 2)));
        }
        return result;
    }

public:
    /// From "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", with braces or without. Throws std::invalid_argument.
    explicit constexpr guid(std::string_view text) : guid(parse(text)) {}
    explicit constexpr guid(std::wstring_view text) : guid(parse(text)) {}
};

constexpr bool operator==(guid const& left, guid const& right) noexcept
{
    if (std::is_constant_evaluated()) {
        for (size_t index = 0; index < 8; ++index) {
            if (left.Data4[index] != right.Data4[index]) return false;
        }
        return left.Data1 == right.Data1 && left.Data2 == right.Data2 && left.Data3 == right.Data3;
    }
    return std::memcmp(&left, &right, sizeof(guid)) == 0;
}

constexpr bool operator<(guid const& left, guid const& right) noexcept
{
    if (left.Data1 != right.Data1) return left.Data1 < right.Data1;
    if (left.Data2 != right.Data2) return left.Data2 < right.Data2;
    if (left.Data3 != right.Data3) return left.Data3 < right.Data3;
    for (size_t index = 0; index < 8; ++index) {
        if (left.Data4[index] != right.Data4[index]) return left.Data4[index] < right.Data4[index];
    }
    return false;
}
} // namespace winrt
