// SPDX-License-Identifier: MIT
#include "midl/lexer.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace latchkey::midl {

namespace {

// Not <cctype>'s: those ask the locale.
constexpr bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}
constexpr bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
constexpr bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
constexpr bool is_name(char c)
{
    return is_name_start(c) || is_digit(c);
}

constexpr std::size_t kGuidLength = 36;

constexpr std::array<std::pair<std::string_view, Punctuator>, 9> kPairs{{{"##", kPaste},
                                                                         {"<<", kShiftLeft},
                                                                         {"&&", kAnd},
                                                                         {"||", kOr},
                                                                         {"==", kEqual},
                                                                         {"!=", kNotEqual},
                                                                         {"<=", kLessEqual},
                                                                         {">=", kGreaterEqual},
                                                                         {"::", kScope}}};
constexpr std::string_view kSingles = "{}()[]<>;:,.=+-*/%&|^~!?#";

} // namespace

Lexer::Lexer(SourceSet::Text const& text, Diagnostics& diagnostics)
    : m_text{text.text}, m_base{text.base}, m_diagnostics{diagnostics}
{
    if (m_text.starts_with("\xef\xbb\xbf")) m_position = 3;
    if (m_text.starts_with("\xff\xfe") || m_text.starts_with("\xfe\xff")) {
        m_diagnostics.error(range(0, 1), "the file is UTF-16").hint("save it as UTF-8");
        m_position = m_text.size();
    }
}

Range Lexer::range(std::size_t begin, std::size_t end) const
{
    return {m_base + static_cast<uint32_t>(begin), m_base + static_cast<uint32_t>(end)};
}

std::size_t Lexer::continuation_length() const
{
    if (at() != '\\') return 0;
    if (at(1) == '\n') return 2;
    return at(1) == '\r' && at(2) == '\n' ? 3 : 0;
}

void Lexer::skip_block_comment()
{
    auto const end = m_text.find("*/", m_position + 2);
    if (end == std::string_view::npos) {
        if (!m_quiet) m_diagnostics.error(range(m_position, m_position + 2), "the comment is never closed");
        m_position = m_text.size();
    } else {
        m_position = end + 2;
    }
}

bool Lexer::skip_space(Token& token)
{
    for (;;) {
        if (m_position >= m_text.size()) return false;
        char const c = at();
        if (c == '\n') {
            if (m_in_directive) return false;
            m_at_line_start = true;
            ++m_position;
        } else if (c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v') {
            ++m_position;
        } else if (auto const length = continuation_length(); length != 0) {
            m_position += length;
        } else if (c == '/' && at(1) == '/') {
            // A continued line comment goes on, as in C.
            while (m_position < m_text.size() && at() != '\n')
                m_position += std::max<std::size_t>(1, continuation_length());
        } else if (c == '/' && at(1) == '*') {
            skip_block_comment();
        } else {
            return true;
        }
        token.space_before = true;
    }
}

bool Lexer::guid_here() const
{
    if (m_text.size() - m_position < kGuidLength) return false;
    for (std::size_t i = 0; i < kGuidLength; ++i) {
        bool const dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? at(i) != '-' : !is_hex(at(i))) return false;
    }
    return !is_name(at(kGuidLength));
}

Token Lexer::word(Token token, std::size_t length, TokenKind kind)
{
    token.kind = kind;
    token.text = m_text.substr(m_position, length);
    token.range = range(m_position, m_position + length);
    m_position += length;
    return token;
}

// A string may go on over lines, as Microsoft's compiler reads it. A quote that was only forgotten is told from that by
// what follows the next one: the text of another string, not the end of an argument.
std::size_t Lexer::long_string_length() const
{
    if (m_in_directive || at() != '"') return 0;
    std::size_t length = 1;
    while (m_position + length < m_text.size() && at(length) != '"')
        length += at(length) == '\\' ? 2 : 1;
    if (m_position + length >= m_text.size()) return 0;
    auto const after = m_text.find_first_not_of(" \t\r\n", m_position + length + 1);
    bool const is_end =
        after != std::string_view::npos && std::string_view{"),]\""}.find(m_text[after]) != std::string_view::npos;
    return is_end ? length + 1 : 0;
}

