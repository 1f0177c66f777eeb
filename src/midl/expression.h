// SPDX-License-Identifier: MIT
// Integer expressions: values of enumerators and conditions of #if. C's operators and precedence on 64-bit integers.
#pragma once

#include "midl/diagnostic.h"
#include "midl/token.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace latchkey::midl {

inline constexpr unsigned kMaxExpressionDepth = 100;

struct Expression {
    enum class Kind : uint8_t { Number, Name, Unary, Binary, Conditional };
    Kind kind = Kind::Number;
    uint16_t operation = 0; // a Punctuator; '>' '>' is kShiftRight
    int64_t number = 0;
    std::string name = {}; // "Ns.Enum.Value"
    Range range = {};
    std::vector<Expression> operands = {};
};
inline constexpr uint16_t kShiftRight = 300;

// Reads an expression from tokens[position]; position moves behind it. tokens ends with End. nullopt after an error.
std::optional<Expression> parse_expression(std::span<Token const> tokens, std::size_t& position, Diagnostics&);

// What a name stands for; nullopt after the callee has reported that it means nothing.
using NameValue = std::function<std::optional<int64_t>(Expression const& name)>;
std::optional<int64_t> evaluate(Expression const&, NameValue const&, Diagnostics&);

// "42", "0x2a", "0b101", "052", each with u and l; nullopt when it is none of these or needs more than 64 bits.
std::optional<uint64_t> parse_integer(std::string_view text);

} // namespace latchkey::midl
