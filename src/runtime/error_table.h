// SPDX-License-Identifier: MIT
//
// What the system says about an HRESULT when nobody left a text: our wording of the codes that Windows Runtime code
// meets, the description of a Win32 error for facility 7, and the C library's for an errno (facility 0x0EE with the
// customer bit, see LatchkeyErrorFromErrno).
#pragma once

#include <cstdint>
#include <string>

namespace latchkey::runtime {

// UTF-8, without a full stop or a line end; empty when the code is unknown.
std::string describe(int32_t error);

} // namespace latchkey::runtime
