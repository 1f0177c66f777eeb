// SPDX-License-Identifier: MIT
#pragma once

// Values as bytes and back: the alphabet of package_record.h. A reader that met something wrong remembers the first
// problem and gives empty values from there on: read everything, then ask.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace latchkey::packages {

class RecordWriter {
public:
    // mark: four letters that say what this is.
    explicit RecordWriter(std::string_view mark) : m_bytes(mark) {}

    void number(std::uint64_t value, int bytes);
    void u8(std::uint8_t value) { number(value, 1); }
    void u16(std::uint16_t value) { number(value, 2); }
    void u32(std::uint32_t value) { number(value, 4); }
    void u64(std::uint64_t value) { number(value, 8); }
    void flag(bool value) { u8(value ? 1 : 0); }
    void text(std::string_view value);

    // With the checksum behind it.
    std::string finish();

private:
    std::string m_bytes;
};

class RecordReader {
public:
    // Checks the mark and the checksum.
    RecordReader(std::string_view bytes, std::string_view mark, std::size_t max_bytes);

    std::uint64_t number(int bytes);
    std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
    std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
    std::uint64_t u64() { return number(8); }
    bool flag();
    // UTF-8 without NUL.
    std::string text(std::string_view what, std::size_t max_bytes);
    // The length of a list.
    std::size_t count(std::string_view what, std::size_t max);
    // Of an enum whose last value is last.
    template <class Enum>
    Enum choice(std::string_view what, Enum last)
    {
        std::uint8_t const value = u8();
        if (value > static_cast<std::uint8_t>(last)) fail(std::string(what) + " has a value that there is not");
        return failed() ? Enum{} : static_cast<Enum>(value);
    }

    void fail(std::string problem);
    bool failed() const { return !m_problem.empty(); }
    // Also says so when bytes are left over. Empty: all was well.
    std::string const& finish();

private:
    std::string_view m_rest;
    std::string m_problem;
};

} // namespace latchkey::packages
