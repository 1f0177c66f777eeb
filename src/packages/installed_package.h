// SPDX-License-Identifier: MIT
#pragma once

// What the broker knows of an installed package: the manifest as the contained packager read it, and where its parts
// are. It is kept in one small file a package, so that the broker never reads XML or zip.

#include "core/registration.h"
#include "packages/manifest.h"

#include <memory>
#include <string>
#include <string_view>

namespace latchkey::packages {

struct InstalledPackage {
    Manifest manifest;
    std::string folder; // absolute, no links in it; of this version, or the developer's own when in_place
    bool in_place = false;

    std::string family() const { return manifest.family_name(); }

    bool operator==(InstalledPackage const&) const = default;
};

// What the engine must know of it. Several applications count as one: an entry point that two of them declare has the
// trigger types of both and the host of the first.
std::shared_ptr<core::PackageDeclaration const> declaration_of(Manifest const& manifest);

// The task types of a manifest and of the engine are the same list.
core::ManifestTaskType engine_type(TaskType type);

// The program of an application (id, or "" for the only or first one), absolute; empty when there is no such
// application or it has no program. A manifest's "Mail.exe" is the file of that name, else "Mail".
std::string program_of_application(InstalledPackage const& package, std::string_view application);

// The family that a full name belongs to ("Mail_1.0.0.0_x64__8wekyb3d8bbwe" → "Mail_8wekyb3d8bbwe"); empty when it is
// none. What may follow the full name of a folder (".2") is not looked at.
std::string family_of_full_name(std::string_view full_name);

} // namespace latchkey::packages
