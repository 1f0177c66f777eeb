// SPDX-License-Identifier: MIT
#include "midl/preprocessor.h"

#include "midl/expression.h"
#include "midl/macro.h"

#include <algorithm>

#include <fmt/format.h>

namespace latchkey::midl {

Preprocessor::Preprocessor(SourceSet& sources, FileProvider& files, Diagnostics& diagnostics,
                           PreprocessorOptions const& options, std::vector<std::filesystem::path>& opened)
    : m_sources{sources}, m_provider{files}, m_diagnostics{diagnostics}, m_options{options}, m_opened{opened}
{}

Preprocessor::~Preprocessor() = default;

void Preprocessor::predefine(std::string_view name, std::string value)
{
    // Lexed from a text of its own, so that messages about a definition have a line to show.
    auto const* text = m_sources.add("<command line>", fmt::format("{} {}\n", name, value));
    if (text == nullptr) return;
    Lexer lexer{*text, m_diagnostics};
    Token const first = lexer.next();
    if (!first.is_identifier() || first.text != name) {
        m_diagnostics.error(first.range, fmt::format("-D {}: not the name of a macro", name));
        return;
    }
    Macro macro{.name = first.text, .definition = first.range};
    for (Token token = lexer.next(); token.kind != TokenKind::End; token = lexer.next())
        macro.body.push_back(token);
    store(std::move(macro));
}

std::vector<Token> Preprocessor::run(SourceSet::Text const& text, std::filesystem::path const& path)
{
    for (auto const name : {"__LINE__", "__FILE__"})
        m_macros[name] = std::make_unique<Macro>(Macro{.name = name, .is_builtin = true});
    predefine("__LATCHKEY_MIDL__", "1");
    predefine("__midl", "801");
    for (auto const& definition : m_options.definitions) {
        auto const equals = definition.find('=');
        bool const has_value = equals != std::string::npos;
        predefine(std::string_view{definition}.substr(0, equals), has_value ? definition.substr(equals + 1) : "1");
    }
    m_files.push_back(std::make_unique<OpenFile>(Lexer{text, m_diagnostics}, path, text.name));
    std::vector<Token> tokens;
    for (;;) {
        Token token = expanded();
        bool const is_end = token.kind == TokenKind::End;
        tokens.push_back(token);
        if (is_end) break;
        if (tokens.size() < kMaxTokens && !m_diagnostics.stopped()) continue;
        if (!m_diagnostics.stopped()) m_diagnostics.error(token.range, "more than 16 million tokens");
        tokens.push_back({.range = token.range});
        break;
    }
    for (auto const& open : file().conditionals)
        m_diagnostics.error(open.begin, "this conditional has no #endif")
            .hint("add '#endif' before the end of the file");
    return tokens;
}

void Preprocessor::close_file()
{
    for (auto const& open : file().conditionals)
        m_diagnostics.error(open.begin, "this conditional has no #endif")
            .hint("add '#endif' before the end of the file");
    m_files.pop_back();
}

std::vector<Token> Preprocessor::rest_of_line()
{
    std::vector<Token> line;
    for (Token token = file().lexer.next(); token.kind != TokenKind::End; token = file().lexer.next())
        line.push_back(token);
    return line;
}

std::vector<Token> Preprocessor::expand_line(std::vector<Token> line)
{
    return expand_argument(line);
}

void Preprocessor::no_more_text(std::string_view name)
{
    Token const token = file().lexer.next();
    if (token.kind != TokenKind::End)
        m_diagnostics.warning(Warning::DirectiveText, token.range, fmt::format("text after #{} is ignored", name));
}

void Preprocessor::directive()
{
    auto* const current = m_files.back().get();
    current->lexer.begin_directive();
    Token const keyword = current->lexer.next();
    auto const name = keyword.text;
    if (keyword.kind == TokenKind::End || keyword.kind == TokenKind::Number) {
        // "#" alone is nothing; "# 12 "file"" is what other preprocessors leave behind.
    } else if (name == "if" || name == "ifdef" || name == "ifndef" || name == "elif" || name == "else" ||
               name == "endif") {
        conditional_directive(name, keyword);
        current->lexer.end_directive();
        if (!group_is_active()) skip_group();
        return;
    } else if (name == "define") {
        define(keyword);
    } else if (name == "undef") {
        undefine();
    } else if (name == "include" || name == "include_next" || name == "import") {
        include(keyword, name == "import");
    } else if (name == "pragma") {
        pragma();
    } else if (name == "error" || name == "warning") {
        std::string text{"#" + std::string{name}};
        for (auto const& token : rest_of_line())
            text += (token.space_before ? " " : "") + std::string{token.text};
        if (name == "error")
            m_diagnostics.error(keyword.range, std::move(text));
        else
            m_diagnostics.warning(Warning::UserWarning, keyword.range, std::move(text));
    } else if (name != "line" && name != "ident") {
        m_diagnostics.error(keyword.range, fmt::format("unknown directive '#{}'", name));
    }
    current->lexer.end_directive();
}

bool Preprocessor::group_is_active() const
{
    auto const& conditionals = m_files.back()->conditionals;
    return conditionals.empty() || conditionals.back().is_active;
}

void Preprocessor::conditional_directive(std::string_view name, Token const& keyword)
{
    auto& conditionals = file().conditionals;
    if (name.starts_with("if")) {
        if (conditionals.size() >= kMaxConditionalDepth) {
            m_diagnostics.error(keyword.range, "conditionals are nested too deeply");
            return;
        }
        bool holds = false;
        if (name == "if") {
            holds = condition_holds(rest_of_line(), keyword);
        } else {
            Token const macro = file().lexer.next();
            if (!macro.is_identifier())
                m_diagnostics.error(keyword.range, fmt::format("#{} needs a macro's name", name));
            holds = m_macros.contains(macro.text) == (name == "ifdef");
            no_more_text(name);
        }
        conditionals.push_back({keyword.range, holds, holds, false});
        return;
    }
    if (conditionals.empty()) {
        m_diagnostics.error(keyword.range, fmt::format("#{} without #if", name));
        return;
    }
    auto& conditional = conditionals.back();
    if (name == "endif") {
        no_more_text(name);
        conditionals.pop_back();
        return;
    }
    if (conditional.seen_else)
        m_diagnostics.error(keyword.range, fmt::format("#{} after #else", name)).note(conditional.begin, "of this #if");
    conditional.is_active = !conditional.was_taken;
    if (name == "elif" && conditional.is_active) conditional.is_active = condition_holds(rest_of_line(), keyword);
    if (name == "else") conditional.seen_else = true;
    conditional.was_taken = conditional.was_taken || conditional.is_active;
}

void Preprocessor::skip_group()
{
    auto& lexer = file().lexer;
    lexer.set_quiet(true);
    std::size_t depth = 0;
    for (;;) {
        Token const token = lexer.next();
        if (token.kind == TokenKind::End) break;
        if (!token.is('#') || !token.at_line_start) continue;
        lexer.begin_directive();
        Token const keyword = lexer.next();
        auto const name = keyword.text;
        if (name == "if" || name == "ifdef" || name == "ifndef") {
            ++depth;
        } else if (depth > 0) {
            if (name == "endif") --depth;
        } else if (name == "elif" || name == "else" || name == "endif") {
            lexer.set_quiet(false);
            conditional_directive(name, keyword);
            lexer.end_directive();
            if (group_is_active()) return;
            lexer.set_quiet(true);
            continue;
        }
        lexer.end_directive();
    }
    lexer.set_quiet(false);
}

bool Preprocessor::condition_holds(std::vector<Token> line, Token const& keyword)
{
    // `defined` looks at names before macros are replaced.
    std::vector<Token> resolved;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (!line[i].is("defined")) {
            resolved.push_back(line[i]);
            continue;
        }
        bool const parentheses = i + 1 < line.size() && line[i + 1].is('(');
        std::size_t const name = i + (parentheses ? 2 : 1);
        if (name >= line.size() || !line[name].is_identifier() ||
            (parentheses && (name + 1 >= line.size() || !line[name + 1].is(')')))) {
            m_diagnostics.error(line[i].range, "'defined' needs a macro's name").hint("write 'defined(NAME)'");
            return false;
        }
        resolved.push_back(line[i]);
        resolved.back().kind = TokenKind::Number;
        resolved.back().text = m_macros.contains(line[name].text) ? "1" : "0";
        i = name + (parentheses ? 1 : 0);
    }
    auto tokens = expand_line(std::move(resolved));
    if (tokens.empty()) {
        m_diagnostics.error(keyword.range, fmt::format("#{} without a condition", keyword.text));
        return false;
    }
    tokens.push_back({.range = {tokens.back().range.end, tokens.back().range.end}});
    std::size_t position = 0;
    auto const condition = parse_expression(tokens, position, m_diagnostics);
    if (!condition) return false;
    if (tokens[position].kind != TokenKind::End) {
        m_diagnostics.error(tokens[position].range, "the condition goes on after its end");
        return false;
    }
    auto const name_value = [](Expression const& name) -> std::optional<int64_t> {
        return name.name == "true" ? 1 : 0;
    };
    return evaluate(*condition, name_value, m_diagnostics).value_or(0) != 0;
}

