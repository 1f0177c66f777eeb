// SPDX-License-Identifier: MIT
// latchkey completion SHELL: the words that can stand at each place, asked of the parser itself.
#include "cli/command.h"
#include "packages/files/file_bytes.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace latchkey::cli {

namespace {

struct Words {
    std::string path;                                          // "manifest check"; empty for latchkey itself
    std::vector<std::pair<std::string, std::string>> commands; // with their summaries
    std::vector<std::pair<std::string, std::string>> options;  // every spelling, with its description
    std::map<std::string, std::vector<std::string>> values;    // of options that take one of a few
    std::vector<std::string> arguments;                        // values of the positional argument, where they are few
    bool files = false;                                        // the positional argument is a file
    std::string names;                                         // or what `latchkey names` knows: tasks, packages
};

// "TYPE:{a,b}" → a, b
std::vector<std::string> allowed_values(CLI::Option const& option)
{
    std::string const type = option.get_type_name();
    std::size_t const open = type.find('{');
    std::size_t const close = type.find('}', open == std::string::npos ? 0 : open);
    std::vector<std::string> values;
    if (open == std::string::npos || close == std::string::npos) return values;
    for (std::size_t begin = open + 1; begin < close;) {
        std::size_t const end = std::min(type.find(',', begin), close);
        values.push_back(type.substr(begin, end - begin));
        begin = end + 1;
    }
    return values;
}

void collect_options(CLI::App const& app, Words& words)
{
    for (CLI::Option const* const option : app.get_options()) {
        std::vector<std::string> const values = allowed_values(*option);
        if (option->get_positional()) {
            words.arguments = values;
            std::string const type = option->get_type_name();
            words.names = type == "TASK" ? "tasks" : type == "PACKAGE" ? "packages" : "";
            words.files = values.empty() && words.names.empty();
        }
        std::vector<std::string> spellings;
        for (std::string const& name : option->get_lnames())
            spellings.push_back("--" + name);
        for (std::string const& name : option->get_snames())
            spellings.push_back("-" + name);
        for (std::string const& spelling : spellings) {
            words.options.emplace_back(spelling, option->get_description());
            if (!values.empty()) words.values[spelling] = values;
        }
    }
}

void collect(CLI::App const& app, std::string const& path, std::vector<Words>& all)
{
    Words words;
    words.path = path;
    collect_options(app, words);
    if (app.get_prefix_command()) words.names = "packages"; // latchkey launch APP …
    std::vector<CLI::App const*> inner;
    for (CLI::App const* const one : app.get_subcommands([](CLI::App const*) { return true; })) {
        if (one->get_name().empty()) {
            collect_options(*one, words); // a group of options
            continue;
        }
        if (one->get_group().empty()) continue; // hidden
        words.commands.emplace_back(one->get_name(), one->get_description());
        inner.push_back(one);
    }
    all.push_back(std::move(words));
    for (CLI::App const* const one : inner)
        collect(*one, path.empty() ? one->get_name() : path + ' ' + one->get_name(), all);
}

std::string quoted(std::string text)
{
    for (std::size_t at = 0; (at = text.find('\'', at)) != std::string::npos; at += 4)
        text.replace(at, 1, "'\\''");
    return '\'' + text + '\'';
}

std::vector<std::string> first_of(std::vector<std::pair<std::string, std::string>> const& pairs)
{
    std::vector<std::string> words;
    for (auto const& pair : pairs)
        words.push_back(pair.first);
    return words;
}

// Bash and zsh differ only in how they ask for the words typed so far and how candidates are handed over.
std::string cases(std::vector<Words> const& all, std::string_view offer, std::string_view offer_files,
                  std::string_view offer_names)
{
    std::string text;
    for (Words const& words : all)
        for (auto const& [option, values] : words.values)
            text +=
                fmt::format("        '{}|{}') {} {}; return ;;\n", words.path, option, offer, fmt::join(values, " "));
    text += "    esac\n    case \"$path\" in\n";
    for (Words const& words : all) {
        std::vector<std::string> candidates = first_of(words.commands);
        candidates.insert(candidates.end(), words.arguments.begin(), words.arguments.end());
        std::vector<std::string> const options = first_of(words.options);
        candidates.insert(candidates.end(), options.begin(), options.end());
        std::string more = words.files ? fmt::format("; {}", offer_files) : "";
        if (!words.names.empty()) more = fmt::format("; {} {}", offer_names, words.names);
        text += fmt::format("        '{}') {} {}{} ;;\n", words.path, offer, fmt::join(candidates, " "), more);
    }
    return text;
}

// The words of commands, so that arguments are not mistaken for them.
std::string path_patterns(std::vector<Words> const& all)
{
    std::vector<std::string> patterns;
    for (Words const& words : all)
        if (!words.path.empty()) patterns.push_back(quoted(words.path));
    return fmt::format("{}", fmt::join(patterns, "|"));
}

std::string bash(std::vector<Words> const& all)
{
    return fmt::format(R"(# Completion of latchkey for bash, written by `latchkey completion bash`.
_latchkey_offer() {{ COMPREPLY+=($(compgen -W "$*" -- "$current")); }}
_latchkey_files() {{
    compopt -o filenames
    local line
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$current")
}}
_latchkey_names() {{ _latchkey_offer $(latchkey names "$1" 2>/dev/null); }}
_latchkey() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} path= word
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case "${{path:+$path }}$word" in {}) path=${{path:+$path }}$word ;; esac
    done
    COMPREPLY=()
    case "$path|$previous" in
{}    esac
}}
complete -F _latchkey latchkey
)",
                       path_patterns(all), cases(all, "_latchkey_offer", "_latchkey_files", "_latchkey_names"));
}

