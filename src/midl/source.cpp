// SPDX-License-Identifier: MIT
#include "midl/source.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <system_error>

namespace latchkey::midl {

Range join(Range first, Range last)
{
    return last.end > first.begin ? Range{first.begin, last.end} : first;
}

tl::expected<std::string, std::string> DiskFiles::read(std::filesystem::path const& path)
{
    auto const reason = [] { return tl::unexpected(std::error_code(errno, std::generic_category()).message()); };
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> const file{std::fopen(path.c_str(), "rbe"), &std::fclose};
    if (!file) return reason();
    std::string text;
    for (char buffer[1 << 16];;) {
        auto const count = std::fread(buffer, 1, sizeof buffer, file.get());
        text.append(buffer, count);
        if (std::ferror(file.get()) != 0) return reason();
        if (text.size() > kMaxSourceBytes) return tl::unexpected(std::string{"the file is larger than 64 MiB"});
        if (count == 0) return text;
    }
}

bool DiskFiles::is_file(std::filesystem::path const& path)
{
    std::error_code ignored;
    auto const status = std::filesystem::status(path, ignored);
    return std::filesystem::exists(status) && !std::filesystem::is_directory(status);
}

std::string DiskFiles::identity(std::filesystem::path const& path)
{
    std::error_code failed;
    auto const canonical = std::filesystem::weakly_canonical(path, failed);
    return (failed ? path.lexically_normal() : canonical).string();
}

SourceSet::Text const* SourceSet::add(std::string name, std::string text)
{
    if (text.size() >= kMaxSourceBytes - m_next) return nullptr;
    auto& added = m_texts.emplace_back();
    added.name = std::move(name);
    added.text = std::move(text);
    added.base = m_next;
    added.line_offsets.push_back(0);
    for (std::size_t at = 0; (at = added.text.find('\n', at)) != std::string::npos;)
        added.line_offsets.push_back(static_cast<uint32_t>(++at));
    m_next += static_cast<uint32_t>(added.text.size()) + 1; // the end is a place of its own
    return &added;
}

SourceSet::Text const& SourceSet::text_of(uint32_t position) const
{
    auto const after = std::upper_bound(m_texts.begin(), m_texts.end(), position,
                                        [](uint32_t at, Text const& text) { return at < text.base; });
    assert(after != m_texts.begin());
    return *std::prev(after);
}

Place SourceSet::place(uint32_t position) const
{
    Text const& text = text_of(position);
    auto const offset = std::min(position - text.base, static_cast<uint32_t>(text.text.size()));
    auto const after = std::upper_bound(text.line_offsets.begin(), text.line_offsets.end(), offset);
    auto const start = *std::prev(after);
    std::string_view line = std::string_view{text.text}.substr(start);
    line = line.substr(0, line.find('\n'));
    if (line.ends_with('\r')) line.remove_suffix(1);
    auto const is_lead = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
    auto const before = std::string_view{text.text}.substr(start, offset - start);
    return {.file = text.name,
            .line = static_cast<uint32_t>(after - text.line_offsets.begin()),
            .column = static_cast<uint32_t>(std::count_if(before.begin(), before.end(), is_lead)) + 1,
            .line_text = line,
            .line_begin = text.base + start};
}

std::string_view SourceSet::keep(std::string text)
{
    return m_kept.emplace_back(std::move(text));
}

} // namespace latchkey::midl
