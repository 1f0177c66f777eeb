// SPDX-License-Identifier: MIT
#pragma once

// Flatpak's own word about a program: which of its apps the program is. The file /.flatpak-info inside a sandbox is not
// that word: whoever can make a mount namespace can put one there. What counts is what Flatpak keeps outside of the
// sandbox, $XDG_RUNTIME_DIR/.flatpak/INSTANCE: of an instance that runs, the mount namespace that bwrap made for it,
// and the app. A process in that very namespace is the app. docs/security.md says who is trusted with that.
//
// Nothing of the sandbox's own files is read, so a file system that it serves itself (FUSE) can hold nobody up.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace latchkey::packages {

class InstalledPackages;

inline constexpr std::size_t kMaxFlatpakRecord = 64 * 1024; // of each file of an instance
inline constexpr std::size_t kMaxFlatpakInstances = 1'024;  // that are looked at
inline constexpr std::size_t kMaxFlatpakAppId = 255;

// The app that INSTANCE/info is about ("org.contoso.Mail"), when it is about that instance. nullopt: not what Flatpak
// writes for an app, or a name that matters stands there twice.
std::optional<std::string> app_of_flatpak_info(std::string_view text, std::string_view instance);

// INSTANCE/bwrapinfo.json: what bwrap told of the sandbox that it made.
struct SandboxRecord {
    pid_t first_process = 0;
    ino_t mount_namespace = 0;
};
std::optional<SandboxRecord> parse_sandbox_record(std::string_view text);

struct Confinement {
    enum class Kind {
        None,      // it sees the machine as we do
        OwnMounts, // another mount namespace of our user namespace: made with privileges, by no Flatpak
        Sandbox,   // somebody's sandbox
        Flatpak,
        Unknown, // the process is gone or may not be looked at
    };
    Kind kind = Kind::Unknown;
    std::string app; // of Flatpak
};

// runtime_folder: $XDG_RUNTIME_DIR of the user, "" for none. Whoever calls proves afterwards that the pid is still
// whose it was.
Confinement confinement_of(pid_t pid, std::string const& runtime_folder);

// The package whose name is the app's id; empty when there is none, or several of different publishers.
std::string family_of_flatpak_app(InstalledPackages const& packages, std::string_view app);

} // namespace latchkey::packages
