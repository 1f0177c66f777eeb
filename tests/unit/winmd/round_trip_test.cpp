// SPDX-License-Identifier: MIT
#include "unit/winmd/copy.h"
#include "unit/winmd/windows_metadata.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace latchkey::winmd {
namespace {

// A table as text, heap offsets replaced by what they lead to, so that two files with other heaps compare equal.
std::string describe(File const& file, TableSpec const& table, uint32_t row)
{
    std::string text;
    for (unsigned c = 0; c < table.columns.size(); ++c) {
        auto const value = file.value(table.id, row, c);
        switch (table.columns[c].kind) {
        case ColumnKind::String:
            text += file.string(value);
            break;
        case ColumnKind::Blob:
            for (auto const byte : file.blob(value))
                text += fmt::format("{:02x}", byte);
            break;
        case ColumnKind::GuidIndex:
            text += to_string(file.guid(value));
            break;
        default:
            text += std::to_string(value);
            break;
        }
        text += '|';
    }
    return text;
}

TEST(Builder, WritesEveryWindowsFileAgainRowForRow)
{
    LATCHKEY_WINDOWS_METADATA_OR_SKIP(files);
    for (auto const& path : files) {
        auto const original = File::open(path);
        ASSERT_TRUE(original) << original.error().message();
        auto const bytes = test::Copy{**original}.write();
        auto const copy = File::from_bytes(bytes, "copy of " + path.filename().string());
        ASSERT_TRUE(copy) << copy.error().message();
        for (std::size_t i = 0; i < kTableCount; ++i) {
            auto const& table = spec_of(static_cast<TableId>(i));
            ASSERT_EQ((*original)->row_count(table.id), (*copy)->row_count(table.id)) << path << " " << table.name;
            for (uint32_t row = 1; row <= (*copy)->row_count(table.id); ++row) {
                ASSERT_EQ(describe(**original, table, row), describe(**copy, table, row))
                    << path << " " << table.name << " row " << row;
            }
        }
        EXPECT_EQ(bytes, test::Copy{**original}.write()) << "the same calls give the same bytes";
    }
}

} // namespace
} // namespace latchkey::winmd
