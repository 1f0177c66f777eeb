// SPDX-License-Identifier: MIT
#include "midl/expression.h"

#include "midl/lexer.h"

#include <charconv>

#include <fmt/format.h>

namespace latchkey::midl {

namespace {

class ExpressionParser {
public:
    ExpressionParser(std::span<Token const> tokens, std::size_t& position, Diagnostics& diagnostics)
        : m_tokens{tokens}, m_position{position}, m_diagnostics{diagnostics}
    {}

    std::optional<Expression> conditional()
    {
        Depth const depth{m_depth};
        if (m_depth > kMaxExpressionDepth) return complain("the expression is nested too deeply");
        auto condition = binary(1);
        if (!condition || !peek().is('?')) return condition;
        ++m_position;
        auto yes = conditional();
        if (!yes) return std::nullopt;
        if (!peek().is(':')) return complain("expected ':' of '?:'");
        ++m_position;
        auto no = conditional();
        if (!no) return std::nullopt;
        Expression result{.kind = Expression::Kind::Conditional, .range = join(condition->range, no->range)};
        for (auto* part : {&*condition, &*yes, &*no})
            result.operands.push_back(std::move(*part));
        return result;
    }

private:
    struct Depth {
        explicit Depth(unsigned& value) : m_value{++value} {}
        ~Depth() { --m_value; }
        Depth(Depth const&) = delete;
        Depth& operator=(Depth const&) = delete;

    private:
        unsigned& m_value;
    };

    Token const& peek(std::size_t ahead = 0) const
    {
        return m_tokens[std::min(m_position + ahead, m_tokens.size() - 1)];
    }

    std::nullopt_t complain(std::string text)
    {
        m_diagnostics.error(peek().range, std::move(text));
        return std::nullopt;
    }

    // The binary operator at the cursor with its length in tokens; precedence 0: none.
    struct Operator {
        int precedence = 0;
        uint16_t code = 0;
        std::size_t tokens = 1;
    };
    Operator operator_here() const
    {
        Token const& token = peek();
        if (token.kind != TokenKind::Punctuator) return {};
        if (token.is('>') && peek(1).is('>') && token.range.end == peek(1).range.begin) return {8, kShiftRight, 2};
        switch (token.punctuator) {
        case kOr:
            return {1, kOr};
        case kAnd:
            return {2, kAnd};
        case '|':
            return {3, '|'};
        case '^':
            return {4, '^'};
        case '&':
            return {5, '&'};
        case kEqual:
        case kNotEqual:
            return {6, token.punctuator};
        case '<':
        case '>':
        case kLessEqual:
        case kGreaterEqual:
            return {7, token.punctuator};
        case kShiftLeft:
            return {8, kShiftLeft};
        case '+':
        case '-':
            return {9, token.punctuator};
        case '*':
        case '/':
        case '%':
            return {10, token.punctuator};
        default:
            return {};
        }
    }

    std::optional<Expression> binary(int minimum)
    {
        auto left = unary();
        while (left) {
            auto const found = operator_here();
            if (found.precedence < minimum || found.precedence == 0) break;
            m_position += found.tokens;
            auto right = binary(found.precedence + 1);
            if (!right) return std::nullopt;
            // A long chain is a deep tree, and evaluate() and the destructor recurse.
            if (++m_operators > kMaxExpressionDepth) return complain("the expression has too many operators");
            Expression result{.kind = Expression::Kind::Binary, .operation = found.code};
            result.range = join(left->range, right->range);
            result.operands.push_back(std::move(*left));
            result.operands.push_back(std::move(*right));
            left = std::move(result);
        }
        return left;
    }

    std::optional<Expression> unary()
    {
        Depth const depth{m_depth};
        if (m_depth > kMaxExpressionDepth) return complain("the expression is nested too deeply");
        Token const token = peek();
        if (token.is('-') || token.is('+') || token.is('!') || token.is('~')) {
            ++m_position;
            auto operand = unary();
            if (!operand) return std::nullopt;
            Expression result{.kind = Expression::Kind::Unary, .operation = token.punctuator};
            result.range = join(token.range, operand->range);
            result.operands.push_back(std::move(*operand));
            return result;
        }
        if (token.is('(')) {
            ++m_position;
            auto inner = conditional();
            if (!inner) return std::nullopt;
            if (!peek().is(')')) return complain("expected ')'");
            ++m_position;
            return inner;
        }
        return primary(token);
    }

