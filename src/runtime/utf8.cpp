// SPDX-License-Identifier: MIT
#include "runtime/utf8.h"

#include "runtime/hresult.h"
#include "runtime/hstring.h"

#include <cstring>

#include <latchkey/runtime.h>

namespace latchkey::runtime {

namespace {

constexpr char32_t kReplacement = 0xFFFD;

constexpr bool is_high_surrogate(char32_t c)
{
    return c >= 0xD800 && c <= 0xDBFF;
}

constexpr bool is_low_surrogate(char32_t c)
{
    return c >= 0xDC00 && c <= 0xDFFF;
}

// What a lead byte announces: how many bytes follow, and the range of the first of them, which is narrower than
// 80..BF where an overlong form, a surrogate or a value above 10FFFF would begin.
struct Lead {
    int following;
    unsigned char lowest;
    unsigned char highest;
};

constexpr Lead lead_of(unsigned char byte)
{
    if (byte >= 0xC2 && byte <= 0xDF) return {1, 0x80, 0xBF};
    if (byte >= 0xE0 && byte <= 0xEF)
        return {2, static_cast<unsigned char>(byte == 0xE0 ? 0xA0 : 0x80),
                static_cast<unsigned char>(byte == 0xED ? 0x9F : 0xBF)};
    if (byte >= 0xF0 && byte <= 0xF4)
        return {3, static_cast<unsigned char>(byte == 0xF0 ? 0x90 : 0x80),
                static_cast<unsigned char>(byte == 0xF4 ? 0x8F : 0xBF)};
    return {0, 0, 0};
}

} // namespace

char32_t next_character(std::string_view text, size_t& position) noexcept
{
    auto const first = static_cast<unsigned char>(text[position++]);
    if (first < 0x80) return first;
    Lead const lead = lead_of(first);
    if (lead.following == 0) return kReplacement;
    char32_t value = first & (0x3Fu >> lead.following);
    for (int i = 0; i < lead.following; ++i) {
        if (position == text.size()) return kReplacement;
        auto const byte = static_cast<unsigned char>(text[position]);
        if (byte < (i == 0 ? lead.lowest : 0x80) || byte > (i == 0 ? lead.highest : 0xBF)) return kReplacement;
        value = value << 6 | (byte & 0x3Fu);
        ++position;
    }
    return value;
}

char32_t next_character(std::wstring_view text, size_t& position) noexcept
{
    auto const value = static_cast<char32_t>(text[position++]);
    if (is_high_surrogate(value) && position < text.size() && is_low_surrogate(static_cast<char32_t>(text[position]))) {
        auto const low = static_cast<char32_t>(text[position++]);
        return 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00);
    }
    bool const valid = value <= 0x10FFFF && !(value >= 0xD800 && value <= 0xDFFF);
    return valid ? value : kReplacement;
}

size_t encode(char32_t c, char (&out)[4]) noexcept
{
    if (c < 0x80) {
        out[0] = static_cast<char>(c);
        return 1;
    }
    size_t const bytes = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = bytes - 1; i > 0; --i, c >>= 6)
        out[i] = static_cast<char>(0x80 | (c & 0x3F));
    out[0] = static_cast<char>((0xF00u >> bytes & 0xFFu) | c);
    return bytes;
}

std::string to_utf8(std::wstring_view text)
{
    std::string out;
    out.reserve(text.size());
    for (size_t position = 0; position < text.size();) {
        char bytes[4];
        out.append(bytes, encode(next_character(text, position), bytes));
    }
    return out;
}

std::wstring from_utf8(std::string_view text)
{
    std::wstring out;
    out.reserve(text.size());
    for (size_t position = 0; position < text.size();)
        out.push_back(static_cast<wchar_t>(next_character(text, position)));
    return out;
}

} // namespace latchkey::runtime

using namespace latchkey::runtime;

int32_t LatchkeyStringFromUtf8(char const* text, size_t bytes, void** string) noexcept
{
    if (!string) return kInvalidArgument;
    *string = nullptr;
    if (bytes == 0) return kOk;
    if (!text) return kPointer;
    std::string_view const input{text, bytes};
    size_t length = 0;
    for (size_t position = 0; position < bytes; ++length)
        next_character(input, position);
    if (length > kMaxStringLength) return kInvalidSize;
    SharedString* made = allocate_string(static_cast<uint32_t>(length));
    if (!made) return kOutOfMemory;
    auto* out = const_cast<wchar_t*>(made->header.text);
    for (size_t position = 0; position < bytes;)
        *out++ = static_cast<wchar_t>(next_character(input, position));
    *string = made;
    return kOk;
}

size_t LatchkeyStringToUtf8(wchar_t const* text, size_t length, char* out, size_t capacity) noexcept
{
    std::wstring_view const input{text, text ? length : 0};
    size_t needed = 0;
    bool fits = out != nullptr;
    for (size_t position = 0; position < input.size();) {
        char bytes[4];
        size_t const count = encode(next_character(input, position), bytes);
        // After the first character that does not fit nothing shorter may follow: the result is a prefix.
        fits = fits && needed + count <= capacity;
        if (fits) std::memcpy(out + needed, bytes, count);
        needed += count;
    }
    return needed;
}
