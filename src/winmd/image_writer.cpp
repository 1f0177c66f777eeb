// SPDX-License-Identifier: MIT
// Heaps, the table stream, the metadata root and the PE file around them.
#include "winmd/heaps.h"

#include <cassert>
#include <cstring>

namespace latchkey::winmd {

namespace {

constexpr std::size_t kHeadersSize = 0x200;
constexpr std::size_t kPeOffset = 0x80;
constexpr std::size_t kFileAlignment = 0x200;
constexpr std::size_t kSectionAlignment = 0x1000;
constexpr uint32_t kTextAddress = 0x1000;
constexpr std::size_t kCliHeaderSize = 72;

using Bytes = std::vector<uint8_t>;

void append(Bytes& to, std::span<uint8_t const> bytes)
{
    to.insert(to.end(), bytes.begin(), bytes.end());
}

void pad(Bytes& bytes, std::size_t alignment)
{
    while (bytes.size() % alignment != 0)
        bytes.push_back(0);
}

class TableStreamWriter {
public:
    TableStreamWriter(MetadataParts const& parts) : m_parts{parts} {}

    Bytes write()
    {
        Bytes out;
        uint64_t present = 0;
        uint64_t sorted = 0;
        for (std::size_t i = 0; i < kTableCount; ++i) {
            if (!m_parts.tables[i].empty()) present |= uint64_t{1} << i;
            if (spec_of(static_cast<TableId>(i)).sort_column >= 0) sorted |= uint64_t{1} << i;
        }
        append_little_endian(out, 0, 4);
        append_little_endian(out, 2, 1); // version 2.0 of the schema
        append_little_endian(out, 0, 1);
        append_little_endian(out, (wide(m_parts.strings) ? 1u : 0u) | (wide(m_parts.blobs) ? 4u : 0u), 1);
        append_little_endian(out, 1, 1);
        append_little_endian(out, present, 8);
        append_little_endian(out, sorted, 8);
        for (auto const& table : m_parts.tables)
            if (!table.empty()) append_little_endian(out, table.size(), 4);
        for (std::size_t i = 0; i < kTableCount; ++i)
            write_table(out, spec_of(static_cast<TableId>(i)));
        append_little_endian(out, 0, 4); // a terminator that Microsoft's compilers write too
        return out;
    }

private:
    static bool wide(std::span<uint8_t const> heap) { return heap.size() > 0xffff; }

    std::size_t rows(TableId id) const { return m_parts.tables[static_cast<std::size_t>(id)].size(); }

    unsigned column_size(ColumnSpec const& column) const
    {
        switch (column.kind) {
        case ColumnKind::U1:
        case ColumnKind::U2:
        case ColumnKind::GuidIndex:
            return 2;
        case ColumnKind::U4:
            return 4;
        case ColumnKind::String:
            return wide(m_parts.strings) ? 4 : 2;
        case ColumnKind::Blob:
            return wide(m_parts.blobs) ? 4 : 2;
        case ColumnKind::Index:
        case ColumnKind::List:
            return rows(column.table) > 0xffff ? 4 : 2;
        case ColumnKind::Coded:
            break;
        }
        auto const& coded = spec_of(column.coded);
        for (auto const table : coded.tables)
            if (table != TableId::None && rows(table) > (0xffffu >> coded.tag_bits)) return 4;
        return 2;
    }

    void write_table(Bytes& out, TableSpec const& table) const
    {
        std::array<unsigned, kMaxColumns> sizes{};
        for (std::size_t c = 0; c < table.columns.size(); ++c)
            sizes[c] = column_size(table.columns[c]);
        for (auto const& row : m_parts.tables[static_cast<std::size_t>(table.id)])
            for (std::size_t c = 0; c < table.columns.size(); ++c)
                append_little_endian(out, row[c], sizes[c]);
    }

