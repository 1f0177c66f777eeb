// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace latchkey::core {

// 128 bits that name something for ever. The core never makes one from nothing (it has no randomness): task ids and the
// installation's id come in from outside, instance ids are computed (see instance_guid).
struct Guid {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    friend constexpr auto operator<=>(Guid const&, Guid const&) = default;
    constexpr bool is_nil() const { return high == 0 && low == 0; }
};

// Lower case, with hyphens, without braces: 0f8fad5b-d9cb-469f-a165-70867728950e.
std::string to_string(Guid const& guid);

// Reads that form, in either case and with or without braces; nullopt for anything else.
std::optional<Guid> parse_guid(std::string_view text);

// A well-mixed 64-bit value of a and b; used for hashing and for instance_guid. Not cryptographic.
constexpr std::uint64_t mixed(std::uint64_t a, std::uint64_t b)
{
    std::uint64_t x = a + 0x9e3779b97f4a7c15ULL * (b + 1);
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

} // namespace latchkey::core
