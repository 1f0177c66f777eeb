// SPDX-License-Identifier: MIT
#include "cli/table.h"

#include <algorithm>
#include <string_view>

namespace latchkey::cli {

namespace {

std::size_t width_of(std::string_view utf8)
{
    return static_cast<std::size_t>(
        std::ranges::count_if(utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

} // namespace

std::string Table::text(std::string_view indent) const
{
    std::vector<std::vector<std::string> const*> rows;
    if (!m_names.empty()) rows.push_back(&m_names);
    for (auto const& row : m_rows)
        rows.push_back(&row);
    std::vector<std::size_t> widths;
    for (auto const* const row : rows)
        for (std::size_t i = 0; i < row->size(); ++i) {
            if (widths.size() <= i) widths.push_back(0);
            widths[i] = std::max(widths[i], width_of((*row)[i]));
        }
    std::string text;
    for (auto const* const row : rows) {
        std::string line(indent);
        for (std::size_t i = 0; i < row->size(); ++i) {
            line += (*row)[i];
            line.append(widths[i] - width_of((*row)[i]) + 2, ' ');
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + '\n';
    }
    return text;
}

} // namespace latchkey::cli
