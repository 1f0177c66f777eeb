// SPDX-License-Identifier: MIT
// What latchkey-winmd does, apart from its command line: each command writes to the streams it is given and returns the
// exit status.
#pragma once

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

namespace latchkey::winmdtool {

inline constexpr int kYes = 0;     // done, valid, no difference
inline constexpr int kNo = 1;      // not valid, or different
inline constexpr int kTrouble = 2; // wrong use, or a file that cannot be read

using Paths = std::vector<std::filesystem::path>;

struct Streams {
    std::ostream& out;
    std::ostream& error;
};

enum class Format { Text, Json };

int counts(Paths const& files, Format format, Streams streams);

// type: full name; empty: all of them.
int dump(std::filesystem::path const& file, std::string const& type, Streams streams);

struct CheckOptions {
    Paths references;
    bool as_component = false; // also when the file is named Windows
    bool as_system = false;    // also when it is not
    Format format = Format::Text;
};
int check(Paths const& files, CheckOptions const& options, Streams streams);

int diff(std::filesystem::path const& left, std::filesystem::path const& right, Format format, Streams streams);

} // namespace latchkey::winmdtool
