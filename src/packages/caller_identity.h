// SPDX-License-Identifier: MIT
#pragma once

// Which package a program belongs to: the folder that it lies in. This is the third way to know a caller (design,
// Identity of a caller), after the processes that the broker started itself and what Flatpak says.

#include "packages/installed_packages.h"

#include <string>
#include <string_view>

namespace latchkey::packages {

// program: as the kernel names it (ipc::program_of), absolute and without links; a program that was deleted counts as
// where it was. Also finds programs of an older version that still run. Empty: the program of no installed package.
std::string family_of_program(InstalledPackages const& packages, std::string_view program);

} // namespace latchkey::packages
