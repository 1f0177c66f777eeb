// SPDX-License-Identifier: MIT
// Expansion of macros. The tokens that are still to be read are a stack of contexts above the stack of files; a macro
// is not expanded again while a context of its own is being read, and a name met then stays unexpanded for ever.
#include "midl/macro.h"

#include <fmt/format.h>

namespace latchkey::midl {

void Preprocessor::push(std::vector<Token> tokens, Macro* macro, bool is_barrier)
{
    if (macro != nullptr) ++macro->in_use;
    m_contexts.push_back({std::move(tokens), 0, macro, is_barrier});
}

void Preprocessor::pop()
{
    if (auto* macro = m_contexts.back().macro) --macro->in_use;
    m_contexts.pop_back();
}

Token Preprocessor::raw()
{
    while (!m_contexts.empty()) {
        auto& context = m_contexts.back();
        if (context.position < context.tokens.size()) return context.tokens[context.position++];
        if (context.is_barrier) return {};
        pop();
    }
    for (;;) {
        Token token = file().lexer.next();
        if (token.kind == TokenKind::End) {
            if (m_files.size() == 1) return token;
            close_file();
        } else if (token.is('#') && token.at_line_start) {
            directive();
            if (!m_contexts.empty()) return raw(); // #import leaves tokens
        } else {
            return token;
        }
        if (m_diagnostics.stopped()) return {.range = token.range};
    }
}

Token Preprocessor::expanded()
{
    for (;;) {
        Token token = raw();
        if (!token.is_identifier() || token.no_expansion) return token;
        auto const found = m_macros.find(token.text);
        if (found == m_macros.end()) return token;
        Macro& macro = *found->second;
        if (macro.in_use != 0) {
            token.no_expansion = true;
            return token;
        }
        if (macro.is_builtin) return builtin(token);
        if (macro.is_function && !next_is_parenthesis()) return token;
        if (!expand(token, macro)) return token;
    }
}

bool Preprocessor::next_is_parenthesis()
{
    // Contexts that are read to their end are left: the parenthesis may follow behind a macro's expansion.
    while (!m_contexts.empty()) {
        auto const& context = m_contexts.back();
        if (context.position < context.tokens.size()) return context.tokens[context.position].is('(');
        if (context.is_barrier) return false;
        pop();
    }
    Token token = raw();
    bool const result = token.is('(');
    if (token.kind != TokenKind::End) push({token}, nullptr, false);
    return result;
}

bool Preprocessor::expand(Token const& name, Macro& macro)
{
    if (m_contexts.size() + m_argument_depth > kMaxMacroNesting || m_expanded_tokens > kMaxExpandedTokens) {
        m_diagnostics.error(name.range, fmt::format("macro '{}' expands to too much", name.text))
            .hint("macros may be nested 200 deep and make a million tokens");
        return false;
    }
    std::vector<std::vector<Token>> arguments;
    if (macro.is_function) {
        auto collected = collect_arguments(name, macro);
        if (!collected) return false;
        arguments = std::move(*collected);
    }
    // Only the outermost: what a macro's body expands has the same place.
    if (m_contexts.empty()) m_diagnostics.macro_used(name.range, macro.name, macro.definition);
    auto tokens = substitute(macro, arguments, name);
    m_expanded_tokens += tokens.size() + 1;
    if (!tokens.empty()) {
        tokens.front().space_before = name.space_before;
        tokens.front().at_line_start = false;
    }
    push(std::move(tokens), &macro, false);
    return true;
}

std::optional<std::vector<std::vector<Token>>> Preprocessor::collect_arguments(Token const& name, Macro const& macro)
{
    (void)raw(); // '('
    std::vector<std::vector<Token>> arguments(1);
    for (unsigned depth = 0;;) {
        Token token = raw();
        if (token.kind == TokenKind::End) {
            m_diagnostics.error(name.range, fmt::format("the arguments of macro '{}' are not closed", name.text))
                .note(macro.definition, "defined here");
            return std::nullopt;
        }
        if (token.is('(')) ++depth;
        if (token.is(')') && depth-- == 0) break;
        bool const in_rest = macro.is_variadic && arguments.size() >= macro.parameters.size();
        if (token.is(',') && depth == 0 && !in_rest) {
            arguments.emplace_back();
            continue;
        }
        if (++m_expanded_tokens > kMaxExpandedTokens) return std::nullopt;
        arguments.back().push_back(token);
    }
    if (macro.parameters.empty() && arguments.size() == 1 && arguments[0].empty()) arguments.clear();
    if (macro.is_variadic && arguments.size() + 1 == macro.parameters.size()) arguments.emplace_back();
    if (arguments.size() == macro.parameters.size()) return arguments;
    m_diagnostics
        .error(name.range, fmt::format("macro '{}' takes {} argument{}, not {}", name.text, macro.parameters.size(),
                                       macro.parameters.size() == 1 ? "" : "s", arguments.size()))
        .note(macro.definition, "defined here");
    return std::nullopt;
}

std::vector<Token> Preprocessor::expand_argument(std::vector<Token> const& argument)
{
    std::vector<Token> result;
    if (m_argument_depth >= kMaxMacroNesting) return argument;
    ++m_argument_depth;
    push(argument, nullptr, true);
    for (;;) {
        Token token = expanded();
        if (token.kind == TokenKind::End) break;
        result.push_back(token);
        if (++m_expanded_tokens > kMaxExpandedTokens) break;
    }
    while (!m_contexts.back().is_barrier)
        pop();
    pop();
    --m_argument_depth;
    return result;
}

std::vector<Token> Preprocessor::substitute(Macro const& macro, std::vector<std::vector<Token>> const& arguments,
                                            Token const& use)
{
    std::vector<Token> out;
    std::vector<std::optional<std::vector<Token>>> full(arguments.size());
    for (std::size_t i = 0; i < macro.body.size(); ++i) {
        Token const& token = macro.body[i];
        bool const pastes_next = i + 1 < macro.body.size() && macro.body[i + 1].is(kPaste);
        if (token.is('#') && macro.is_function && i + 1 < macro.body.size() &&
            macro.parameter(macro.body[i + 1]) >= 0) {
            out.push_back(stringized(arguments[static_cast<std::size_t>(macro.parameter(macro.body[++i]))], use));
            continue;
        }
        if (token.is(kPaste) && !out.empty() && i + 1 < macro.body.size()) {
            Token const& right = macro.body[++i];
            auto const index = macro.parameter(right);
            if (index < 0) {
                append_pasted(out, right, use);
                continue;
            }
            auto const& argument = arguments[static_cast<std::size_t>(index)];
            if (argument.empty()) continue;
            append_pasted(out, argument.front(), use);
            out.insert(out.end(), argument.begin() + 1, argument.end());
            continue;
        }
        if (auto const parameter = macro.parameter(token); parameter >= 0) {
            auto const index = static_cast<std::size_t>(parameter);
            // Operands of ## are taken as written.
            if (!pastes_next && !full[index]) full[index] = expand_argument(arguments[index]);
            auto const& inserted = pastes_next ? arguments[index] : *full[index];
            out.insert(out.end(), inserted.begin(), inserted.end());
            continue;
        }
        out.push_back(token);
        out.back().range = use.range;
        out.back().at_line_start = false;
        if (out.size() + m_expanded_tokens > kMaxExpandedTokens) break;
    }
    return out;
}

Token Preprocessor::from_text(std::string text, Range range)
{
    // Lexed in a set of its own: the text has no place that a message could show.
    SourceSet::Text piece;
    piece.text = std::string{m_sources.keep(std::move(text))};
    Diagnostics unheard;
    Lexer lexer{piece, unheard};
    Token token = lexer.next();
    bool const whole = token.text.size() == piece.text.size();
    token.text = m_sources.keep(std::string{token.text});
    token.range = range;
    token.at_line_start = false;
    if (!whole || token.kind == TokenKind::Unknown) token.kind = TokenKind::Unknown;
    return token;
}

void Preprocessor::append_pasted(std::vector<Token>& out, Token const& right, Token const& use)
{
    Token const left = out.back();
    Token pasted = from_text(std::string{left.text} + std::string{right.text}, use.range);
    if (pasted.kind == TokenKind::Unknown) {
        m_diagnostics.error(use.range, fmt::format("'{}' ## '{}' is not one token", left.text, right.text));
        out.push_back(right);
        return;
    }
    pasted.space_before = left.space_before;
    out.back() = pasted;
}

Token Preprocessor::stringized(std::vector<Token> const& argument, Token const& use)
{
    std::string text = "\"";
    for (auto const& token : argument) {
        if (token.space_before && text.size() > 1) text += ' ';
        bool const is_literal = token.kind == TokenKind::String || token.kind == TokenKind::Character;
        for (char const c : token.text) {
            if (is_literal && (c == '"' || c == '\\')) text += '\\';
            text += c;
        }
        if (text.size() > kMaxExpandedTokens) break;
    }
    text += '"';
    m_expanded_tokens += text.size() / 16;
    Token token{.text = m_sources.keep(std::move(text)), .range = use.range, .kind = TokenKind::String};
    return token;
}

Token Preprocessor::builtin(Token const& name)
{
    Token token = name;
    auto const place = m_sources.place(name.range.begin);
    bool const is_line = name.text == "__LINE__";
    token.kind = is_line ? TokenKind::Number : TokenKind::String;
    token.text = m_sources.keep(is_line ? std::to_string(place.line) : fmt::format("\"{}\"", place.file));
    return token;
}

} // namespace latchkey::midl