    std::optional<Expression> primary(Token const& token)
    {
        Expression result{.range = token.range};
        if (token.kind == TokenKind::Number) {
            auto const value = parse_integer(token.text);
            if (!value) return complain(fmt::format("'{}' is not an integer of at most 64 bits", token.text));
            result.number = static_cast<int64_t>(*value);
            ++m_position;
            return result;
        }
        if (token.kind == TokenKind::Character) {
            auto const value = string_value(token.text);
            if (!value || value->size() != 1) return complain("a character literal here is one ASCII character");
            result.number = static_cast<unsigned char>(value->front());
            ++m_position;
            return result;
        }
        if (!token.is_identifier()) return complain("expected an integer expression");
        result.kind = Expression::Kind::Name;
        result.name = token.text;
        ++m_position;
        while (peek().is('.') && peek(1).is_identifier()) {
            result.name += '.';
            result.name += peek(1).text;
            result.range = join(result.range, peek(1).range);
            m_position += 2;
        }
        return result;
    }

    std::span<Token const> m_tokens;
    std::size_t& m_position;
    Diagnostics& m_diagnostics;
    unsigned m_depth = 0;
    unsigned m_operators = 0;
};

std::optional<int64_t> apply(Expression const& node, int64_t left, int64_t right, Diagnostics& diagnostics)
{
    auto const l = static_cast<uint64_t>(left);
    auto const r = static_cast<uint64_t>(right);
    auto const wrapped = [](uint64_t value) { return static_cast<int64_t>(value); };
    switch (node.operation) {
    case '|':
        return wrapped(l | r);
    case '^':
        return wrapped(l ^ r);
    case '&':
        return wrapped(l & r);
    case kEqual:
        return left == right;
    case kNotEqual:
        return left != right;
    case '<':
        return left < right;
    case '>':
        return left > right;
    case kLessEqual:
        return left <= right;
    case kGreaterEqual:
        return left >= right;
    case '+':
        return wrapped(l + r);
    case '-':
        return wrapped(l - r);
    case '*':
        return wrapped(l * r);
    case kShiftLeft:
    case kShiftRight:
        if (right < 0 || right > 63) {
            diagnostics.error(node.operands[1].range, fmt::format("cannot shift by {}", right));
            return std::nullopt;
        }
        return node.operation == kShiftLeft ? wrapped(l << r) : left >> right;
    default:
        if (right == 0 || (right == -1 && left == INT64_MIN)) {
            diagnostics.error(node.range, right == 0 ? "division by zero" : "the quotient needs more than 64 bits");
            return std::nullopt;
        }
        return node.operation == '/' ? left / right : left % right;
    }
}

} // namespace

std::optional<uint64_t> parse_integer(std::string_view text)
{
    while (!text.empty() && std::string_view{"uUlL"}.find(text.back()) != std::string_view::npos)
        text.remove_suffix(1);
    int base = 10;
    if (text.starts_with("0x") || text.starts_with("0X")) {
        base = 16;
        text.remove_prefix(2);
    } else if (text.starts_with("0b") || text.starts_with("0B")) {
        base = 2;
        text.remove_prefix(2);
    } else if (text.size() > 1 && text.front() == '0') {
        base = 8;
    }
    uint64_t value = 0;
    auto const [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (failed != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return value;
}

std::optional<Expression> parse_expression(std::span<Token const> tokens, std::size_t& position,
                                           Diagnostics& diagnostics)
{
    return ExpressionParser{tokens, position, diagnostics}.conditional();
}

std::optional<int64_t> evaluate(Expression const& node, NameValue const& name, Diagnostics& diagnostics)
{
    using Kind = Expression::Kind;
    if (node.kind == Kind::Number) return node.number;
    if (node.kind == Kind::Name) return name(node);
    auto const first = evaluate(node.operands[0], name, diagnostics);
    if (!first) return std::nullopt;
    if (node.kind == Kind::Conditional) return evaluate(node.operands[*first != 0 ? 1 : 2], name, diagnostics);
    if (node.kind == Kind::Unary) {
        if (node.operation == '-') return static_cast<int64_t>(0 - static_cast<uint64_t>(*first));
        if (node.operation == '!') return *first == 0;
        return node.operation == '~' ? ~*first : *first;
    }
    if (node.operation == kAnd && *first == 0) return 0;
    if (node.operation == kOr && *first != 0) return 1;
    auto const second = evaluate(node.operands[1], name, diagnostics);
    if (!second) return std::nullopt;
    if (node.operation == kAnd || node.operation == kOr) return *second != 0;
    return apply(node, *first, *second, diagnostics);
}

} // namespace latchkey::midl
