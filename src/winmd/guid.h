// SPDX-License-Identifier: MIT
// A GUID in Windows' layout. Text is lower case without braces: 00000000-0000-0000-c000-000000000046.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace latchkey::winmd {

struct Guid {
    uint32_t data1 = 0;
    uint16_t data2 = 0;
    uint16_t data3 = 0;
    std::array<uint8_t, 8> data4{};

    auto operator<=>(Guid const&) const = default;
};

std::string to_string(Guid const&);

// Accepts upper and lower case, with and without braces.
std::optional<Guid> parse_guid(std::string_view text);

// The 16 bytes as they lie in memory on Windows (first three fields little endian), and back.
std::array<uint8_t, 16> to_bytes(Guid const&);
Guid guid_from_bytes(uint8_t const* sixteen_bytes);

} // namespace latchkey::winmd
