// SPDX-License-Identifier: MIT
#pragma once

// What the broker knows of an installed package: the manifest as the contained packager read it, and where its parts
// are. It is kept in one small file a package, so that the broker never reads XML or zip.

#include "core/registration.h"
#include "packages/manifest.h"

#include <memory>
#include <string>

namespace latchkey::packages {

struct InstalledPackage {
    Manifest manifest;
    std::string folder; // absolute; of this version, or the developer's own when in_place
    bool in_place = false;

    std::string family() const { return manifest.family_name(); }
};

// What the engine must know of it.
std::shared_ptr<core::PackageDeclaration const> declaration_of(Manifest const& manifest);

} // namespace latchkey::packages
