// SPDX-License-Identifier: MIT
#include "projection/arguments.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

namespace latchkey::projection {

namespace {

// What the other tool writes with one dash. Those that mean nothing here are accepted by main.cpp and do nothing.
constexpr std::array<std::string_view, 22> kSingleDash{
    "in",      "input",     "ref",    "reference", "out",      "output",  "component", "name",
    "verbose", "overwrite", "prefix", "pch",       "include",  "exclude", "base",      "optimize",
    "opt",     "help",      "filter", "library",   "brackets", "license",
};

std::string_view our_name(std::string_view theirs)
{
    if (theirs == "input") return "in";
    if (theirs == "reference") return "ref";
    if (theirs == "output") return "out";
    if (theirs == "opt") return "optimize";
    if (theirs == "filter") return "include";
    return theirs;
}

tl::expected<void, GenerateError> append(std::vector<std::string> const& arguments, unsigned depth,
                                         std::vector<std::string>& to)
{
    for (auto const& argument : arguments) {
        if (to.size() >= kMaxArguments)
            return tl::unexpected{GenerateError{fmt::format("more than {} arguments", kMaxArguments)}};
        if (argument.size() > 1 && argument[0] == '@') {
            if (depth == kMaxResponseDepth)
                return tl::unexpected{GenerateError{fmt::format("{}: response files are nested deeper than {}",
                                                                argument.substr(1), kMaxResponseDepth)}};
            std::ifstream file{argument.substr(1), std::ios::binary};
            if (!file || std::filesystem::is_directory(argument.substr(1)))
                return tl::unexpected{
                    GenerateError{fmt::format("cannot read the response file {}", argument.substr(1))}};
            std::string text(kMaxResponseBytes + 1, '\0');
            file.read(text.data(), static_cast<std::streamsize>(text.size()));
            text.resize(static_cast<std::size_t>(file.gcount()));
            if (text.size() > kMaxResponseBytes)
                return tl::unexpected{GenerateError{fmt::format("the response file {} is larger than {} bytes",
                                                                argument.substr(1), kMaxResponseBytes)}};
            if (auto inner = append(response_words(text), depth + 1, to); !inner) return inner;
            continue;
        }
        auto const equals = std::min(argument.find('='), argument.size());
        auto const name = argument.size() > 1 && argument[0] == '-' && argument[1] != '-'
                              ? std::string_view{argument}.substr(1, equals - 1)
                              : std::string_view{};
        if (std::ranges::count(kSingleDash, name) != 0)
            to.push_back(fmt::format("--{}{}", our_name(name), argument.substr(equals)));
        else
            to.push_back(argument);
    }
    return {};
}

} // namespace

std::vector<std::string> response_words(std::string_view text)
{
    std::vector<std::string> words;
    std::string word;
    bool quoted = false;
    bool begun = false;
    for (auto const c : text) {
        if (c == '"') {
            quoted = !quoted;
            begun = true;
        } else if (!quoted && (c == ' ' || c == '\t' || c == '\r' || c == '\n')) {
            if (begun) words.push_back(std::move(word));
            word.clear();
            begun = false;
        } else {
            word += c;
            begun = true;
        }
    }
    if (begun) words.push_back(std::move(word));
    return words;
}

tl::expected<std::vector<std::string>, GenerateError> normalized_arguments(std::vector<std::string> const& arguments)
{
    std::vector<std::string> result;
    if (auto done = append(arguments, 0, result); !done) return tl::unexpected{done.error()};
    return result;
}

} // namespace latchkey::projection
