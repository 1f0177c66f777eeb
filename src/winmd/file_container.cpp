// SPDX-License-Identifier: MIT
// PE headers, CLI header, metadata root and streams.
#include "winmd/file_parser.h"
#include "winmd/limits.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace latchkey::winmd {

namespace {

constexpr std::size_t kCoffSize = 20;
constexpr std::size_t kSectionSize = 40;
constexpr std::size_t kCliHeaderSize = 72;
constexpr unsigned kCliDirectory = 14;
constexpr std::size_t kMaxStreamName = 32;

uint16_t u16(std::span<uint8_t const> bytes, std::size_t at)
{
    return static_cast<uint16_t>(bytes[at] | bytes[at + 1] << 8);
}

uint32_t u32(std::span<uint8_t const> bytes, std::size_t at)
{
    return bytes[at] | uint32_t{bytes[at + 1]} << 8 | uint32_t{bytes[at + 2]} << 16 | uint32_t{bytes[at + 3]} << 24;
}

bool has(std::span<uint8_t const> bytes, std::size_t at, std::size_t size)
{
    return at <= bytes.size() && size <= bytes.size() - at;
}

} // namespace

bool FileParser::fail(std::string what)
{
    return fail(TableId::None, 0, std::move(what));
}

bool FileParser::fail(TableId table, uint32_t row, std::string what)
{
    m_error = ReadError{m_file.m_path, table, row, std::move(what)};
    return false;
}

std::optional<ReadError> FileParser::parse()
{
    if (parse_container() && parse_cli_header() && parse_tables() && check_rows() && check_meaning())
        return std::nullopt;
    return std::move(m_error);
}

bool FileParser::parse_container()
{
    auto const bytes = m_file.m_bytes;
    if (!has(bytes, 0, 64) || bytes[0] != 'M' || bytes[1] != 'Z')
        return fail("is not a PE file: it does not begin with MZ and a DOS header of 64 bytes");
    std::size_t const header = u32(bytes, 0x3c);
    if (!has(bytes, header, 4 + kCoffSize) || std::memcmp(bytes.data() + header, "PE\0\0", 4) != 0)
        return fail(fmt::format("is not a PE file: there is no PE header at {:#x}, where the DOS header says", header));
    auto const coff = header + 4;
    unsigned const sections = u16(bytes, coff + 2);
    std::size_t const optional_size = u16(bytes, coff + 16);
    m_file.m_container.characteristics = u16(bytes, coff + 18);
    if (!has(bytes, coff + kCoffSize, optional_size)) return fail("ends inside its PE optional header");
    return parse_optional_header(coff + kCoffSize, optional_size) &&
           parse_sections(coff + kCoffSize + optional_size, sections);
}

bool FileParser::parse_optional_header(std::size_t at, std::size_t size)
{
    auto const bytes = m_file.m_bytes.subspan(at, size);
    unsigned const magic = size >= 2 ? u16(bytes, 0) : 0;
    if (magic != 0x10b && magic != 0x20b)
        return fail(fmt::format("has an unknown PE optional header ({:#x}); right is 0x10b or 0x20b", magic));
    m_file.m_container.pe32_plus = magic == 0x20b;
    std::size_t const directories = magic == 0x20b ? 112 : 96;
    if (!has(bytes, directories - 4, 4) || u32(bytes, directories - 4) <= kCliDirectory ||
        !has(bytes, directories + kCliDirectory * 8, 8))
        return fail("has no CLI data directory (number 14), so it holds no metadata");
    m_cli_address = u32(bytes, directories + kCliDirectory * 8);
    m_file.m_container.cli_directory_size = u32(bytes, directories + kCliDirectory * 8 + 4);
    if (m_cli_address == 0) return fail("has an empty CLI data directory (number 14), so it holds no metadata");
    return true;
}

bool FileParser::parse_sections(std::size_t at, unsigned count)
{
    auto const bytes = m_file.m_bytes;
    if (count > kMaxSections) return fail(fmt::format("has {} sections; at most {} are allowed", count, kMaxSections));
    if (!has(bytes, at, count * kSectionSize)) return fail("ends inside its section headers");
    for (unsigned i = 0; i < count; ++i) {
        auto const header = at + i * kSectionSize;
        Section section{u32(bytes, header + 12), u32(bytes, header + 20), u32(bytes, header + 16)};
        if (section.offset > bytes.size()) section.offset = section.size = 0;
        section.size = static_cast<uint32_t>(std::min<std::size_t>(section.size, bytes.size() - section.offset));
        m_sections.push_back(section);
    }
    return true;
}

