// SPDX-License-Identifier: MIT
// Which classes of a component a manifest must announce: those that can be created or have static members.
#pragma once

#include "packages/manifest.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace latchkey::packages {

// In the order of the metadata, each with library as its library and the threading model that its attribute names
// ("both" when it names none). The error is a sentence that names the file.
[[nodiscard]] tl::expected<std::vector<ActivatableClass>, std::string>
component_classes(std::filesystem::path const& winmd, std::string_view library);

} // namespace latchkey::packages