bool Preprocessor::read_parameters(Macro& macro)
{
    macro.is_function = true;
    for (bool first = true;; first = false) {
        Token token = file().lexer.next();
        if (token.is(')') && first) return true;
        if (token.is(kEllipsis)) {
            macro.is_variadic = true;
            macro.parameters.emplace_back("__VA_ARGS__");
            return file().lexer.next().is(')');
        }
        bool const is_new =
            std::find(macro.parameters.begin(), macro.parameters.end(), token.text) == macro.parameters.end();
        if (!token.is_identifier() || !is_new || macro.parameters.size() >= kMaxMacroParameters) return false;
        macro.parameters.push_back(token.text);
        token = file().lexer.next();
        if (token.is(')')) return true;
        if (!token.is(',')) return false;
    }
}

void Preprocessor::define(Token const& keyword)
{
    Token const name = file().lexer.next();
    if (!name.is_identifier() || name.text == "defined") {
        m_diagnostics.error(name.kind == TokenKind::End ? keyword.range : name.range, "#define needs a macro's name");
        return;
    }
    Macro macro{.name = name.text, .definition = name.range};
    Token token = file().lexer.next();
    if (token.is('(') && !token.space_before) {
        if (!read_parameters(macro)) {
            m_diagnostics.error(name.range,
                                fmt::format("the parameters of macro '{}' are not a list of names", name.text));
            return;
        }
        token = file().lexer.next();
    }
    for (; token.kind != TokenKind::End; token = file().lexer.next())
        macro.body.push_back(token);
    if (!macro.body.empty() && (macro.body.front().is(kPaste) || macro.body.back().is(kPaste))) {
        m_diagnostics.error(macro.body.front().range, "'##' needs something on both sides");
        return;
    }
    store(std::move(macro));
}

