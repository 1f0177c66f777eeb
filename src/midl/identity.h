// SPDX-License-Identifier: MIT
// IIDs of interfaces that nobody gave one. They are UUIDs of version 5 (RFC 4122) over text made of the interface's
// full name and its members, so they change when, and only when, the interface itself does. The text's form is frozen:
// another form would give every existing component new IIDs.
#pragma once

#include "midl/model.h"
#include "winmd/guid.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace latchkey::midl {

std::array<uint8_t, 20> sha1(std::string_view bytes);

// name_space in Windows' layout; hashed as RFC 4122 wants it (big endian).
winmd::Guid uuid_v5(winmd::Guid const& name_space, std::string_view name);

// What is hashed; for tests and --help of people who ask why.
std::string identity_text(InterfaceModel const& interface);
winmd::Guid synthesized_iid(InterfaceModel const& interface);

} // namespace latchkey::midl
