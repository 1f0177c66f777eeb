// SPDX-License-Identifier: MIT
#pragma once

// The packager's own walls, put up before the first byte of a package is looked at: it may read one thing and write
// one folder, start nothing, connect to nothing and use so much and no more. What the kernel does not have (Landlock
// before 5.13, seccomp in a container that forbids it) is left out; the rest stands.

#include <string>

namespace latchkey::packager {

struct Walls {
    std::string readable; // a file or a folder with what is below it; "" for nothing
    std::string writable; // a folder with what is below it; "" for nothing
};

// For ever, and for everything this process starts.
void contain(Walls const& walls);

} // namespace latchkey::packager
