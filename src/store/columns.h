// SPDX-License-Identifier: MIT
#pragma once

#include "core/guid.h"

#include <array>
#include <string_view>

namespace latchkey::store {

// A GUID as 16 bytes, big-endian, so that SQLite orders it as core does.
class GuidBytes {
public:
    explicit GuidBytes(core::Guid const& guid)
    {
        for (std::size_t i = 0; i < 8; ++i) {
            m_bytes[i] = static_cast<char>(guid.high >> (56 - 8 * i));
            m_bytes[8 + i] = static_cast<char>(guid.low >> (56 - 8 * i));
        }
    }
    std::string_view view() const { return {m_bytes.data(), m_bytes.size()}; }

private:
    std::array<char, 16> m_bytes;
};

inline core::Guid guid_from(std::string_view bytes)
{
    core::Guid guid;
    for (std::size_t i = 0; i < 8 && bytes.size() == 16; ++i) {
        guid.high = guid.high << 8 | static_cast<unsigned char>(bytes[i]);
        guid.low = guid.low << 8 | static_cast<unsigned char>(bytes[8 + i]);
    }
    return guid;
}

} // namespace latchkey::store
