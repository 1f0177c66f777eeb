// SPDX-License-Identifier: MIT
#include "midl/diagnostic.h"

#include <algorithm>

#include <fmt/format.h>

namespace latchkey::midl {

namespace {

constexpr std::size_t kMaxShownBytes = 160; // of a source line

struct Palette {
    std::string_view bold, error, warning, note, hint, caret, off;
};
constexpr Palette kPlain{};
constexpr Palette kColours{"\033[1m", "\033[1;31m", "\033[1;35m", "\033[1;36m", "\033[1;34m", "\033[1;32m", "\033[0m"};

bool is_continuation(char c)
{
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

// Control characters of the input must not reach the terminal.
std::string printable(std::string_view text)
{
    std::string result{text};
    for (char& c : result)
        if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) c = '?';
    return result;
}

// The part of a long line around [begin, end), which are moved along.
std::string_view window(std::string_view line, std::size_t& begin, std::size_t& end)
{
    if (line.size() <= kMaxShownBytes) return line;
    auto start = begin > kMaxShownBytes / 2 ? begin - kMaxShownBytes / 2 : 0;
    // Whole characters; a character has at most three bytes behind its first.
    for (int i = 0; i < 3 && start > 0 && is_continuation(line[start]); ++i)
        --start;
    auto shown = line.substr(start);
    auto length = std::min(kMaxShownBytes, shown.size());
    for (int i = 0; i < 3 && length < shown.size() && is_continuation(shown[length]); ++i)
        ++length;
    shown = shown.substr(0, length);
    begin -= start;
    end = std::clamp(end - start, begin, shown.size());
    return shown;
}

void append_line(std::string& out, Range range, SourceSet const& sources, Palette const& palette)
{
    auto const place = sources.place(range.begin);
    std::size_t begin = std::min<std::size_t>(range.begin - place.line_begin, place.line_text.size());
    std::size_t end = std::clamp<std::size_t>(range.end - place.line_begin, begin, place.line_text.size());
    auto const line = window(place.line_text, begin, end);
    out += fmt::format("{:5} | {}\n      | ", place.line, printable(line));
    for (char const c : line.substr(0, begin))
        if (!is_continuation(c)) out += c == '\t' ? '\t' : ' ';
    out += palette.caret;
    out += '^';
    auto const marked = line.substr(begin, end - begin);
    auto const width = std::count_if(marked.begin(), marked.end(), [](char c) { return !is_continuation(c); });
    if (width > 1) out.append(static_cast<std::size_t>(width) - 1, '~');
    out += palette.off;
    out += '\n';
}

void append_message(std::string& out, Range range, std::string_view kind, std::string_view colour,
                    std::string_view text, SourceSet const& sources, Palette const& palette)
{
    if (range) {
        auto const place = sources.place(range.begin);
        out +=
            fmt::format("{}{}:{}:{}:{} ", palette.bold, printable(place.file), place.line, place.column, palette.off);
    } else {
        out += fmt::format("{}latchkey-midl:{} ", palette.bold, palette.off);
    }
    out += fmt::format("{}{}:{} {}{}{}\n", colour, kind, palette.off, palette.bold, printable(text), palette.off);
    if (range) append_line(out, range, sources, palette);
}

} // namespace

std::string to_text(Diagnostic const& diagnostic, SourceSet const& sources, Diagnostics const& all, bool colour)
{
    auto const& palette = colour ? kColours : kPlain;
    std::string out;
    bool const is_error = diagnostic.severity == Severity::Error;
    auto const text =
        diagnostic.code.empty() ? diagnostic.text : fmt::format("{} [{}]", diagnostic.text, diagnostic.code);
    append_message(out, diagnostic.range, is_error ? "error" : "warning", is_error ? palette.error : palette.warning,
                   text, sources, palette);
    if (!diagnostic.help.empty())
        out += fmt::format("{}hint:{} {}\n", palette.hint, palette.off, printable(diagnostic.help));
    if (diagnostic.range)
        if (auto const* macro = all.macro_at(diagnostic.range.begin))
            append_message(out, macro->definition, "note", palette.note, fmt::format("expanded from '{}'", macro->name),
                           sources, palette);
    for (auto const& note : diagnostic.notes)
        append_message(out, note.range, "note", palette.note, note.text, sources, palette);
    return out;
}

std::string to_text(Diagnostics const& diagnostics, SourceSet const& sources, bool colour)
{
    std::string out;
    for (auto const& diagnostic : diagnostics.sorted())
        out += to_text(diagnostic, sources, diagnostics, colour);
    if (diagnostics.stopped())
        out += fmt::format("latchkey-midl: stopped after {} errors; --max-errors changes that\n",
                           diagnostics.error_count());
    return out;
}

} // namespace latchkey::midl
