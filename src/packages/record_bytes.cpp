// SPDX-License-Identifier: MIT
#include "packages/record_bytes.h"

#include "packages/text.h"

#include <utility>

namespace latchkey::packages {

namespace {

constexpr std::size_t kChecksumBytes = 8;

// FNV-1a: finds what a disk or an editor did to a file. It is no protection from somebody who means it.
std::uint64_t checksum(std::string_view bytes)
{
    std::uint64_t sum = 0xcbf29ce484222325ULL;
    for (char const byte : bytes)
        sum = (sum ^ static_cast<unsigned char>(byte)) * 0x100000001b3ULL;
    return sum;
}

} // namespace

void RecordWriter::number(std::uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; ++i)
        m_bytes.push_back(static_cast<char>((value >> (8 * i)) & 0xFF));
}

void RecordWriter::text(std::string_view value)
{
    u32(static_cast<std::uint32_t>(value.size()));
    m_bytes += value;
}

std::string RecordWriter::finish()
{
    u64(checksum(m_bytes));
    return std::move(m_bytes);
}

RecordReader::RecordReader(std::string_view bytes, std::string_view mark, std::size_t max_bytes) : m_rest(bytes)
{
    if (bytes.size() > max_bytes)
        fail("it has more than " + std::to_string(max_bytes) + " bytes");
    else if (bytes.size() < mark.size() + kChecksumBytes)
        fail("it ends after " + std::to_string(bytes.size()) + " bytes");
    else if (!bytes.starts_with(mark))
        fail("it does not begin with " + std::string(mark));
    if (failed()) return;
    std::string_view const content = bytes.substr(0, bytes.size() - kChecksumBytes);
    m_rest = bytes.substr(content.size());
    bool const whole = u64() == checksum(content);
    m_rest = content.substr(mark.size());
    if (!whole) fail("its checksum is wrong");
}

std::uint64_t RecordReader::number(int bytes)
{
    if (m_rest.size() < static_cast<std::size_t>(bytes)) fail("it ends in the middle");
    if (failed()) return 0;
    std::uint64_t value = 0;
    for (int i = 0; i < bytes; ++i)
        value |= static_cast<std::uint64_t>(static_cast<unsigned char>(m_rest[static_cast<std::size_t>(i)])) << (8 * i);
    m_rest.remove_prefix(static_cast<std::size_t>(bytes));
    return value;
}

bool RecordReader::flag()
{
    std::uint8_t const value = u8();
    if (value > 1) fail("a yes or no is " + std::to_string(value));
    return !failed() && value == 1;
}

std::string RecordReader::text(std::string_view what, std::size_t max_bytes)
{
    std::size_t const size = u32();
    if (failed()) return {};
    if (size > max_bytes)
        fail(std::string(what) + " has " + std::to_string(size) + " bytes, more than " + std::to_string(max_bytes));
    else if (size > m_rest.size())
        fail("it ends in " + std::string(what));
    else if (!is_valid_utf8(m_rest.substr(0, size)))
        fail(std::string(what) + " is not UTF-8");
    if (failed()) return {};
    std::string value(m_rest.substr(0, size));
    m_rest.remove_prefix(size);
    return value;
}

std::size_t RecordReader::count(std::string_view what, std::size_t max)
{
    std::size_t const size = u32();
    if (size > max)
        fail("it has " + std::to_string(size) + " " + std::string(what) + ", more than " + std::to_string(max));
    return failed() ? 0 : size;
}

void RecordReader::fail(std::string problem)
{
    if (!failed()) m_problem = std::move(problem);
    m_rest = {};
}

std::string const& RecordReader::finish()
{
    if (!failed() && !m_rest.empty()) fail("it has " + std::to_string(m_rest.size()) + " bytes too many");
    return m_problem;
}

} // namespace latchkey::packages
