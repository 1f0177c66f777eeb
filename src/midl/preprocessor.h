// SPDX-License-Identifier: MIT
// The C preprocessor, as far as IDL files use it. One Preprocessor reads one file with everything it includes and gives
// the tokens that are left; macros do not travel between files that import each other.
//
// Text that comes out of a macro has the place of the macro's use, except for the arguments, which keep their own.
#pragma once

#include "midl/diagnostic.h"
#include "midl/lexer.h"
#include "midl/source.h"
#include "midl/token.h"

#include <filesystem>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace latchkey::midl {

inline constexpr std::size_t kMaxIncludeDepth = 64;
inline constexpr std::size_t kMaxConditionalDepth = 256;
inline constexpr std::size_t kMaxMacroNesting = 200;        // macros and arguments being expanded at once
inline constexpr std::size_t kMaxExpandedTokens = 1u << 20; // by macros, in one file with its includes
inline constexpr std::size_t kMaxTokens = 16u << 20;        // that are left
inline constexpr std::size_t kMaxMacroParameters = 256;

struct PreprocessorOptions {
    std::vector<std::filesystem::path> include_folders;
    std::vector<std::string> definitions; // "NAME" or "NAME=VALUE"
};

class Preprocessor {
public:
    // opened receives every file that is read, in order.
    Preprocessor(SourceSet& sources, FileProvider& files, Diagnostics& diagnostics, PreprocessorOptions const& options,
                 std::vector<std::filesystem::path>& opened);
    ~Preprocessor();
    Preprocessor(Preprocessor const&) = delete;
    Preprocessor& operator=(Preprocessor const&) = delete;

    // Ends with an End token. Errors are reported; the tokens are usable in any case.
    std::vector<Token> run(SourceSet::Text const& text, std::filesystem::path const& path);

private:
    struct Macro;
    // A list of tokens that is read before the rest: a macro's expansion, or an argument.
    struct Context {
        std::vector<Token> tokens;
        std::size_t position = 0;
        Macro* macro = nullptr;  // not expanded again while this is read
        bool is_barrier = false; // what reads an argument stops at its end
    };
    struct Conditional {
        Range begin;
        bool was_taken = false;
        bool is_active = false;
        bool seen_else = false;
    };
    struct OpenFile {
        OpenFile(Lexer file_lexer, std::filesystem::path file_path, std::string_view file_name)
            : lexer{file_lexer}, path{std::move(file_path)}, name{file_name}
        {}
        Lexer lexer;
        std::filesystem::path path;
        std::string_view name;
        std::vector<Conditional> conditionals;
    };

    // Tokens before macros: from contexts, then from files. Directives are carried out on the way.
    Token raw();
    // The next token that no macro touches any more.
    Token expanded();
    bool expand(Token const& name, Macro& macro);
    bool next_is_parenthesis();
    std::optional<std::vector<std::vector<Token>>> collect_arguments(Token const& name, Macro const& macro);
    std::vector<Token> expand_argument(std::vector<Token> const& argument);
    std::vector<Token> substitute(Macro const& macro, std::vector<std::vector<Token>> const& arguments,
                                  Token const& use);
    void append_pasted(std::vector<Token>& out, Token const& right, Token const& use);
    Token stringized(std::vector<Token> const& argument, Token const& use);
    Token from_text(std::string text, Range range);
    Token builtin(Token const& name);
    void push(std::vector<Token> tokens, Macro* macro, bool is_barrier);
    void pop();

    void directive();
    void conditional_directive(std::string_view name, Token const& keyword);
    bool group_is_active() const;
    void skip_group();
    bool condition_holds(std::vector<Token> line, Token const& keyword);
    void define(Token const& keyword);
    bool read_parameters(Macro& macro);
    void store(Macro macro);
    void undefine();
    void include(Token const& keyword, bool import);
    void pragma();
    void close_file();
    std::vector<Token> rest_of_line();
    std::vector<Token> expand_line(std::vector<Token> line);
    void no_more_text(std::string_view directive_name);
    void predefine(std::string_view name, std::string value);
    OpenFile& file() { return *m_files.back(); }

    SourceSet& m_sources;
    FileProvider& m_provider;
    Diagnostics& m_diagnostics;
    PreprocessorOptions const& m_options;
    std::vector<std::filesystem::path>& m_opened;

    std::map<std::string_view, std::unique_ptr<Macro>, std::less<>> m_macros;
    std::vector<std::unique_ptr<Macro>> m_undefined; // contexts may still point to them
    std::list<Context> m_contexts;
    std::size_t m_argument_depth = 0;
    std::size_t m_expanded_tokens = 0;
    std::vector<std::unique_ptr<OpenFile>> m_files;
    std::set<std::string> m_once;
};

// Where #include and import look: beside the file, then in the folders. Empty when it is nowhere.
std::filesystem::path find_file(FileProvider&, std::filesystem::path const& from, std::filesystem::path const& name,
                                std::vector<std::filesystem::path> const& folders);

} // namespace latchkey::midl
