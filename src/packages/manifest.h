// SPDX-License-Identifier: MIT
// What a package says about itself: a Manifest is the checked content of its AppxManifest.xml.
//
// Plain values: the reader (packages/files/manifest_reader.h) makes them from XML in a contained process, everybody
// else only looks at them. Paths are relative to the package, with '/' between the parts, never leading out of it.
#pragma once

#include "packages/task_type.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace latchkey::packages {

inline constexpr std::size_t kMaxApplications = 100;
inline constexpr std::size_t kMaxBackgroundTasks = 1'000;    // extensions of one application
inline constexpr std::size_t kMaxActivatableClasses = 4'096; // the runtime's catalogue takes no more
inline constexpr std::size_t kMaxCapabilities = 1'000;
inline constexpr std::size_t kMaxAttributeCharacters = 8'192; // the longest attribute a schema allows (Publisher)

// The result an application or installer sees for a manifest with errors (APPX_E_INVALID_MANIFEST).
inline constexpr std::uint32_t kInvalidManifest = 0x80080204;

// The publisher of a package whose manifest has no Identity. Its folder's name is then its name.
inline constexpr std::string_view kFallbackPublisher = "CN=Latchkey";

// Which rules a manifest is read by. A <Package> without namespaces, as the Developer Preview documents printed it,
// counts as Appx2010.
enum class ManifestSchema : std::uint8_t {
    Appx2010,  // Developer Preview, Windows 8, and 8.1 with its 2013 additions
    Windows10, // foundation/windows10 with uap
};
std::string_view to_string(ManifestSchema);

struct PackageVersion {
    std::uint16_t major = 0;
    std::uint16_t minor = 0;
    std::uint16_t build = 0;
    std::uint16_t revision = 0;

    auto operator<=>(PackageVersion const&) const = default;
};
std::string to_string(PackageVersion);

// Exactly four numbers up to 65535 with dots between them.
std::optional<PackageVersion> parse_package_version(std::string_view text);

struct Identity {
    std::string name;
    std::string publisher;
    PackageVersion version;
    std::string architecture; // "neutral" when the manifest names none
    std::string resource_id;
    bool declared = false; // false: there is no <Identity>, name is the folder's and publisher kFallbackPublisher

    bool operator==(Identity const&) const = default;
};

// Where a task runs.
enum class TaskHost : std::uint8_t {
    NativeHost, // latchkey-host, a process apart
    ScriptHost, // latchkey-jshost
    AppProcess, // the application's own process
};
std::string_view to_string(TaskHost);

// Which rule chose the host; explain() has the sentence.
enum class HostReason : std::uint8_t {
    StartPage,                  // the task is a script
    ExecutableIsTaskHost,       // Executable="backgroundTaskHost.exe"
    ExecutableIsApp,            // Executable names the application's own program
    NoExecutableIn2010,         // 2010: no Executable means the application's
    NoExecutableInWindows10,    // windows10: no Executable means the host
    OtherExecutableInWindows10, // windows10: another program is not started, the host runs the task
};
std::string_view explain(HostReason);

struct HostChoice {
    TaskHost host = TaskHost::NativeHost;
    HostReason reason = HostReason::NoExecutableInWindows10;

    bool operator==(HostChoice const&) const = default;
};

// The name by which manifests ask for the system's host, compared without regard to case.
inline constexpr std::string_view kTaskHostExecutable = "backgroundTaskHost.exe";

// The schema's rule. executable and start_page are the extension's, empty when it has none. Nullopt when a 2010
// executable is neither the system's host nor the application's program: no process would be the right one.
std::optional<HostChoice> choose_host(ManifestSchema, std::string_view executable, std::string_view start_page,
                                      std::string_view app_executable);

// One windows.backgroundTasks extension: a class or script and what may trigger it.
struct BackgroundTask {
    std::string entry_point; // the class; empty for a script
    std::string start_page;  // the script; empty for a class
    std::string executable;  // as written, empty when not
    std::vector<TaskType> types;
    HostChoice host;
    std::string server_name;
    std::string resource_group;
    bool multiple_instances = false;
    int line = 0;

    bool operator==(BackgroundTask const&) const = default;

    // What TaskEntryPoint must be at registration.
    std::string const& name() const { return start_page.empty() ? entry_point : start_page; }
};

enum class LockScreenNotification : std::uint8_t { Badge, BadgeAndTileText };
std::string_view to_string(LockScreenNotification);

struct LockScreen {
    LockScreenNotification notification = LockScreenNotification::Badge;
    std::string badge_logo;

    bool operator==(LockScreen const&) const = default;
};

struct Application {
    std::string id;
    std::string executable;
    std::string entry_point;
    std::string start_page;
    std::string display_name;
    std::vector<BackgroundTask> tasks;
    std::optional<LockScreen> lock_screen;
    std::string update_task; // entry point of windows.updateTask, empty when there is none

    bool operator==(Application const&) const = default;
};

enum class ThreadingModel : std::uint8_t { Both, Sta, Mta };
std::string_view to_string(ThreadingModel);
std::optional<ThreadingModel> parse_threading_model(std::string_view);

struct ActivatableClass {
    std::string id;      // "Tasks.ExampleBackgroundTask"
    std::string library; // "Tasks.so"
    ThreadingModel threading = ThreadingModel::Both;

    bool operator==(ActivatableClass const&) const = default;
};

enum class CapabilityKind : std::uint8_t { General, Restricted, Device };
std::string_view to_string(CapabilityKind);

struct Capability {
    std::string name;
    CapabilityKind kind = CapabilityKind::General;

    bool operator==(Capability const&) const = default;
};

struct Manifest {
    ManifestSchema schema = ManifestSchema::Appx2010;
    bool without_namespaces = false;
    Identity identity;
    std::string publisher_id; // 13 characters
    std::string display_name;
    std::string publisher_display_name;
    std::vector<Application> applications;
    std::vector<ActivatableClass> classes;
    std::vector<Capability> capabilities;

    bool operator==(Manifest const&) const = default;

    // "Name_publisherid": one for all versions of a package.
    std::string family_name() const;
    // "Name_1.0.0.0_neutral_resource_publisherid": one for each version.
    std::string full_name() const;
};

} // namespace latchkey::packages
