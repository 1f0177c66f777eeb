// SPDX-License-Identifier: MIT
// AppxManifest.xml → Manifest. Both schemas are read (2010 with the additions of 2013, and foundation/windows10 with
// uap), and a <Package> without namespaces as 2010. Errors are only about what Latchkey uses; namespaces it does not
// know and build tokens are warnings.
//
// Takes bytes and gives values, touches no file, and is meant to run in a contained process.
#pragma once

#include "packages/diagnostic.h"
#include "packages/files/xml_document.h"
#include "packages/manifest.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace latchkey::packages {

inline constexpr std::string_view kManifestFileName = "AppxManifest.xml";

inline constexpr XmlLimits kManifestLimits{};

struct ReadManifest {
    std::optional<Manifest> manifest;    // nullopt when there is an error
    std::vector<Diagnostic> diagnostics; // in the order of the file
};

// folder_name becomes the package's name when the manifest has no <Identity>; characters that a package name cannot
// have are replaced by '-'.
[[nodiscard]] ReadManifest read_manifest(std::string_view bytes, std::string_view folder_name);
[[nodiscard]] ReadManifest read_manifest(XmlDocument const&, std::string_view folder_name);

} // namespace latchkey::packages
