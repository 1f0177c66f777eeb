// SPDX-License-Identifier: MIT
// The header of the table stream, and where each column of each table lies.
#include "winmd/file_parser.h"

#include <bit>

#include <fmt/format.h>

namespace latchkey::winmd {

namespace {

constexpr std::size_t kTableHeaderSize = 24;
constexpr uint8_t kWideStrings = 0x1;
constexpr uint8_t kWideGuids = 0x2;
constexpr uint8_t kWideBlobs = 0x4;
constexpr uint8_t kExtraData = 0x40;
constexpr uint32_t kMaxRows = 0xffffff; // what a token can say

uint32_t u32(std::span<uint8_t const> bytes, std::size_t at)
{
    return bytes[at] | uint32_t{bytes[at + 1]} << 8 | uint32_t{bytes[at + 2]} << 16 | uint32_t{bytes[at + 3]} << 24;
}

uint64_t u64(std::span<uint8_t const> bytes, std::size_t at)
{
    return u32(bytes, at) | uint64_t{u32(bytes, at + 4)} << 32;
}

} // namespace

bool FileParser::parse_tables()
{
    auto const stream = m_table_stream;
    if (stream.size() < kTableHeaderSize) return fail("ends inside the header of its table stream");
    m_heap_sizes = stream[6];
    auto const present = u64(stream, 8);
    m_file.m_container.present_mask = present;
    m_file.m_container.sorted_mask = u64(stream, 16);
    if (auto const unknown = present >> kTableCount; unknown != 0) {
        return fail(fmt::format("has a table {:#x}, which ECMA-335 does not know; is it a debug file?",
                                kTableCount + static_cast<std::size_t>(std::countr_zero(unknown))));
    }
    auto const tables = static_cast<std::size_t>(std::popcount(present));
    std::size_t at = kTableHeaderSize;
    if (stream.size() - at < tables * 4) return fail("ends inside the row counts of its tables");
    for (std::size_t i = 0; i < kTableCount; ++i) {
        if ((present >> i & 1) == 0) continue;
        auto const count = u32(stream, at);
        if (count > kMaxRows) {
            return fail(static_cast<TableId>(i), 0,
                        fmt::format("has {} rows; a token can name at most {}", count, kMaxRows));
        }
        m_file.m_tables[i].row_count = count;
        at += 4;
    }
    if ((m_heap_sizes & kExtraData) != 0) {
        if (stream.size() - at < 4) return fail("ends inside the header of its table stream");
        at += 4;
    }
    return lay_out_tables(at) && check_counts();
}

uint8_t FileParser::column_size(ColumnSpec const& column) const
{
    switch (column.kind) {
    case ColumnKind::U1: // with its padding byte
    case ColumnKind::U2:
        return 2;
    case ColumnKind::U4:
        return 4;
    case ColumnKind::String:
        return (m_heap_sizes & kWideStrings) != 0 ? 4 : 2;
    case ColumnKind::GuidIndex:
        return (m_heap_sizes & kWideGuids) != 0 ? 4 : 2;
    case ColumnKind::Blob:
        return (m_heap_sizes & kWideBlobs) != 0 ? 4 : 2;
    case ColumnKind::Index:
    case ColumnKind::List:
        return m_file.row_count(column.table) > 0xffff ? 4 : 2;
    case ColumnKind::Coded:
        break;
    }
    auto const& coded = spec_of(column.coded);
    for (auto const table : coded.tables)
        if (table != TableId::None && m_file.row_count(table) > (0xffffu >> coded.tag_bits)) return 4;
    return 2;
}

bool FileParser::lay_out_tables(std::size_t at)
{
    for (std::size_t i = 0; i < kTableCount; ++i) {
        auto& table = m_file.m_tables[i];
        auto const& spec = spec_of(static_cast<TableId>(i));
        for (std::size_t c = 0; c < spec.columns.size(); ++c) {
            auto const size = column_size(spec.columns[c]);
            table.columns[c] = {static_cast<uint8_t>(table.row_size), size};
            table.row_size += size;
        }
        if (spec.id == TableId::Constant) table.columns[0].size = 1;
        auto const needed = std::size_t{table.row_count} * table.row_size;
        if (needed > m_table_stream.size() - at) {
            return fail(spec.id, 0,
                        fmt::format("has {} rows of {} bytes, but the stream ends {} bytes after its beginning",
                                    table.row_count, table.row_size, m_table_stream.size() - at));
        }
        table.data = m_table_stream.data() + at;
        at += needed;
    }
    return true;
}

bool FileParser::check_counts()
{
    if (m_file.row_count(TableId::Module) != 1)
        return fail(TableId::Module, 0, fmt::format("has {} rows; right is 1", m_file.row_count(TableId::Module)));
    if (m_file.row_count(TableId::Assembly) > 1) {
        return fail(TableId::Assembly, 0,
                    fmt::format("has {} rows; right is at most 1", m_file.row_count(TableId::Assembly)));
    }
    return true;
}

} // namespace latchkey::winmd
