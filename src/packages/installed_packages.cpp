// SPDX-License-Identifier: MIT
#include "packages/installed_packages.h"

#include "packages/package_record.h"
#include "packages/record_file.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>
#include <utility>

#include <sys/stat.h>

namespace latchkey::packages {

namespace {

namespace fs = std::filesystem;
using ipc::Io;
using ipc::io_error;

constexpr std::string_view kRemoving = ".removing";
constexpr std::string_view kRemovingWithData = ".removing-with-data";
constexpr std::string_view kDamaged = ".damaged";

std::string_view without_ending(std::string_view name, std::string_view ending)
{
    return name.ends_with(ending) ? name.substr(0, name.size() - ending.size()) : name;
}

// No family name has a '.' behind its last '_', however its package is called.
bool is_set_aside(std::string_view name)
{
    std::string_view const ending = name.substr(std::min(name.rfind('.'), name.size()));
    return ending.starts_with(kDamaged) && ending.find('_') == std::string_view::npos;
}

bool exists(std::string const& path)
{
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0;
}

} // namespace

Io<InstalledPackages> InstalledPackages::open(std::string state_folder)
{
    InstalledPackages packages;
    packages.m_state = std::move(state_folder);
    packages.m_records = packages.m_state + "/installed";
    packages.m_folders = packages.m_state + "/packages";
    for (std::string const& folder : {packages.m_records, packages.m_folders})
        if (auto const made = make_private_folder(folder); !made) return tl::unexpected(made.error());
    // The kernel names programs without links.
    std::error_code error;
    packages.m_folders = fs::canonical(packages.m_folders, error).string();
    if (error) return io_error(error.value(), "find " + packages.m_state + "/packages");
    if (auto const read = packages.read_records(); !read) return tl::unexpected(read.error());
    return packages;
}

Io<void> InstalledPackages::read_records()
{
    std::error_code error;
    std::vector<std::string> names;
    fs::directory_iterator entries(m_records, error);
    for (; !error && entries != fs::directory_iterator(); entries.increment(error))
        names.push_back(entries->path().filename().string());
    if (error) return io_error(error.value(), "read the folder " + m_records);
    std::ranges::sort(names);
    for (std::string const& name : names) {
        // What a killed broker was writing, and what was set aside before.
        if (name.starts_with('.')) {
            if (auto const gone = delete_in(m_records, name); !gone) return gone;
        } else if (is_set_aside(name)) {
            m_set_aside.insert(name.substr(0, name.rfind(kDamaged)));
        } else {
            read_record(name);
        }
    }
    return {};
}

void InstalledPackages::read_record(std::string const& name)
{
    bool const with_data = name.ends_with(kRemovingWithData);
    std::string_view const family = without_ending(without_ending(name, kRemovingWithData), kRemoving);
    auto const bytes = read_record_file(m_records + '/' + name, kMaxRecordBytes);
    if (!bytes) return set_aside(name, bytes.error().text());
    auto package = decode_installed_package(*bytes);
    if (!package) return set_aside(name, package.error());
    if (package->family() != family) return set_aside(name, "it is the record of " + package->family());
    // Ours are where we are, also after somebody moved the state folder.
    if (!package->in_place) package->folder = m_folders + '/' + fs::path(package->folder).filename().string();
    if (m_packages.size() >= kMaxInstalledPackages)
        return set_aside(name, "there are more than " + std::to_string(kMaxInstalledPackages) + " packages");
    auto entry = std::make_shared<InstalledPackage const>(std::move(*package));
    if (family.size() == name.size()) m_packages.emplace(std::string(family), std::move(entry));
    // Names come in order, so a package that was installed again after its removal is known already.
    else if (m_packages.contains(family))
        return static_cast<void>(delete_in(m_records, name));
    else
        m_removals.push_back({std::move(entry), with_data});
}

void InstalledPackages::set_aside(std::string const& name, std::string problem)
{
    std::string aside = name + std::string(kDamaged);
    for (int n = 2; exists(m_records + '/' + aside); ++n)
        aside = name + std::string(kDamaged) + '-' + std::to_string(n);
    if (auto const moved = rename_in(m_records, name, aside); !moved) {
        problem += "; and it cannot be set aside: " + moved.error().text();
        aside = name;
    }
    m_damaged.push_back({m_records + '/' + aside, std::move(problem)});
    m_set_aside.insert(name);
}

InstalledPackages::Entry InstalledPackages::find(std::string_view family) const
{
    auto const found = m_packages.find(family);
    return found == m_packages.end() ? nullptr : found->second;
}

std::string InstalledPackages::data_folder(std::string_view family) const
{
    return m_state + "/data/" + std::string(family);
}

std::string InstalledPackages::settings_file(std::string_view family) const
{
    return m_state + "/settings/" + std::string(family) + ".db";
}

std::string InstalledPackages::log_file(std::string_view family) const
{
    return m_state + "/logs/" + std::string(family) + ".log";
}

Io<void> InstalledPackages::make_data_folders(std::string_view family) const
{
    for (char const* const part : {"/LocalState", "/RoamingState", "/TemporaryState"})
        if (auto const made = make_private_folder(data_folder(family) + part); !made) return made;
    return make_private_folder(m_state + "/logs");
}

Io<void> InstalledPackages::put(Entry package)
{
    std::string family = package->family();
    if (m_packages.size() >= kMaxInstalledPackages && !m_packages.contains(family))
        return io_error(ENOSPC, "install more than " + std::to_string(kMaxInstalledPackages) + " packages");
    if (auto const written = write_record_file(m_records, family, encode(*package)); !written) return written;
    m_packages.insert_or_assign(family, std::move(package));
    // The mark of an earlier removal that could not be finished.
    return end_removal(family);
}

Io<void> InstalledPackages::begin_removal(std::string_view family, bool with_data)
{
    auto const found = m_packages.find(family);
    if (found == m_packages.end()) return io_error(ENOENT, "remove " + std::string(family));
    std::string const marked = std::string(family) + std::string(with_data ? kRemovingWithData : kRemoving);
    if (auto const moved = rename_in(m_records, std::string(family), marked); !moved) return moved;
    m_removals.push_back({found->second, with_data});
    m_packages.erase(found);
    return {};
}

Io<void> InstalledPackages::end_removal(std::string_view family)
{
    for (std::string_view const ending : {kRemoving, kRemovingWithData})
        if (auto const gone = delete_in(m_records, std::string(family) + std::string(ending)); !gone) return gone;
    std::erase_if(m_removals, [&](Removal const& removal) { return removal.package->family() == family; });
    return {};
}

std::string InstalledPackages::free_folder(Manifest const& manifest) const
{
    std::string const first = m_folders + '/' + manifest.full_name();
    std::string folder = first;
    for (int n = 2; exists(folder); ++n)
        folder = first + '.' + std::to_string(n);
    return folder;
}

std::vector<std::string> InstalledPackages::leftovers() const
{
    std::set<std::string, std::less<>> named;
    for (auto const& [family, package] : m_packages)
        named.insert(package->folder);
    for (Removal const& removal : m_removals)
        named.insert(removal.package->folder);
    std::vector<std::string> folders;
    std::error_code error;
    fs::directory_iterator entries(m_folders, error);
    for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
        std::string const family = family_of_full_name(entries->path().filename().string());
        bool const damaged = m_set_aside.contains(family) && !m_packages.contains(family);
        if (!damaged && !named.contains(entries->path().string())) folders.push_back(entries->path().string());
    }
    std::ranges::sort(folders);
    return folders;
}

} // namespace latchkey::packages
