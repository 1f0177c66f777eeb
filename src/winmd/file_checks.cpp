// SPDX-License-Identifier: MIT
// Every column of every row: indexes, heap offsets and lists stay inside what they point into.
#include "winmd/file_parser.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

namespace latchkey::winmd {

namespace {

struct PointerTable {
    TableId pointers;
    TableId rows;
};
constexpr std::array kPointerTables{
    PointerTable{TableId::FieldPtr, TableId::Field}, PointerTable{TableId::MethodPtr, TableId::MethodDef},
    PointerTable{TableId::ParamPtr, TableId::Param}, PointerTable{TableId::EventPtr, TableId::Event},
    PointerTable{TableId::PropertyPtr, TableId::Property}};

// Where the standard allows a coded index to name nothing.
bool may_be_null(TableId table, std::string_view column)
{
    return (table == TableId::TypeDef && column == "Extends") || column == "ResolutionScope" ||
           column == "Implementation" || (table == TableId::Event && column == "EventType");
}

} // namespace

bool FileParser::check_rows()
{
    // Pointer tables first: lists go through them.
    for (auto const& pair : kPointerTables)
        if (!check_column(spec_of(pair.pointers), 0)) return false;
    if (!take_pointers()) return false;
    for (std::size_t i = 0; i < kTableCount; ++i) {
        auto const& table = spec_of(static_cast<TableId>(i));
        if (m_file.m_tables[i].row_count == 0) continue;
        for (unsigned column = 0; column < table.columns.size(); ++column)
            if (!check_column(table, column)) return false;
        order_rows(table);
    }
    make_maps();
    return true;
}

bool FileParser::check_column(TableSpec const& table, unsigned column)
{
    auto const& spec = table.columns[column];
    uint32_t first = 0; // values from first to last are right
    std::size_t last = 0;
    switch (spec.kind) {
    case ColumnKind::U1:
    case ColumnKind::U2:
    case ColumnKind::U4:
        return true;
    case ColumnKind::List:
        return check_list(table, column);
    case ColumnKind::Coded:
        return check_coded(table, column);
    case ColumnKind::String:
        last = m_string_end == 0 ? 0 : m_string_end - 1;
        break;
    case ColumnKind::GuidIndex:
        last = m_file.m_guids.size() / 16;
        break;
    case ColumnKind::Index:
        first = 1;
        last = m_file.row_count(spec.table);
        break;
    case ColumnKind::Blob:
        last = m_file.m_blobs.empty() ? 0 : m_file.m_blobs.size() - 1;
        break;
    }
    auto const rows = m_file.row_count(table.id);
    for (uint32_t row = 1; row <= rows; ++row) {
        auto const value = m_file.value(table.id, row, column);
        if (value < first || value > last) {
            return fail(table.id, row,
                        fmt::format("its {} is {}, which is outside of what it points into ({} to {})", spec.name,
                                    value, first, last));
        }
        if (spec.kind == ColumnKind::Blob && !check_blob(table.id, row, value)) return false;
    }
    return true;
}

bool FileParser::check_blob(TableId table, uint32_t row, uint32_t offset)
{
    auto const heap = m_file.m_blobs;
    if (heap.empty()) return true;
    auto const left = heap.size() - offset;
    auto const first = heap[offset];
    if (first < 0x80 && first < left) return true;
    std::size_t const prefix = first < 0x80 ? 1 : first < 0xc0 ? 2 : 4;
    if (first >= 0xe0 || prefix > left)
        return fail(table, row, fmt::format("its blob at {} has no valid length", offset));
    std::size_t size = first;
    if (prefix == 2) size = static_cast<std::size_t>(first & 0x3f) << 8 | heap[offset + 1];
    if (prefix == 4) {
        size = static_cast<std::size_t>(first & 0x1f) << 24 | static_cast<std::size_t>(heap[offset + 1]) << 16 |
               static_cast<std::size_t>(heap[offset + 2]) << 8 | heap[offset + 3];
    }
    if (size > left - prefix) {
        return fail(
            table, row,
            fmt::format("its blob at {} has {} bytes, but #Blob ends {} bytes later", offset, size, left - prefix));
    }
    return true;
}

bool FileParser::check_coded(TableSpec const& table, unsigned column)
{
    auto const& spec = table.columns[column];
    auto const& coded = spec_of(spec.coded);
    // Row counts by tag, so that the loop below looks nothing up.
    std::array<uint32_t, 32> limits{};
    for (std::size_t tag = 0; tag < coded.tables.size(); ++tag)
        if (coded.tables[tag] != TableId::None) limits[tag] = m_file.row_count(coded.tables[tag]);
    auto const mask = (1u << coded.tag_bits) - 1;
    bool const null_allowed = may_be_null(table.id, spec.name);
    auto const rows = m_file.row_count(table.id);
    for (uint32_t row = 1; row <= rows; ++row) {
        auto const value = m_file.value(table.id, row, column);
        auto const target = value >> coded.tag_bits;
        if (target == 0 && null_allowed) continue;
        auto const tag = value & mask;
        if (target != 0 && target <= limits[tag]) continue;
        if (target == 0) return fail(table.id, row, fmt::format("its {} names no row", spec.name));
        if (tag >= coded.tables.size() || coded.tables[tag] == TableId::None) {
            return fail(table.id, row,
                        fmt::format("its {} has the tag {}, which {} does not have", spec.name, tag, coded.name));
        }
        return fail(table.id, row,
                    fmt::format("its {} names {} row {}, but there are {}", spec.name, to_string(coded.tables[tag]),
                                target, limits[tag]));
    }
    return true;
}

bool FileParser::check_list(TableSpec const& table, unsigned column)
{
    auto const& spec = table.columns[column];
    auto const children = m_file.row_count(spec.table);
    // Lists into an empty table say nothing, whatever they say.
    if (children == 0) return true;
    auto const rows = m_file.row_count(table.id);
    uint32_t before = 1;
    for (uint32_t row = 1; row <= rows; ++row) {
        auto const value = m_file.value(table.id, row, column);
        if (value == 0 || value > children + 1) {
            return fail(table.id, row,
                        fmt::format("its {} begins at {}, but {} has {} rows", spec.name, value, to_string(spec.table),
                                    children));
        }
        if (row == 1 && value != 1) {
            return fail(table.id, row,
                        fmt::format("its {} begins at {}, so that the {} rows before belong to nobody; "
                                    "right is 1",
                                    spec.name, value, to_string(spec.table)));
        }
        if (value < before) {
            return fail(table.id, row,
                        fmt::format("its {} begins at {}, before the previous row's at {}", spec.name, value, before));
        }
        before = value;
    }
    return true;
}

bool FileParser::take_pointers()
{
    for (auto const& pair : kPointerTables) {
        auto const count = m_file.row_count(pair.pointers);
        auto const targets = m_file.row_count(pair.rows);
        if (count == 0) continue;
        if (count != targets) {
            return fail(pair.pointers, 0,
                        fmt::format("has {} rows; right is one for each of the {} rows of {}", count, targets,
                                    to_string(pair.rows)));
        }
        auto& pointers = m_file.m_pointers[static_cast<std::size_t>(pair.rows)];
        auto& positions = m_file.m_positions[static_cast<std::size_t>(pair.rows)];
        positions.resize(std::size_t{targets} + 1);
        for (uint32_t row = 1; row <= count; ++row) {
            auto const target = m_file.value(pair.pointers, row, 0);
            if (positions[target] != 0) {
                return fail(pair.pointers, row,
                            fmt::format("names {} row {}, which row {} has named", to_string(pair.rows), target,
                                        positions[target]));
            }
            pointers.push_back(target);
            positions[target] = row;
        }
    }
    return true;
}

void FileParser::order_rows(TableSpec const& table)
{
    if (table.sort_column < 0) return;
    auto const column = static_cast<unsigned>(table.sort_column);
    auto const rows = m_file.row_count(table.id);
    uint32_t before = 0;
    bool sorted = true;
    for (uint32_t row = 1; row <= rows && sorted; ++row) {
        auto const key = m_file.value(table.id, row, column);
        sorted = key >= before;
        before = key;
    }
    if (sorted) return;
    auto& order = m_file.m_tables[static_cast<std::size_t>(table.id)].order;
    order.resize(rows);
    std::iota(order.begin(), order.end(), 1u);
    std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
        return m_file.value(table.id, a, column) < m_file.value(table.id, b, column);
    });
}

void FileParser::make_maps()
{
    auto fill = [&](TableId map, std::vector<uint32_t>& rows) {
        if (m_file.row_count(map) == 0) return;
        rows.resize(std::size_t{m_file.row_count(TableId::TypeDef)} + 1);
        for (uint32_t row = 1; row <= m_file.row_count(map); ++row) {
            auto& found = rows[m_file.value(map, row, 0)];
            if (found == 0) found = row; // the validator reports a second one
        }
    };
    fill(TableId::PropertyMap, m_file.m_property_maps);
    fill(TableId::EventMap, m_file.m_event_maps);
}

} // namespace latchkey::winmd
