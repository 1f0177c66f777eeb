// SPDX-License-Identifier: MIT
#include "packages/text.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

namespace latchkey::packages {

namespace {

constexpr std::size_t kMaxPrintableBytes = 80;
constexpr std::size_t kMaxComparedLetters = 64;

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Letters to insert, drop or replace to get from one word to the other.
std::size_t edit_distance(std::string_view left, std::string_view right)
{
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < left.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < right.size(); ++j) {
            std::size_t const replaced = diagonal + (left[i] == right[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

// How many bytes the character takes that begins with lead; 0 when none does.
std::size_t sequence_length(unsigned char lead)
{
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead < 0xE0) return 2;
    if (lead >= 0xE0 && lead < 0xF0) return 3;
    if (lead >= 0xF0 && lead < 0xF5) return 4;
    return 0;
}

} // namespace

bool equal_ignoring_case(std::string_view left, std::string_view right)
{
    return std::ranges::equal(left, right, {}, lower, lower);
}

std::string lower_case(std::string_view text)
{
    std::string result(text);
    std::ranges::transform(result, result.begin(), lower);
    return result;
}

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view kBlank = " \t\r\n";
    std::size_t const first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::optional<std::string_view> nearest_word(std::string_view word, std::span<std::string_view const> words)
{
    if (word.size() > kMaxComparedLetters) return std::nullopt;
    constexpr std::size_t kMaxDistance = 2;
    std::optional<std::string_view> nearest;
    std::size_t nearest_distance = kMaxDistance + 1;
    for (std::string_view const candidate : words) {
        if (equal_ignoring_case(word, candidate)) return candidate;
        std::size_t const distance = edit_distance(word, candidate);
        if (distance < nearest_distance && distance < candidate.size()) {
            nearest = candidate;
            nearest_distance = distance;
        }
    }
    return nearest;
}

std::string printable(std::string_view text)
{
    constexpr std::string_view kHex = "0123456789abcdef";
    bool const valid = is_valid_utf8(text);
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const byte = static_cast<unsigned char>(text[i]);
        // A continuation byte belongs to the character before it: never cut between them.
        if (result.size() >= kMaxPrintableBytes && !(valid && (byte & 0xC0) == 0x80)) return result + "…";
        if (byte < 0x20 || byte == 0x7F || (byte >= 0x80 && !valid)) {
            result += "\\x";
            result += kHex[byte >> 4];
            result += kHex[byte & 15];
        } else {
            result += text[i];
        }
    }
    return result;
}

bool is_valid_utf8(std::string_view text)
{
    for (std::size_t i = 0; i < text.size();) {
        auto const lead = static_cast<unsigned char>(text[i]);
        std::size_t const length = sequence_length(lead);
        if (lead == 0 || length == 0 || length > text.size() - i) return false;
        for (std::size_t j = 1; j < length; ++j)
            if ((static_cast<unsigned char>(text[i + j]) & 0xC0) != 0x80) return false;
        auto const second = length > 1 ? static_cast<unsigned char>(text[i + 1]) : 0;
        // Overlong forms, surrogates, and what lies beyond U+10FFFF.
        if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) || (lead == 0xF0 && second < 0x90) ||
            (lead == 0xF4 && second > 0x8F))
            return false;
        i += length;
    }
    return true;
}

} // namespace latchkey::packages
