// SPDX-License-Identifier: MIT
#include "packages/installed_package.h"

#include "packages/text.h"

#include <algorithm>
#include <array>
#include <utility>

#include <sys/stat.h>

namespace latchkey::packages {

namespace {

core::HostKind engine_host(TaskHost host)
{
    switch (host) {
    case TaskHost::NativeHost:
        return core::HostKind::SystemHost;
    case TaskHost::ScriptHost:
        return core::HostKind::ScriptHost;
    case TaskHost::AppProcess:
        return core::HostKind::AppProcess;
    }
    return core::HostKind::SystemHost;
}

bool is_file(std::string const& path)
{
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

} // namespace

core::ManifestTaskType engine_type(TaskType type)
{
    using core::ManifestTaskType;
    static constexpr std::array kTypes{
        std::pair{TaskType::Audio, ManifestTaskType::Audio},
        std::pair{TaskType::ControlChannel, ManifestTaskType::ControlChannel},
        std::pair{TaskType::SystemEvent, ManifestTaskType::SystemEvent},
        std::pair{TaskType::Timer, ManifestTaskType::Timer},
        std::pair{TaskType::PushNotification, ManifestTaskType::PushNotification},
        std::pair{TaskType::General, ManifestTaskType::General},
        std::pair{TaskType::Location, ManifestTaskType::Location},
        std::pair{TaskType::DeviceUse, ManifestTaskType::DeviceUse},
        std::pair{TaskType::DeviceServicing, ManifestTaskType::DeviceServicing},
        std::pair{TaskType::DeviceConnectionChange, ManifestTaskType::DeviceConnectionChange},
        std::pair{TaskType::Bluetooth, ManifestTaskType::Bluetooth},
        std::pair{TaskType::ChatMessageNotification, ManifestTaskType::ChatMessageNotification},
        std::pair{TaskType::VpnClient, ManifestTaskType::VpnClient},
        std::pair{TaskType::PhoneCall, ManifestTaskType::PhoneCall},
        std::pair{TaskType::MediaProcessing, ManifestTaskType::MediaProcessing},
    };
    static_assert(kTypes.size() == core::kManifestTaskTypes.size());
    for (auto const& [ours, theirs] : kTypes)
        if (ours == type) return theirs;
    return ManifestTaskType::General;
}

std::shared_ptr<core::PackageDeclaration const> declaration_of(Manifest const& manifest)
{
    auto declaration = std::make_shared<core::PackageDeclaration>();
    declaration->family = core::SharedText(manifest.family_name());
    declaration->version = to_string(manifest.identity.version);
    declaration->in_process_tasks = manifest.schema == ManifestSchema::Windows10;
    for (Application const& app : manifest.applications)
        for (BackgroundTask const& task : app.tasks) {
            auto known = std::ranges::find(declaration->entry_points, task.name(), &core::DeclaredEntryPoint::name);
            if (known == declaration->entry_points.end())
                known = declaration->entry_points.insert(
                    known, {task.name(), {}, engine_host(task.host.host), task.resource_group});
            for (TaskType const type : task.types)
                known->types.add(engine_type(type));
        }
    return declaration;
}

std::string program_of_application(InstalledPackage const& package, std::string_view application)
{
    auto const& apps = package.manifest.applications;
    auto const app = std::ranges::find_if(apps, [&](Application const& one) {
        return application.empty() ? !one.executable.empty() : one.id == application;
    });
    if (app == apps.end() || app->executable.empty()) return {};
    std::string program = package.folder + '/' + app->executable;
    constexpr std::string_view kWindowsEnding = ".exe";
    if (!is_file(program) && lower_case(program).ends_with(kWindowsEnding)) {
        std::string const bare = program.substr(0, program.size() - kWindowsEnding.size());
        if (is_file(bare)) return bare;
    }
    return program;
}

std::string family_of_full_name(std::string_view full_name)
{
    // NAME_VERSION_ARCHITECTURE_RESOURCE_PUBLISHER: no part has a '_' in it.
    constexpr int kParts = 5;
    constexpr std::size_t kPublisherIdCharacters = 13;
    std::size_t begin = 0;
    std::string_view name;
    for (int i = 0; i < kParts - 1; ++i) {
        std::size_t const end = full_name.find('_', begin);
        if (end == std::string_view::npos) return {};
        if (i == 0) name = full_name.substr(0, end);
        if (i == 1 && !parse_package_version(full_name.substr(begin, end - begin))) return {};
        begin = end + 1;
    }
    std::string_view const publisher = full_name.substr(begin, kPublisherIdCharacters);
    std::string_view const rest = full_name.substr(begin + publisher.size());
    if (name.empty() || publisher.size() < kPublisherIdCharacters || publisher.find('_') != std::string_view::npos ||
        (!rest.empty() && rest.front() != '.'))
        return {};
    return std::string(name) + '_' + std::string(publisher);
}

} // namespace latchkey::packages
