// SPDX-License-Identifier: MIT
// Installing, removing and launching packages.
#include "broker/interface.h"
#include "packages/text.h"

#include <fmt/format.h>
#include <unistd.h>

namespace latchkey::broker {

namespace {

using namespace core;

constexpr std::size_t kMaxLaunchDescriptors = 3;

Refused refused_servicing(packages::ServicingRefusal const& refusal)
{
    return {refusal.name, hresult(refusal.hresult), refusal.message};
}

std::int32_t status_of_package(Rooms& rooms, std::string const& family)
{
    auto const package = rooms.engine.rules().package(family);
    return static_cast<std::int32_t>(package ? package->status : BackgroundAccessStatus::Unspecified);
}

std::vector<ipc::Dictionary> declared_tasks(packages::Manifest const& manifest)
{
    std::vector<ipc::Dictionary> tasks;
    for (auto const& application : manifest.applications) {
        for (auto const& task : application.tasks) {
            std::vector<std::string> types;
            for (packages::TaskType const type : task.types) {
                types.emplace_back(to_string(type));
            }
            tasks.push_back({{"app", application.id},
                             {"entry-point", task.name()},
                             {"types", std::move(types)},
                             {"host", to_string(task.host.host)}});
        }
    }
    return tasks;
}

void tell_installed(Rooms& rooms, Call& call, packages::Installed const& installed)
{
    packages::Manifest const& manifest = installed.package->manifest;
    std::vector<std::string> warnings;
    for (std::string const& warning : installed.warnings) {
        warnings.push_back(sendable(warning));
    }
    ipc::Dictionary result{{"package", installed.package->family()},
                           {"name", manifest.identity.name},
                           {"version", to_string(manifest.identity.version)},
                           {"updated", installed.previous != nullptr},
                           {"warnings", std::move(warnings)},
                           {"access", status_of_package(rooms, installed.package->family())},
                           {"tasks", declared_tasks(manifest)}};
    call.reply(result);
}

void install(Rooms& rooms, Call call)
{
    std::string const path = call.arguments().read_string();
    auto const options = call.options({{"in-place", "b"}, {"allow", "b"}});
    if (!options) return call.refuse(options.error());
    if (!path.starts_with('/')) {
        return call.refuse(invalid_argument(fmt::format(
            "\"{}\" is not an absolute path; the broker has another current folder", packages::printable(path))));
    }
    bool const allow = options->get<bool>("allow");
    rooms.servicing.install(
        path, {.in_place = options->get<bool>("in-place")},
        [call, &rooms, allow](tl::expected<packages::Installed, packages::ServicingRefusal> done) mutable {
            if (!done) return call.refuse(refused_servicing(done.error()));
            if (!allow) return tell_installed(rooms, call, *done);
            rooms.engine.ask(event::SetAccess{{}, SharedText(done->package->family()), Access::Allowed},
                             [call, &rooms, installed = *done](effect::Answer const& answer) mutable {
                                 if (auto const* refusal = std::get_if<Refusal>(&answer)) {
                                     return call.refuse(refused(*refusal, "the package is installed, but not allowed"));
                                 }
                                 tell_installed(rooms, call, installed);
                             });
        });
}

void remove(Rooms& rooms, Call call)
{
    std::string const word = call.arguments().read_string();
    auto const options = call.options({{"data", "b"}});
    if (!options) return call.refuse(options.error());
    auto const family = packages::find_family(rooms.packages, word);
    if (!family) return call.refuse(refused_servicing(family.error()));
    using Data = packages::Servicing::Data;
    rooms.servicing.remove(*family, options->get<bool>("data") ? Data::Goes : Data::Stays,
                           [call](tl::expected<void, packages::ServicingRefusal> done) mutable {
                               if (!done) return call.refuse(refused_servicing(done.error()));
                               call.reply();
                           });
}

void list_packages(Rooms& rooms, Call call)
{
    std::vector<ipc::Dictionary> told;
    for (auto const& [family, package] : rooms.packages.all()) {
        if (!call.family().empty() && family != call.family()) continue;
        auto const view = rooms.engine.rules().package(family);
        std::vector<ipc::Dictionary> apps;
        for (auto const& application : package->manifest.applications) {
            apps.push_back({{"id", application.id},
                            {"executable", application.executable},
                            {"state", view ? name_of(view->app) : name_of(AppState::Terminated)}});
        }
        auto const& identity = package->manifest.identity;
        told.push_back({{"package", family},
                        {"name", identity.name},
                        {"version", to_string(identity.version)},
                        {"publisher", identity.publisher},
                        {"folder", package->folder},
                        {"in-place", package->in_place},
                        {"access", status_of_package(rooms, family)},
                        {"registrations", view ? view->tasks : std::uint32_t{0}},
                        {"apps", std::move(apps)}});
    }
    call.reply(told);
}

void launch(Rooms& rooms, Call call)
{
    std::string const word = call.arguments().read_string();
    hosts::AppLaunch wanted;
    wanted.arguments = call.arguments().read_strings();
    wanted.environment = call.arguments().read_strings();
    wanted.descriptors = call.arguments().read_descriptors();
    if (call.arguments().failed()) return call.refuse(invalid_argument(call.arguments().error()));
    if (wanted.descriptors.size() > kMaxLaunchDescriptors) {
        return call.refuse(invalid_argument("an app is given at most 3 descriptors: 0, 1 and 2"));
    }

    auto const mark = word.rfind('!');
    auto const family = packages::find_family(rooms.packages, std::string_view(word).substr(0, mark));
    if (!family) return call.refuse(refused_servicing(family.error()));
    auto const package = rooms.packages.find(*family);
    std::string const application = mark == std::string::npos ? std::string() : word.substr(mark + 1);
    wanted.family = *family;
    wanted.program = packages::program_of_application(*package, application);
    if (wanted.program.empty()) {
        return call.refuse(invalid_argument(
            fmt::format("{} has no application {} with a program", *family, packages::printable(application))));
    }
    if (wanted.environment.empty()) {
        for (char** entry = environ; *entry != nullptr; ++entry) {
            wanted.environment.emplace_back(*entry);
        }
    }
    auto const pid = rooms.apps.launch(std::move(wanted));
    if (pid) return call.reply(static_cast<std::uint32_t>(*pid));
    if (pid.error().code == std::errc::operation_in_progress) {
        return call.refuse({"InvalidState", kInvalidState, fmt::format("{} runs already", *family)});
    }
    call.refuse({"ServicingFailed", hresult(0x80073cf9), pid.error().text()});
}

constexpr Method kMethods[] = {
    {"Install", "sa{sv}", "a{sv}", "path\0options\0result\0", install},
    {"Remove", "sa{sv}", "", "package\0options\0", remove},
    {"ListPackages", "", "aa{sv}", "packages\0", list_packages},
    {"Launch", "sasasah", "u", "app\0arguments\0environment\0descriptors\0pid\0", launch},
};

} // namespace

std::span<Method const> package_methods()
{
    return kMethods;
}

} // namespace latchkey::broker
