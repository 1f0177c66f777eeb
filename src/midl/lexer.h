// SPDX-License-Identifier: MIT
// Turns one text into tokens. Comments and line continuations are space. Inside a directive (begin_directive to
// end_directive) the end of the line is an End token.
#pragma once

#include "midl/diagnostic.h"
#include "midl/token.h"

#include <optional>
#include <string>
#include <string_view>

namespace latchkey::midl {

class Lexer {
public:
    Lexer(SourceSet::Text const& text, Diagnostics& diagnostics);

    Token next();

    void begin_directive() { m_in_directive = true; }
    // Continues behind the end of the line.
    void end_directive();
    // <name> after #include, read as one piece without its brackets; nullopt when no '<' follows on this line or it is
    // not closed.
    std::optional<Token> bracketed_name();

    // No complaints: for groups that #if leaves out.
    void set_quiet(bool quiet) { m_quiet = quiet; }

private:
    // Returns false at the end of the text or of the directive.
    bool skip_space(Token& token);
    void skip_block_comment();
    Token word(Token token, std::size_t length, TokenKind kind);
    Token quoted(Token token);
    std::size_t long_string_length() const;
    Token punctuator(Token token);
    bool guid_here() const;
    char at(std::size_t ahead = 0) const
    {
        return m_position + ahead < m_text.size() ? m_text[m_position + ahead] : '\0';
    }
    // Length of a line continuation here, 0 when there is none.
    std::size_t continuation_length() const;
    Range range(std::size_t begin, std::size_t end) const;

    std::string_view m_text;
    uint32_t m_base;
    Diagnostics& m_diagnostics;
    std::size_t m_position = 0;
    bool m_in_directive = false;
    bool m_at_line_start = true;
    bool m_quiet = false;
};

// The contents of a string token: without quotes, with escapes replaced. nullopt when an escape is unknown.
std::optional<std::string> string_value(std::string_view token_text);

} // namespace latchkey::midl
