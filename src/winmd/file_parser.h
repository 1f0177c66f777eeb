// SPDX-License-Identifier: MIT
// The structural pass of File::open: container, streams, tables, then every row. Internal to the room.
#pragma once

#include "winmd/file.h"

#include <optional>
#include <string>
#include <vector>

namespace latchkey::winmd {

class FileParser {
public:
    explicit FileParser(File& file) : m_file{file} {}

    // Fills the file; an error when it is not fit to be read.
    [[nodiscard]] std::optional<ReadError> parse();

private:
    using Bytes = std::span<uint8_t const>;
    struct Section {
        uint32_t address = 0;
        uint32_t offset = 0;
        uint32_t size = 0; // bytes of the section that are in the file
    };

    // Each step returns false after it has set m_error.
    bool fail(std::string what);
    bool fail(TableId table, uint32_t row, std::string what);

    // file_container.cpp
    bool parse_container();
    bool parse_optional_header(std::size_t at, std::size_t size);
    bool parse_sections(std::size_t at, unsigned count);
    bool parse_cli_header();
    bool parse_root(Bytes metadata);
    bool parse_stream(Bytes metadata, std::size_t& at);
    bool check_strings();
    std::optional<Bytes> at_address(uint32_t address, uint32_t size) const;

    // file_tables.cpp
    bool parse_tables();
    bool lay_out_tables(std::size_t at);
    uint8_t column_size(ColumnSpec const& column) const;
    bool check_counts();

    // file_checks.cpp
    bool check_rows();
    bool check_column(TableSpec const& table, unsigned column);
    bool check_blob(TableId table, uint32_t row, uint32_t offset);
    bool check_coded(TableSpec const& table, unsigned column);
    bool check_list(TableSpec const& table, unsigned column);
    bool take_pointers();
    void order_rows(TableSpec const& table);
    void make_maps();

    // file_meaning.cpp
    bool check_meaning();
    bool check_signatures();
    bool check_signature_column(TableId table, unsigned column);
    bool check_signature(TableId table, uint32_t row, uint32_t offset);
    bool check_type_specs();
    bool check_constants();
    bool check_attributes();
    bool check_nesting();
    bool check_scopes();
    bool check_inheritance();
    bool check_chain(TableId table, std::vector<uint32_t> const& next, unsigned limit, char const* what);

    File& m_file;
    std::optional<ReadError> m_error;
    std::vector<Section> m_sections;
    uint32_t m_cli_address = 0;
    Bytes m_table_stream;
    std::size_t m_string_end = 0; // one past the last terminated string
    uint8_t m_heap_sizes = 0;
    uint64_t m_signature_budget = 0;
    std::vector<bool> m_checked_signatures;
    struct SpecEdges {
        std::vector<uint32_t> first; // by TypeSpec row: where its edges begin in `to`
        std::vector<uint32_t> to;
    } m_specs;
};

} // namespace latchkey::winmd
