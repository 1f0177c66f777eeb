// SPDX-License-Identifier: MIT
//
// UTF-8 on one side, the 4-byte characters of an HSTRING on the other. Malformed input never fails: each maximal
// malformed piece becomes U+FFFD, as the Unicode standard recommends. Two surrogates that form a pair, which text from
// a 16-bit source may hold, become the character they mean.
#pragma once

#include <string>
#include <string_view>

namespace latchkey::runtime {

std::string to_utf8(std::wstring_view text);
std::wstring from_utf8(std::string_view text);

// Decodes the character at position and moves position behind it. position < text.size().
char32_t next_character(std::string_view text, size_t& position) noexcept;
char32_t next_character(std::wstring_view text, size_t& position) noexcept;

// Writes 1 to 4 bytes and returns how many.
size_t encode(char32_t character, char (&out)[4]) noexcept;

} // namespace latchkey::runtime
