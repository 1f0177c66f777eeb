// SPDX-License-Identifier: MIT
#pragma once

#include "midl/source.h"

#include <cstdint>
#include <string_view>

namespace latchkey::midl {

enum class TokenKind : uint8_t {
    End, // of the input, or of the directive's line
    Identifier,
    Number,
    String,    // with its quotes
    Character, // with its quotes
    Guid,      // 8-4-4-4-12 hexadecimal digits, unquoted
    Punctuator,
    Unknown, // already complained about
};

// Two-character punctuators; others are their character. There is no '>>': it would be in the way of IVector<IMap<K,
// V>>, so expressions join two '>' that touch.
enum Punctuator : uint16_t {
    kPaste = 256, // ##
    kShiftLeft,
    kAnd,
    kOr,
    kEqual,
    kNotEqual,
    kLessEqual,
    kGreaterEqual,
    kScope,    // ::
    kEllipsis, // ...
};

// Keywords are identifiers: almost all of them are also names somewhere, so the parser decides by place.
struct Token {
    std::string_view text = {};
    Range range = {}; // where messages point: for text out of a macro, the macro's use
    TokenKind kind = TokenKind::End;
    uint16_t punctuator = 0;
    bool at_line_start = false;
    bool space_before = false;
    bool no_expansion = false; // the name of a macro met inside its own expansion

    bool is(char c) const { return kind == TokenKind::Punctuator && punctuator == static_cast<unsigned char>(c); }
    bool is(Punctuator p) const { return kind == TokenKind::Punctuator && punctuator == p; }
    bool is(std::string_view word) const { return kind == TokenKind::Identifier && text == word; }
    bool is_identifier() const { return kind == TokenKind::Identifier; }
};

} // namespace latchkey::midl
