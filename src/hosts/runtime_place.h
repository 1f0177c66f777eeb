// SPDX-License-Identifier: MIT
#pragma once

// Where liblatchkey.so is, for apps: the loader finds it by itself when it is installed where the machine looks for
// libraries, else it has to be told.

#include <string>
#include <vector>

namespace latchkey::hosts {

// The folder with liblatchkey.so beside this program; empty: the loader finds it, or it is nowhere.
std::string runtime_folder();
// Adds the folder to LD_LIBRARY_PATH when that is needed. environment: "NAME=value".
void add_runtime_to(std::vector<std::string>& environment);

} // namespace latchkey::hosts
