// SPDX-License-Identifier: MIT
//
// How the runtime's own C functions fail: they leave a text for the HRESULT on the calling thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace latchkey::runtime {

// Remembers the UTF-8 message for error on this thread and returns error, so that a failure is one statement.
int32_t fail(int32_t error, std::string_view message) noexcept;

} // namespace latchkey::runtime
