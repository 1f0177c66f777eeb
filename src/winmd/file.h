// SPDX-License-Identifier: MIT
// One metadata file, opened for reading: a .winmd, or any PE file with ECMA-335 metadata.
//
// Opening makes one pass over everything: headers, the bounds of every table, index, heap offset and list, signatures,
// and cycles. What passes is safe to walk: the row views of tables.h and the signatures of signature.h cannot fail
// afterwards. (Custom attribute values depend on types of other files and are checked when they are decoded.)
//
// A File never moves, because row views point to it, and is immutable, so any number of threads may read it. Strings
// and blobs are views into the file's memory and live as long as the File. The file is mapped: it must not be
// truncated by others while it is open (tools that replace metadata write a new file and rename it).
//
// Tables that must be sorted but are not are still read correctly (through an order made at opening); is_sorted()
// tells the validator.
#pragma once

#include "winmd/guid.h"
#include "winmd/schema.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace latchkey::winmd {

template <typename T>
class Rows;

// Why a file was refused.
struct ReadError {
    std::string file;
    TableId table = TableId::None; // None: the trouble is not in a table
    uint32_t row = 0;              // 1-based; 0: no particular row
    std::string what;              // what was wrong and what would be right

    // "Tasks.winmd: TypeDef row 3: …"
    [[nodiscard]] std::string message() const;
};

class File {
public:
    [[nodiscard]] static tl::expected<std::unique_ptr<File const>, ReadError> open(std::filesystem::path const& path);
    // name appears in messages.
    [[nodiscard]] static tl::expected<std::unique_ptr<File const>, ReadError> from_bytes(std::vector<uint8_t> bytes,
                                                                                         std::string name);
    ~File();
    File(File const&) = delete;
    File& operator=(File const&) = delete;

    // As given to open or from_bytes.
    std::string const& path() const { return m_path; }
    std::span<uint8_t const> bytes() const { return m_bytes; }
    // "WindowsRuntime 1.4"
    std::string_view version() const { return m_version; }
    // Facts of the container that a validator asks about.
    struct Container {
        uint32_t cli_header_size = 0;    // cb; 72
        uint16_t runtime_major = 0;      // 2
        uint16_t runtime_minor = 0;      // 5
        uint32_t cli_flags = 0;          // 1: IL only
        uint32_t cli_directory_size = 0; // data directory 14
        uint16_t characteristics = 0;    // COFF; 0x2000 is a DLL
        uint16_t root_major = 0;         // metadata root; 1.1
        uint16_t root_minor = 0;
        bool pe32_plus = false;
        bool edit_and_continue = false; // "#-" instead of "#~"
        uint64_t sorted_mask = 0;       // what the header of the table stream says
        uint64_t present_mask = 0;
    };
    Container const& container() const { return m_container; }

    uint32_t row_count(TableId id) const { return m_tables[static_cast<std::size_t>(id)].row_count; }
    template <typename T>
    Rows<T> rows() const;
    // row is 1-based and must exist.
    template <typename T>
    T row(uint32_t row) const
    {
        return T{*this, row};
    }

    // Raw access: the value of a column as stored. What the row views are made of.
    uint32_t value(TableId id, uint32_t row, unsigned column) const noexcept
    {
        Table const& table = m_tables[static_cast<std::size_t>(id)];
        auto const [offset, size] = table.columns[column];
        return load(table.data + static_cast<std::size_t>(row - 1) * table.row_size + offset, size);
    }
    // Where that value stands in bytes(): for tools that patch files.
    std::size_t position(TableId id, uint32_t row, unsigned column) const
    {
        Table const& table = m_tables[static_cast<std::size_t>(id)];
        return static_cast<std::size_t>(table.data - m_bytes.data()) +
               static_cast<std::size_t>(row - 1) * table.row_size + table.columns[column].offset;
    }
    std::string_view string(uint32_t offset) const noexcept;
    std::span<uint8_t const> blob(uint32_t offset) const noexcept;
    Guid guid(uint32_t index) const noexcept; // 1-based; 0 is the null guid

    bool is_sorted(TableId id) const { return m_tables[static_cast<std::size_t>(id)].order.empty(); }

    // Rows of a sorted table whose sort column has this value; Order maps positions to rows when the table is unsorted.
    struct Range {
        uint32_t first = 1;
        uint32_t count = 0;
        uint32_t const* order = nullptr;
    };
    Range equal_range(TableId id, uint32_t key) const noexcept;
    // The run that a List column begins.
    Range list_range(TableId id, uint32_t row, unsigned column) const noexcept;
    // The row of `id` whose run contains `child`; 0 when none does.
    uint32_t list_owner(TableId id, unsigned column, uint32_t child) const noexcept;
    // PropertyMap or EventMap row of a TypeDef; 0 when it has none.
    uint32_t map_row(TableId map, uint32_t type_def) const noexcept;

private:
    struct ColumnPlace {
        uint8_t offset = 0;
        uint8_t size = 0;
    };
    struct Table {
        uint8_t const* data = nullptr;
        uint32_t row_count = 0;
        uint32_t row_size = 0;
        std::array<ColumnPlace, kMaxColumns> columns{};
        std::vector<uint32_t> order; // rows by sort column, only when they are not stored so
    };
    struct Mapping;
    friend class FileParser;

    File();
    static uint32_t load(uint8_t const* at, uint8_t size) noexcept
    {
        uint32_t result = at[0];
        if (size > 1) result |= uint32_t{at[1]} << 8;
        if (size > 2) result |= uint32_t{at[2]} << 16 | uint32_t{at[3]} << 24;
        return result;
    }

    std::string m_path;
    std::unique_ptr<Mapping> m_mapping;
    std::vector<uint8_t> m_owned;
    std::span<uint8_t const> m_bytes;
    std::string_view m_version;
    Container m_container;
    std::span<uint8_t const> m_strings;
    std::span<uint8_t const> m_blobs;
    std::span<uint8_t const> m_guids;
    std::array<Table, kTableCount> m_tables;
    std::vector<uint32_t> m_property_maps; // by TypeDef row
    std::vector<uint32_t> m_event_maps;
    // FieldPtr, MethodPtr, …, under the number of the table they point into: the rows, and for each row its position.
    std::array<std::vector<uint32_t>, kTableCount> m_pointers;
    std::array<std::vector<uint32_t>, kTableCount> m_positions;
};

} // namespace latchkey::winmd
