// SPDX-License-Identifier: MIT
// Writes Sample.winmd to the path that is given.
#include "support/sample_winmd.h"

#include <cstdio>
#include <fstream>

int main(int argc, char** argv)
{
    if (argc != 2) {
        std::fprintf(stderr, "write_sample_winmd FILE\n");
        return 2;
    }
    auto const bytes = sample::winmd();
    std::ofstream file{argv[1], std::ios::binary};
    file.write(reinterpret_cast<char const*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return file ? 0 : 1;
}