std::string zsh(std::vector<Words> const& all)
{
    return fmt::format(R"(#compdef latchkey
# Completion of latchkey for zsh, written by `latchkey completion zsh`.
_latchkey_names() {{ compadd -- $(latchkey names $1 2>/dev/null); }}
_latchkey() {{
    local previous=${{words[CURRENT-1]}} path= word
    for word in "${{(@)words[2,CURRENT-1]}}"; do
        case "${{path:+$path }}$word" in ({}) path=${{path:+$path }}$word ;; esac
    done
    case "$path|$previous" in
{}    esac
}}
_latchkey "$@"
)",
                       path_patterns(all), cases(all, "compadd --", "_files", "_latchkey_names"));
}

std::string fish(std::vector<Words> const& all)
{
    std::string text = "# Completion of latchkey for fish, written by `latchkey completion fish`.\n"
                       "complete -c latchkey -f\n"
                       "function __latchkey_at\n"
                       "    set -l words (commandline -opc)[2..-1]\n"
                       "    set -l path\n"
                       "    for word in $words\n"
                       "        switch (string join -- ' ' $path $word)\n";
    for (Words const& words : all)
        if (!words.path.empty())
            text += fmt::format("            case {}\n                set -a path $word\n", quoted(words.path));
    text += "        end\n    end\n    test (string join -- ' ' $path) = \"$argv[1]\"\nend\n";
    for (Words const& words : all) {
        std::string const here = fmt::format("complete -c latchkey -n \"__latchkey_at '{}'\"", words.path);
        for (auto const& [name, summary] : words.commands)
            text += fmt::format("{} -a {} -d {}\n", here, name, quoted(summary));
        if (!words.arguments.empty()) text += fmt::format("{} -a '{}'\n", here, fmt::join(words.arguments, " "));
        if (words.files) text += fmt::format("{} -F\n", here);
        if (!words.names.empty()) text += fmt::format("{} -a '(latchkey names {} 2>/dev/null)'\n", here, words.names);
        for (auto const& [spelling, description] : words.options) {
            bool const is_long = spelling.starts_with("--");
            text += fmt::format("{} -{} {} -d {}", here, is_long ? 'l' : 's', spelling.substr(is_long ? 2 : 1),
                                quoted(description));
            if (auto const values = words.values.find(spelling); values != words.values.end())
                text += fmt::format(" -x -a '{}'", fmt::join(values->second, " "));
            text += '\n';
        }
    }
    return text;
}

struct Arguments {
    std::string shell;
    std::string output;
};

ExitStatus write_completion(CLI::App const& root, Arguments const& arguments)
{
    std::vector<Words> all;
    collect(root, "", all);
    std::string const script = arguments.shell == "bash" ? bash(all) : arguments.shell == "zsh" ? zsh(all) : fish(all);
    if (arguments.output.empty()) {
        fmt::print("{}", script);
        return ExitStatus::Done;
    }
    if (auto const written = packages::replace_file(arguments.output, script); !written) {
        fmt::print(stderr, "latchkey: {}\n", written.error().message);
        return ExitStatus::Failed;
    }
    return ExitStatus::Done;
}

} // namespace

Action declare_completion(CLI::App& app)
{
    auto const arguments = std::make_shared<Arguments>();
    app.add_option("SHELL", arguments->shell, "The shell")
        ->required()
        ->type_name("SHELL")
        ->check(CLI::IsMember(std::vector<std::string>{"bash", "zsh", "fish"}));
    app.add_option("-o,--output", arguments->output, "Write the script here and not to standard output")
        ->type_name("FILE");
    return [arguments, &app] {
        CLI::App const* root = &app;
        while (root->get_parent() != nullptr)
            root = root->get_parent();
        return write_completion(*root, *arguments);
    };
}

} // namespace latchkey::cli
