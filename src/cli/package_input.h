// SPDX-License-Identifier: MIT
// The manifest that an argument means: a manifest file, a package's folder, or a package file.
#pragma once

#include "packages/diagnostic.h"

#include <filesystem>
#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace latchkey::cli {

struct ManifestInput {
    std::string name; // for messages
    std::string bytes;
    std::string folder; // the package's name where the manifest gives none
};

// The error is a whole line for the user, with its HRESULT where it has one.
[[nodiscard]] tl::expected<ManifestInput, std::string> open_manifest(std::filesystem::path const& argument);

// Prints "FILE:LINE: error: …" lines to standard error, and after errors what they make of the file.
void print_diagnostics(std::string const& file, std::vector<packages::Diagnostic> const&);

} // namespace latchkey::cli
