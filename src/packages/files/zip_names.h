// SPDX-License-Identifier: MIT
// Names of zip entries in packages are written like parts of URIs: what is not a plain ASCII character stands as %XX.
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace latchkey::packages {

// "My File.txt" → "My%20File.txt". [Content_Types].xml stays itself, as the convention has it.
std::string zip_name(std::string_view path);

// The path that an entry stands for, or what is wrong with its name. Empty for a folder ("images/"). Before the name is
// decoded it must hold no '\', afterwards it must be a package_path.
tl::expected<std::string, std::string> path_from_zip(std::string_view name);

} // namespace latchkey::packages
