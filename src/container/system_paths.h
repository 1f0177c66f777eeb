// SPDX-License-Identifier: MIT
#pragma once

// What of the machine every container has, read-only: programs and libraries, a little configuration, harmless devices.

#include "container/layers.h"

#include <array>
#include <string>
#include <vector>

namespace latchkey::container {

inline constexpr std::array kProgramFolders{"/usr",   "/bin",    "/sbin",      "/lib",      "/lib32",
                                            "/lib64", "/libx32", "/nix/store", "/gnu/store"};
inline constexpr std::array kDevices{"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"};

// Files and folders below /etc; some may not be there.
std::vector<std::string> configuration_files(Network network);

} // namespace latchkey::container
