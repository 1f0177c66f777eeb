// SPDX-License-Identifier: MIT
// Columns for people: as wide as their widest cell, two blanks between them, none at the end of a line.
#pragma once

#include <string>
#include <vector>

namespace latchkey::cli {

class Table {
public:
    // Without names there is no head line.
    explicit Table(std::vector<std::string> names = {}) : m_names(std::move(names)) {}

    void add(std::vector<std::string> cells) { m_rows.push_back(std::move(cells)); }
    bool empty() const { return m_rows.empty(); }
    // Each line begins with indent.
    std::string text(std::string_view indent = {}) const;

private:
    std::vector<std::string> m_names;
    std::vector<std::vector<std::string>> m_rows;
};

} // namespace latchkey::cli
