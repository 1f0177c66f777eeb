// SPDX-License-Identifier: MIT
#include "packages/manifest.h"

#include "packages/text.h"

#include <array>
#include <charconv>

namespace latchkey::packages {

std::string_view to_string(ManifestSchema schema)
{
    return schema == ManifestSchema::Appx2010 ? "2010" : "windows10";
}

std::string to_string(PackageVersion version)
{
    return std::to_string(version.major) + '.' + std::to_string(version.minor) + '.' + std::to_string(version.build) +
           '.' + std::to_string(version.revision);
}

std::optional<PackageVersion> parse_package_version(std::string_view text)
{
    std::array<std::uint16_t, 4> parts{};
    char const* at = text.data();
    char const* const end = at + text.size();
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0 && (at == end || *at++ != '.')) return std::nullopt;
        auto const [next, error] = std::from_chars(at, end, parts[i]);
        if (error != std::errc{}) return std::nullopt;
        at = next;
    }
    if (at != end) return std::nullopt;
    return PackageVersion{parts[0], parts[1], parts[2], parts[3]};
}

std::string_view to_string(TaskHost host)
{
    switch (host) {
    case TaskHost::NativeHost:
        return "latchkey-host";
    case TaskHost::ScriptHost:
        return "latchkey-jshost";
    case TaskHost::AppProcess:
        return "the app's process";
    }
    return "";
}

std::string_view explain(HostReason reason)
{
    switch (reason) {
    case HostReason::StartPage:
        return "StartPage names a script";
    case HostReason::ExecutableIsTaskHost:
        return "Executable is backgroundTaskHost.exe";
    case HostReason::ExecutableIsApp:
        return "Executable is the application's program";
    case HostReason::NoExecutableIn2010:
        return "a 2010 manifest without Executable means the application's program";
    case HostReason::NoExecutableInWindows10:
        return "a windows10 manifest without Executable means the system's host";
    case HostReason::OtherExecutableInWindows10:
        return "Executable is another program, which is not used";
    }
    return "";
}

std::optional<HostChoice> choose_host(ManifestSchema schema, std::string_view executable, std::string_view start_page,
                                      std::string_view app_executable)
{
    if (!start_page.empty()) return HostChoice{TaskHost::ScriptHost, HostReason::StartPage};
    if (equal_ignoring_case(executable, kTaskHostExecutable))
        return HostChoice{TaskHost::NativeHost, HostReason::ExecutableIsTaskHost};
    if (executable.empty() && schema == ManifestSchema::Appx2010)
        return HostChoice{TaskHost::AppProcess, HostReason::NoExecutableIn2010};
    if (executable.empty()) return HostChoice{TaskHost::NativeHost, HostReason::NoExecutableInWindows10};
    if (equal_ignoring_case(executable, app_executable))
        return HostChoice{TaskHost::AppProcess, HostReason::ExecutableIsApp};
    if (schema == ManifestSchema::Windows10)
        return HostChoice{TaskHost::NativeHost, HostReason::OtherExecutableInWindows10};
    return std::nullopt;
}

std::string_view to_string(LockScreenNotification notification)
{
    return notification == LockScreenNotification::Badge ? "badge" : "badgeAndTileText";
}

std::string_view to_string(ThreadingModel model)
{
    switch (model) {
    case ThreadingModel::Both:
        return "both";
    case ThreadingModel::Sta:
        return "STA";
    case ThreadingModel::Mta:
        return "MTA";
    }
    return "";
}

std::optional<ThreadingModel> parse_threading_model(std::string_view text)
{
    for (ThreadingModel const model : {ThreadingModel::Both, ThreadingModel::Sta, ThreadingModel::Mta})
        if (text == to_string(model)) return model;
    return std::nullopt;
}

std::string_view to_string(CapabilityKind kind)
{
    switch (kind) {
    case CapabilityKind::General:
        return "general";
    case CapabilityKind::Restricted:
        return "restricted";
    case CapabilityKind::Device:
        return "device";
    }
    return "";
}

std::string Manifest::family_name() const
{
    return identity.name + '_' + publisher_id;
}

std::string Manifest::full_name() const
{
    return identity.name + '_' + to_string(identity.version) + '_' + identity.architecture + '_' +
           identity.resource_id + '_' + publisher_id;
}

} // namespace latchkey::packages
