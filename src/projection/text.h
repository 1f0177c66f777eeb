// SPDX-License-Identifier: MIT
// A growing piece of generated text. Numbers are decimal. One allocation for most files: give the expected size.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace latchkey::projection {

class Text {
public:
    explicit Text(std::size_t expected_bytes = 0) { m_text.reserve(expected_bytes); }

    template <typename... Pieces>
    Text& put(Pieces const&... pieces)
    {
        (append(pieces), ...);
        return *this;
    }
    // 0x0000abcd with that many digits.
    Text& put_hex(uint64_t value, unsigned digits)
    {
        constexpr std::string_view kDigits = "0123456789abcdef";
        m_text += "0x";
        while (digits != 0)
            m_text += kDigits[value >> (--digits * 4) & 0xf];
        return *this;
    }

    // Writes ", " before every element but the first; reset with begin_list().
    void begin_list() { m_first = true; }
    Text& comma()
    {
        if (!m_first) m_text += ", ";
        m_first = false;
        return *this;
    }

    std::string const& string() const { return m_text; }
    std::string take() { return std::move(m_text); }
    std::size_t size() const { return m_text.size(); }
    bool empty() const { return m_text.empty(); }

private:
    void append(std::string_view piece) { m_text.append(piece); }
    void append(char piece) { m_text.push_back(piece); }
    template <std::integral Number>
    void append(Number number)
    {
        char digits[24];
        auto const end = std::to_chars(digits, digits + sizeof digits, number).ptr;
        m_text.append(digits, end);
    }

    std::string m_text;
    bool m_first = true;
};

} // namespace latchkey::projection