    MetadataParts const& m_parts;
};

struct Stream {
    char const* name;
    std::span<uint8_t const> bytes;
};

Bytes write_root(MetadataParts const& parts, std::size_t& guid_offset)
{
    auto const tables = TableStreamWriter{parts}.write();
    Bytes const user_strings{0};
    std::array const streams{Stream{"#~", tables}, Stream{"#Strings", parts.strings}, Stream{"#US", user_strings},
                             Stream{"#GUID", parts.guids}, Stream{"#Blob", parts.blobs}};
    Bytes out{'B', 'S', 'J', 'B', 1, 0, 1, 0, 0, 0, 0, 0};
    auto version = Bytes(parts.version.begin(), parts.version.end());
    version.push_back(0);
    pad(version, 4);
    append_little_endian(out, version.size(), 4);
    append(out, version);
    append_little_endian(out, 0, 2);
    append_little_endian(out, streams.size(), 2);
    std::size_t offset = out.size();
    for (auto const& stream : streams)
        offset += 8 + (std::strlen(stream.name) / 4 + 1) * 4;
    for (auto const& stream : streams) {
        auto const padded = (stream.bytes.size() + 3) / 4 * 4;
        append_little_endian(out, offset, 4);
        append_little_endian(out, padded, 4);
        append(out, {reinterpret_cast<uint8_t const*>(stream.name), std::strlen(stream.name) + 1});
        pad(out, 4);
        if (stream.bytes.data() == parts.guids.data()) guid_offset = offset;
        offset += padded;
    }
    for (auto const& stream : streams) {
        append(out, stream.bytes);
        pad(out, 4);
    }
    return out;
}

Bytes write_cli_header(std::size_t metadata_size)
{
    Bytes out;
    append_little_endian(out, kCliHeaderSize, 4);
    append_little_endian(out, 2, 2);
    append_little_endian(out, 5, 2);
    append_little_endian(out, kTextAddress + kCliHeaderSize, 4);
    append_little_endian(out, metadata_size, 4);
    append_little_endian(out, 1, 4); // IL only
    out.resize(kCliHeaderSize);
    return out;
}

void append_optional_header(Bytes& out, std::size_t text_size)
{
    auto const raw = (text_size + kFileAlignment - 1) / kFileAlignment * kFileAlignment;
    auto const mapped = (text_size + kSectionAlignment - 1) / kSectionAlignment * kSectionAlignment;
    append_little_endian(out, 0x10b, 2); // PE32
    append_little_endian(out, 11, 1);    // linker 11.0
    append_little_endian(out, 0, 1);
    append_little_endian(out, raw, 4); // code
    append_little_endian(out, 0, 8);   // data
    append_little_endian(out, 0, 4);   // no entry point
    append_little_endian(out, kTextAddress, 4);
    append_little_endian(out, 0, 4);        // base of data
    append_little_endian(out, 0x400000, 4); // image base
    append_little_endian(out, kSectionAlignment, 4);
    append_little_endian(out, kFileAlignment, 4);
    for (auto const part : {6, 2, 0, 0, 6, 2})
        append_little_endian(out, static_cast<uint64_t>(part), 2); // versions
    append_little_endian(out, 0, 4);
    append_little_endian(out, kTextAddress + mapped, 4);
    append_little_endian(out, kHeadersSize, 4);
    append_little_endian(out, 0, 4);      // checksum
    append_little_endian(out, 3, 2);      // console
    append_little_endian(out, 0x8540, 2); // dynamic base, NX, no SEH, terminal server aware
    for (auto const size : {0x100000, 0x1000, 0x100000, 0x1000})
        append_little_endian(out, static_cast<uint64_t>(size), 4);
    append_little_endian(out, 0, 4);
    append_little_endian(out, 16, 4);
    for (unsigned directory = 0; directory < 16; ++directory) {
        append_little_endian(out, directory == 14 ? kTextAddress : 0, 4);
        append_little_endian(out, directory == 14 ? kCliHeaderSize : 0, 4);
    }
}

} // namespace

void append_little_endian(Bytes& bytes, uint64_t value, unsigned count)
{
    for (unsigned i = 0; i < count; ++i)
        bytes.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

void append_compressed(Bytes& bytes, uint32_t value)
{
    assert(value < 1u << 29);
    if (value < 0x80) {
        bytes.push_back(static_cast<uint8_t>(value));
    } else if (value < 0x4000) {
        bytes.push_back(static_cast<uint8_t>(0x80 | value >> 8));
        bytes.push_back(static_cast<uint8_t>(value));
    } else {
        bytes.push_back(static_cast<uint8_t>(0xc0 | value >> 24));
        for (int shift = 16; shift >= 0; shift -= 8)
            bytes.push_back(static_cast<uint8_t>(value >> shift));
    }
}

uint32_t StringHeap::add(std::string_view text)
{
    if (text.empty()) return 0;
    auto const [found, added] = m_known.try_emplace(std::string{text}, static_cast<uint32_t>(m_bytes.size()));
    if (added) {
        m_bytes.insert(m_bytes.end(), text.begin(), text.end());
        m_bytes.push_back(0);
    }
    return found->second;
}

uint32_t BlobHeap::add(std::span<uint8_t const> blob)
{
    if (blob.empty()) return 0;
    std::string key{reinterpret_cast<char const*>(blob.data()), blob.size()};
    auto const [found, added] = m_known.try_emplace(std::move(key), static_cast<uint32_t>(m_bytes.size()));
    if (added) {
        append_compressed(m_bytes, static_cast<uint32_t>(blob.size()));
        append(m_bytes, blob);
    }
    return found->second;
}

Bytes write_image(MetadataParts const& parts, std::size_t& guid_offset)
{
    auto const metadata = write_root(parts, guid_offset);
    guid_offset += kHeadersSize + kCliHeaderSize;
    auto const text_size = kCliHeaderSize + metadata.size();
    Bytes out{'M', 'Z'};
    out.resize(0x3c);
    append_little_endian(out, kPeOffset, 4);
    out.resize(kPeOffset);
    append(out, std::array<uint8_t, 4>{'P', 'E', 0, 0});
    append_little_endian(out, 0x14c, 2); // i386, as every Windows metadata file
    append_little_endian(out, 1, 2);     // sections
    append_little_endian(out, 0, 8);
    append_little_endian(out, 0, 4); // no time: the same input gives the same bytes
    append_little_endian(out, 224, 2);
    append_little_endian(out, 0x2102, 2); // executable, 32 bit, DLL
    append_optional_header(out, text_size);
    append(out, std::array<uint8_t, 8>{'.', 't', 'e', 'x', 't', 0, 0, 0});
    append_little_endian(out, text_size, 4);
    append_little_endian(out, kTextAddress, 4);
    append_little_endian(out, (text_size + kFileAlignment - 1) / kFileAlignment * kFileAlignment, 4);
    append_little_endian(out, kHeadersSize, 4);
    append_little_endian(out, 0, 8);
    append_little_endian(out, 0, 4);
    append_little_endian(out, 0x60000020, 4); // code, execute, read
    out.resize(kHeadersSize);
    append(out, write_cli_header(metadata.size()));
    append(out, metadata);
    pad(out, kFileAlignment);
    return out;
}

} // namespace latchkey::winmd
