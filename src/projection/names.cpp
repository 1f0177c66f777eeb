// SPDX-License-Identifier: MIT
#include "projection/names.h"

#include <algorithm>
#include <array>

namespace latchkey::projection {

namespace {

// In byte order, for the binary search below.
constexpr std::array kReserved = std::to_array<std::string_view>({
    "BUFSIZ",       "EOF",       "INFINITY",      "NAN",
    "NDEBUG",       "NULL",      "RAND_MAX",      "_",
    "alignas",      "alignof",   "and",           "and_eq",
    "asm",          "assert",    "auto",          "bitand",
    "bitor",        "bool",      "break",         "case",
    "catch",        "char",      "char16_t",      "char32_t",
    "char8_t",      "class",     "co_await",      "co_return",
    "co_yield",     "compl",     "concept",       "const",
    "const_cast",   "consteval", "constexpr",     "constinit",
    "continue",     "decltype",  "default",       "delete",
    "do",           "double",    "dynamic_cast",  "else",
    "enum",         "errno",     "explicit",      "export",
    "extern",       "false",     "float",         "for",
    "friend",       "goto",      "i386",          "if",
    "inline",       "int",       "linux",         "long",
    "mutable",      "namespace", "new",           "noexcept",
    "not",          "not_eq",    "nullptr",       "offsetof",
    "operator",     "or",        "or_eq",         "private",
    "protected",    "public",    "register",      "reinterpret_cast",
    "requires",     "return",    "short",         "signed",
    "sizeof",       "static",    "static_assert", "static_cast",
    "std",          "stderr",    "stdin",         "stdout",
    "struct",       "switch",    "template",      "this",
    "thread_local", "throw",     "true",          "try",
    "typedef",      "typeid",    "typename",      "union",
    "unix",         "unsigned",  "using",         "virtual",
    "void",         "volatile",  "wchar_t",       "while",
    "winrt",        "xor",       "xor_eq",
});
static_assert(std::ranges::is_sorted(kReserved));

} // namespace

bool is_reserved(std::string_view name)
{
    return std::ranges::binary_search(kReserved, name);
}

bool is_identifier(std::string_view name)
{
    auto const letter = [](char c) {
        // Beyond ASCII the compiler judges.
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
    };
    if (name.empty() || !letter(name[0])) return false;
    return std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

std::string identifier(std::string_view name)
{
    std::string result{name};
    if (is_reserved(result)) result += '_';
    return result;
}

std::string parameter_identifier(std::string_view name)
{
    auto result = identifier(name);
    if (name.starts_with("winrt") && !is_reserved(name)) result += '_';
    return result;
}

std::string cpp_namespace(std::string_view metadata_namespace)
{
    std::string result = "winrt";
    while (!metadata_namespace.empty()) {
        auto const dot = metadata_namespace.find('.');
        result += "::";
        result += identifier(metadata_namespace.substr(0, dot));
        metadata_namespace = dot == std::string_view::npos ? std::string_view{} : metadata_namespace.substr(dot + 1);
    }
    return result;
}

std::string joined_name(std::string_view full_name)
{
    std::string result;
    result.reserve(full_name.size() + 4);
    for (auto const c : without_arity(full_name)) {
        if (c == '.') {
            result += '_';
        } else if (c == '_') {
            // No name begins with a digit, so "A_B.C" and "A.B.C" stay different.
            result += "_0";
        } else {
            result += c;
        }
    }
    return result;
}

std::string_view without_arity(std::string_view name)
{
    return name.substr(0, name.find('`'));
}

} // namespace latchkey::projection
