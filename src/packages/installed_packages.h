// SPDX-License-Identifier: MIT
#pragma once

// The installed packages of one user: the record files under STATE/installed, read once at start and kept in memory.
// A record names its package's folder, so replacing that one file (written apart, flushed, renamed) is the moment in
// which an installation or an update happens; before it there is the old package, after it the new one.
//
// What lies in STATE/packages without a record that names it is left over from a crash; leftovers() finds it.

#include "ipc/io.h"
#include "packages/installed_package.h"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace latchkey::packages {

inline constexpr std::size_t kMaxInstalledPackages = 10'000;

class InstalledPackages {
public:
    using Entry = std::shared_ptr<InstalledPackage const>;

    // A record that could not be read: it was renamed, its package counts as not installed, its folder stays.
    struct Damaged {
        std::string file;    // where it is now
        std::string problem; // one sentence
    };
    // A removal that a crash interrupted: the record says so, and it must be finished.
    struct Removal {
        Entry package;
        bool with_data = false;
    };

    // Makes the folders it needs (0700). A record that is damaged is no error, see damaged().
    static ipc::Io<InstalledPackages> open(std::string state_folder);

    Entry find(std::string_view family) const; // null: not installed
    // By family name; a package that is being removed is not there any more.
    std::map<std::string, Entry, std::less<>> const& all() const { return m_packages; }
    std::vector<Damaged> const& damaged() const { return m_damaged; }
    std::vector<Removal> const& interrupted_removals() const { return m_removals; }

    // STATE/data/FAMILY, STATE/settings/FAMILY.db, STATE/logs/FAMILY.log, STATE/packages
    std::string data_folder(std::string_view family) const;
    std::string settings_file(std::string_view family) const;
    std::string log_file(std::string_view family) const;
    std::string const& package_folders() const { return m_folders; }

    // Makes LocalState, RoamingState and TemporaryState (0700) where they are not.
    ipc::Io<void> make_data_folders(std::string_view family) const;

    // Each returns after it is durable.
    ipc::Io<void> put(Entry package);
    ipc::Io<void> begin_removal(std::string_view family, bool with_data);
    ipc::Io<void> end_removal(std::string_view family);

    // A name in STATE/packages that is free now: FULLNAME, or FULLNAME.2 and so on.
    std::string free_folder(Manifest const& manifest) const;
    // Folders in STATE/packages that no record names. Old versions may still be used by a running app.
    std::vector<std::string> leftovers() const;

private:
    InstalledPackages() = default;
    ipc::Io<void> read_records();
    void read_record(std::string const& name);
    void set_aside(std::string const& name, std::string problem);

    std::string m_state;
    std::string m_records; // STATE/installed
    std::string m_folders; // STATE/packages
    std::map<std::string, Entry, std::less<>> m_packages;
    std::vector<Damaged> m_damaged;
    std::vector<Removal> m_removals;
    std::set<std::string, std::less<>> m_set_aside; // families whose record is damaged
};

} // namespace latchkey::packages
