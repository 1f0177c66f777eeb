// SPDX-License-Identifier: MIT
// Whether the user's services may run while the user is not logged in: systemd-logind's lingering.
#pragma once

#include <cstdint>
#include <string>

#include <tl/expected.hpp>

namespace latchkey::cli {

enum class Lingering : std::uint8_t { On, Off, NoLogind };

Lingering lingering();

// By logind's own program, which may ask for a password. The error is a sentence with what to do.
tl::expected<void, std::string> set_lingering(bool on);

} // namespace latchkey::cli
