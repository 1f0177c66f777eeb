// SPDX-License-Identifier: MIT
#include "core/hresult.h"

namespace latchkey::core {

std::string to_hex(HResult result)
{
    constexpr std::string_view kDigits = "0123456789abcdef";
    auto const bits = static_cast<std::uint32_t>(result);
    std::string text = "0x";
    for (int shift = 28; shift >= 0; shift -= 4)
        text.push_back(kDigits[(bits >> shift) & 0xf]);
    return text;
}

} // namespace latchkey::core