void Preprocessor::store(Macro macro)
{
    auto& place = m_macros[macro.name];
    if (place && !place->is_same(macro))
        m_diagnostics
            .warning(Warning::MacroRedefined, macro.definition, fmt::format("macro '{}' is defined again", macro.name))
            .note(place->definition, "previous definition is here");
    if (place) m_undefined.push_back(std::move(place));
    place = std::make_unique<Macro>(std::move(macro));
}

void Preprocessor::undefine()
{
    Token const name = file().lexer.next();
    if (!name.is_identifier()) {
        m_diagnostics.error(name.range, "#undef needs a macro's name");
        return;
    }
    if (auto const found = m_macros.find(name.text); found != m_macros.end()) {
        m_undefined.push_back(std::move(found->second));
        m_macros.erase(found);
    }
    no_more_text("undef");
}

void Preprocessor::include(Token const& keyword, bool import)
{
    auto* const current = m_files.back().get();
    auto name = current->lexer.bracketed_name();
    if (!name) {
        auto const line = expand_line(rest_of_line());
        if (line.empty() || line.front().kind != TokenKind::String) {
            m_diagnostics.error(keyword.range, fmt::format("#{} needs a file's name in quotes or <>", keyword.text));
            return;
        }
        name = line.front();
        name->text = name->text.substr(1, name->text.size() - 2);
    }
    if (import) {
        // The same as the statement: left to the parser.
        Token quoted = *name;
        quoted.text = m_sources.keep(fmt::format("\"{}\"", name->text));
        Token const word{.text = "import", .range = keyword.range, .kind = TokenKind::Identifier, .no_expansion = true};
        Token const end{.text = ";", .range = name->range, .kind = TokenKind::Punctuator, .punctuator = ';'};
        push({word, quoted, end}, nullptr, false);
        return;
    }
    auto const path =
        find_file(m_provider, current->path, std::filesystem::path{name->text}, m_options.include_folders);
    if (path.empty()) {
        m_diagnostics.error(name->range, fmt::format("'{}' is not found", name->text))
            .hint("-I FOLDER adds a folder to look in");
        return;
    }
    if (m_once.contains(m_provider.identity(path))) return;
    if (m_files.size() >= kMaxIncludeDepth) {
        m_diagnostics.error(name->range, "#include is nested too deeply").hint("does a file include itself?");
        return;
    }
    auto text = m_provider.read(path);
    auto const* added = text ? m_sources.add(path.string(), std::move(*text)) : nullptr;
    if (added == nullptr) {
        m_diagnostics.error(name->range, fmt::format("cannot read '{}': {}", path.string(),
                                                     text ? "the sources are larger than 64 MiB" : text.error()));
        return;
    }
    m_opened.push_back(path);
    current->lexer.end_directive();
    m_files.push_back(std::make_unique<OpenFile>(Lexer{*added, m_diagnostics}, path, added->name));
}

void Preprocessor::pragma()
{
    Token const what = file().lexer.next();
    if (what.is("once")) m_once.insert(m_provider.identity(file().path));
}

std::filesystem::path find_file(FileProvider& files, std::filesystem::path const& from,
                                std::filesystem::path const& name, std::vector<std::filesystem::path> const& folders)
{
    if (name.empty() || name.native().find('\0') != std::string::npos) return {};
    if (auto const beside = from.parent_path() / name; files.is_file(beside)) return beside;
    for (auto const& folder : folders)
        if (auto const inside = folder / name; files.is_file(inside)) return inside;
    return {};
}

} // namespace latchkey::midl
