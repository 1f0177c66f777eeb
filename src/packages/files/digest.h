// SPDX-License-Identifier: MIT
// SHA-256 where packages need it: block maps and the publisher's part of a family name.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace latchkey::packages {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::span<std::byte const> bytes);

std::string base64(std::span<std::uint8_t const> bytes);

// The 13 characters that stand for a publisher in family names: the first 8 bytes of the SHA-256 of its UTF-16 (little
// endian) text, in 5-bit digits of 0123456789abcdefghjkmnpqrstvwxyz. publisher is UTF-8.
std::string publisher_id(std::string_view publisher);

} // namespace latchkey::packages
