// SPDX-License-Identifier: MIT
#include "packages/caller_identity.h"

namespace latchkey::packages {

namespace {

bool lies_in(std::string_view path, std::string_view folder)
{
    return path.size() > folder.size() + 1 && path.starts_with(folder) && path[folder.size()] == '/';
}

} // namespace

std::string family_of_program(InstalledPackages const& packages, std::string_view program)
{
    if (!program.starts_with('/')) return {};
    if (lies_in(program, packages.package_folders())) {
        std::string_view const below = program.substr(packages.package_folders().size() + 1);
        std::string family = family_of_full_name(below.substr(0, below.find('/')));
        return packages.find(family) == nullptr ? std::string() : family;
    }
    // One folder of a developer may lie in another: the nearest counts.
    InstalledPackage const* nearest = nullptr;
    for (auto const& [family, package] : packages.all())
        if (package->in_place && lies_in(program, package->folder) &&
            (nearest == nullptr || package->folder.size() > nearest->folder.size()))
            nearest = package.get();
    return nearest == nullptr ? std::string() : nearest->family();
}

} // namespace latchkey::packages