std::optional<FileParser::Bytes> FileParser::at_address(uint32_t address, uint32_t size) const
{
    for (auto const& section : m_sections) {
        if (address < section.address || address - section.address >= section.size) continue;
        auto const within = address - section.address;
        if (size > section.size - within) return std::nullopt;
        return m_file.m_bytes.subspan(std::size_t{section.offset} + within, size);
    }
    return std::nullopt;
}

bool FileParser::parse_cli_header()
{
    auto const header = at_address(m_cli_address, kCliHeaderSize);
    if (!header) return fail(fmt::format("ends before its CLI header of 72 bytes (address {:#x})", m_cli_address));
    auto& container = m_file.m_container;
    container.cli_header_size = u32(*header, 0);
    container.runtime_major = u16(*header, 4);
    container.runtime_minor = u16(*header, 6);
    container.cli_flags = u32(*header, 16);
    if (container.cli_header_size < 16)
        return fail(fmt::format("has a CLI header of {} bytes; right is 72", container.cli_header_size));
    auto const metadata = at_address(u32(*header, 8), u32(*header, 12));
    if (!metadata)
        return fail(fmt::format("says its metadata is {} bytes at address {:#x}, which is not inside the file",
                                u32(*header, 12), u32(*header, 8)));
    return parse_root(*metadata);
}

bool FileParser::parse_root(Bytes metadata)
{
    if (!has(metadata, 0, 16) || std::memcmp(metadata.data(), "BSJB", 4) != 0)
        return fail("has no metadata root: it must begin with BSJB");
    m_file.m_container.root_major = u16(metadata, 4);
    m_file.m_container.root_minor = u16(metadata, 6);
    std::size_t const length = u32(metadata, 12);
    if (!has(metadata, 16, length) || !has(metadata, 16 + length, 4))
        return fail(fmt::format("has a version string of {} bytes, more than its metadata", length));
    auto const* const text = reinterpret_cast<char const*>(metadata.data()) + 16;
    m_file.m_version = {text, ::strnlen(text, length)};
    unsigned const streams = u16(metadata, 16 + length + 2);
    if (streams > kMaxStreams) return fail(fmt::format("has {} streams; at most {} are read", streams, kMaxStreams));
    std::size_t at = 16 + length + 4;
    for (unsigned i = 0; i < streams; ++i)
        if (!parse_stream(metadata, at)) return false;
    if (m_table_stream.empty()) return fail("has no table stream (#~)");
    return check_strings();
}

bool FileParser::parse_stream(Bytes metadata, std::size_t& at)
{
    if (!has(metadata, at, 8)) return fail("ends inside its stream headers");
    std::size_t const offset = u32(metadata, at);
    std::size_t const size = u32(metadata, at + 4);
    auto const* const text = reinterpret_cast<char const*>(metadata.data()) + at + 8;
    auto const room = std::min(kMaxStreamName, metadata.size() - at - 8);
    std::string_view const name{text, ::strnlen(text, room)};
    if (name.size() == room) return fail("has a stream whose name does not end");
    at += 8 + (name.size() / 4 + 1) * 4;
    if (!has(metadata, offset, size))
        return fail(fmt::format("has a stream {} of {} bytes at {}, but only {} bytes of metadata", name, size, offset,
                                metadata.size()));
    auto const stream = metadata.subspan(offset, size);
    auto take = [&](Bytes& heap) {
        if (heap.empty()) heap = stream;
    };
    if (name == "#~" || name == "#-") {
        if (m_table_stream.empty()) m_file.m_container.edit_and_continue = name == "#-";
        take(m_table_stream);
    } else if (name == "#Strings") {
        take(m_file.m_strings);
    } else if (name == "#Blob") {
        take(m_file.m_blobs);
    } else if (name == "#GUID") {
        take(m_file.m_guids);
    }
    return true;
}

// Bounding the longest string here lets string() be a plain search for the terminator.
bool FileParser::check_strings()
{
    auto const heap = m_file.m_strings;
    std::size_t begin = 0;
    while (begin < heap.size()) {
        auto const* const end = static_cast<uint8_t const*>(std::memchr(&heap[begin], 0, heap.size() - begin));
        if (!end) break; // padding or a broken last string: nobody may point there
        auto const position = static_cast<std::size_t>(end - heap.data());
        if (position - begin > kMaxNameBytes)
            return fail(fmt::format("has a name of {} bytes in #Strings; at most {} are read", position - begin,
                                    kMaxNameBytes));
        begin = position + 1;
    }
    m_string_end = begin;
    return true;
}

} // namespace latchkey::winmd