Token Lexer::quoted(Token token)
{
    char const quote = at();
    std::size_t length = 1;
    while (m_position + length < m_text.size() && at(length) != quote && at(length) != '\n') {
        if (at(length) == '\\' && at(length + 1) == '\r' && at(length + 2) == '\n')
            length += 3;
        else
            length += at(length) == '\\' && m_position + length + 1 < m_text.size() ? 2 : 1;
    }
    bool const closed = m_position + length < m_text.size() && at(length) == quote;
    if (closed) return word(token, length + 1, quote == '"' ? TokenKind::String : TokenKind::Character);
    if (auto const whole = long_string_length(); whole != 0) return word(token, whole, TokenKind::String);
    if (!m_quiet) {
        auto const where = range(m_position, m_position + length);
        m_diagnostics.error(where, fmt::format("missing closing {}", quote))
            .hint("a literal ends on the line it begins");
    }
    return word(token, length, TokenKind::Unknown);
}

Token Lexer::punctuator(Token token)
{
    if (at() == '.' && at(1) == '.' && at(2) == '.') {
        token.punctuator = kEllipsis;
        return word(token, 3, TokenKind::Punctuator);
    }
    for (auto const& [text, code] : kPairs) {
        if (m_text.substr(m_position, 2) != text) continue;
        token.punctuator = code;
        return word(token, 2, TokenKind::Punctuator);
    }
    if (kSingles.find(at()) != std::string_view::npos && at() != '\0') {
        token.punctuator = static_cast<unsigned char>(at());
        return word(token, 1, TokenKind::Punctuator);
    }
    std::size_t length = 1;
    while ((static_cast<unsigned char>(at()) & 0x80) != 0 && (static_cast<unsigned char>(at(length)) & 0xc0) == 0x80)
        ++length;
    if (!m_quiet) {
        auto const c = static_cast<unsigned char>(at());
        auto const shown = c >= 0x21 && c < 0x7f ? fmt::format("'{}'", at()) : fmt::format("byte 0x{:02x}", c);
        m_diagnostics.error(range(m_position, m_position + length), fmt::format("stray {} in the text", shown))
            .hint("names are made of letters a-z, digits and '_'");
    }
    return word(token, length, TokenKind::Unknown);
}

Token Lexer::next()
{
    Token token;
    bool const more = skip_space(token);
    token.at_line_start = std::exchange(m_at_line_start, false);
    if (!more) {
        token.range = range(m_position, m_position);
        return token;
    }
    char const c = at();
    if (is_hex(c) && guid_here()) return word(token, kGuidLength, TokenKind::Guid);
    if (is_name_start(c)) {
        std::size_t length = 1;
        while (is_name(at(length)))
            ++length;
        return word(token, length, TokenKind::Identifier);
    }
    if (is_digit(c) || (c == '.' && is_digit(at(1)))) {
        std::size_t length = 1;
        while (is_name(at(length)) || at(length) == '.')
            ++length;
        return word(token, length, TokenKind::Number);
    }
    return c == '"' || c == '\'' ? quoted(token) : punctuator(token);
}

void Lexer::end_directive()
{
    if (!m_in_directive) return; // #include has ended its line already
    Token ignored;
    bool const quiet = std::exchange(m_quiet, true);
    while (skip_space(ignored))
        (void)next();
    m_quiet = quiet;
    m_in_directive = false;
    m_at_line_start = true;
}

std::optional<Token> Lexer::bracketed_name()
{
    Token token;
    if (!skip_space(token) || at() != '<') return std::nullopt;
    auto const end = m_text.find_first_of(">\n", m_position);
    if (end == std::string_view::npos || m_text[end] != '>') return std::nullopt;
    ++m_position;
    token = word(token, end - m_position, TokenKind::String);
    ++m_position;
    return token;
}

std::optional<std::string> string_value(std::string_view text)
{
    std::string result;
    for (std::size_t i = 1; i + 1 < text.size(); ++i) {
        if (text[i] != '\\') {
            result += text[i];
            continue;
        }
        switch (text[++i]) {
        case '\r':
            ++i;
            break; // line continuation
        case '\n':
            break;
        case 'n':
            result += '\n';
            break;
        case 'r':
            result += '\r';
            break;
        case 't':
            result += '\t';
            break;
        case '0':
            result += '\0';
            break;
        case '\\':
        case '"':
        case '\'':
        case '?':
            result += text[i];
            break;
        default:
            return std::nullopt;
        }
    }
    return result;
}

} // namespace latchkey::midl
