// SPDX-License-Identifier: MIT
// C++/WinRT's tool spells options with one dash and takes @response files; scripts written for it should work. This
// turns such a command line into ours: "-in x.winmd" → "--in x.winmd", "@args.txt" → its contents.
#pragma once

#include "projection/model.h"

#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace latchkey::projection {

inline constexpr std::size_t kMaxArguments = 65536;
inline constexpr unsigned kMaxResponseDepth = 8; // response files in response files
inline constexpr std::size_t kMaxResponseBytes = std::size_t{4} << 20;

// arguments: without the program's name.
[[nodiscard]] tl::expected<std::vector<std::string>, GenerateError>
normalized_arguments(std::vector<std::string> const& arguments);

// The words of a response file: separated by white space, "quoted words" may contain it.
std::vector<std::string> response_words(std::string_view text);

} // namespace latchkey::projection
