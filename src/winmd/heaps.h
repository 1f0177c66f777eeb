// SPDX-License-Identifier: MIT
// The heaps of a file that is being written, and its tables as plain numbers. Internal to the room.
#pragma once

#include "winmd/schema.h"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace latchkey::winmd {

// II.23.2: one, two or four bytes. value is below 2^29.
void append_compressed(std::vector<uint8_t>& bytes, uint32_t value);
void append_little_endian(std::vector<uint8_t>& bytes, uint64_t value, unsigned count);

// Every string once; offset 0 is the empty one.
class StringHeap {
public:
    uint32_t add(std::string_view text);
    std::vector<uint8_t> const& bytes() const { return m_bytes; }

private:
    std::vector<uint8_t> m_bytes{0};
    std::unordered_map<std::string, uint32_t> m_known;
};

// Every blob once; offset 0 is the empty one.
class BlobHeap {
public:
    uint32_t add(std::span<uint8_t const> blob);
    std::vector<uint8_t> const& bytes() const { return m_bytes; }

private:
    std::vector<uint8_t> m_bytes{0};
    std::unordered_map<std::string, uint32_t> m_known;
};

// Rows as the columns of schema.h, in that order.
using TableRow = std::array<uint32_t, kMaxColumns>;
using TableRows = std::array<std::vector<TableRow>, kTableCount>;

struct MetadataParts {
    std::string version;
    TableRows tables;
    std::span<uint8_t const> strings;
    std::span<uint8_t const> blobs;
    std::vector<uint8_t> guids;
};

// The PE file around it. guid_offset receives the place of the first GUID in the result.
std::vector<uint8_t> write_image(MetadataParts const& parts, std::size_t& guid_offset);

} // namespace latchkey::winmd
