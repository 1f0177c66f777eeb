// SPDX-License-Identifier: MIT
// latchkey manifest check FILE…
#include "cli/command.h"
#include "cli/package_input.h"
#include "packages/files/manifest_reader.h"

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace latchkey::cli {

using namespace packages;
using Json = nlohmann::ordered_json;

namespace {

struct Arguments {
    std::vector<std::string> files;
    bool json = false;
};

std::vector<std::string_view> type_names(BackgroundTask const& task)
{
    std::vector<std::string_view> names;
    for (TaskType const type : task.types)
        names.push_back(to_string(type));
    return names;
}

Json text_or_null(std::string const& text)
{
    return text.empty() ? Json(nullptr) : Json(text);
}

Json to_json(BackgroundTask const& task)
{
    return {{"entry_point", text_or_null(task.entry_point)},
            {"start_page", text_or_null(task.start_page)},
            {"executable", text_or_null(task.executable)},
            {"types", type_names(task)},
            {"host", to_string(task.host.host)},
            {"host_reason", explain(task.host.reason)},
            {"server_name", text_or_null(task.server_name)},
            {"resource_group", text_or_null(task.resource_group)},
            {"multiple_instances", task.multiple_instances},
            {"line", task.line}};
}

Json to_json(Application const& app)
{
    Json tasks = Json::array();
    for (BackgroundTask const& task : app.tasks)
        tasks.push_back(to_json(task));
    Json lock_screen = nullptr;
    if (app.lock_screen)
        lock_screen = {{"notification", to_string(app.lock_screen->notification)},
                       {"badge_logo", app.lock_screen->badge_logo}};
    return {{"id", app.id},
            {"executable", text_or_null(app.executable)},
            {"entry_point", text_or_null(app.entry_point)},
            {"start_page", text_or_null(app.start_page)},
            {"display_name", text_or_null(app.display_name)},
            {"lock_screen", lock_screen},
            {"update_task", text_or_null(app.update_task)},
            {"tasks", tasks}};
}

Json to_json(Manifest const& manifest)
{
    Json applications = Json::array();
    for (Application const& app : manifest.applications)
        applications.push_back(to_json(app));
    Json classes = Json::array();
    for (ActivatableClass const& one : manifest.classes)
        classes.push_back({{"id", one.id}, {"library", one.library}, {"threading", to_string(one.threading)}});
    Json capabilities = Json::array();
    for (Capability const& one : manifest.capabilities)
        capabilities.push_back({{"name", one.name}, {"kind", to_string(one.kind)}});
    Identity const& identity = manifest.identity;
    return {{"schema", to_string(manifest.schema)},
            {"namespaces", !manifest.without_namespaces},
            {"identity",
             {{"declared", identity.declared},
              {"name", identity.name},
              {"publisher", identity.publisher},
              {"version", to_string(identity.version)},
              {"architecture", identity.architecture},
              {"resource_id", text_or_null(identity.resource_id)}}},
            {"family_name", manifest.family_name()},
            {"full_name", manifest.full_name()},
            {"display_name", text_or_null(manifest.display_name)},
            {"publisher_display_name", text_or_null(manifest.publisher_display_name)},
            {"applications", applications},
            {"classes", classes},
            {"capabilities", capabilities}};
}

Json to_json(std::string const& file, ReadManifest const& read)
{
    Json diagnostics = Json::array();
    for (Diagnostic const& diagnostic : read.diagnostics)
        diagnostics.push_back({{"severity", diagnostic.severity == Severity::Error ? "error" : "warning"},
                               {"line", diagnostic.line > 0 ? Json(diagnostic.line) : Json(nullptr)},
                               {"message", diagnostic.message}});
    return {{"file", file},
            {"valid", read.manifest.has_value()},
            {"hresult", read.manifest ? Json(nullptr) : Json(fmt::format("0x{:08x}", kInvalidManifest))},
            {"manifest", read.manifest ? to_json(*read.manifest) : Json(nullptr)},
            {"diagnostics", diagnostics}};
}

void print(Application const& app)
{
    fmt::print("  application {}{}\n", app.id,
               app.executable.empty() ? fmt::format(", page {}", app.start_page) : ", program " + app.executable);
    for (BackgroundTask const& task : app.tasks) {
        fmt::print("    task {} on {}\n", task.name(), fmt::join(type_names(task), ", "));
        fmt::print("      runs in {}: {}\n", to_string(task.host.host), explain(task.host.reason));
    }
    if (!app.update_task.empty()) fmt::print("    update task {}\n", app.update_task);
    if (app.lock_screen) fmt::print("    lock screen {}\n", to_string(app.lock_screen->notification));
}

void print(std::string const& file, Manifest const& manifest)
{
    Identity const& identity = manifest.identity;
    fmt::print("{}: schema {}{}\n", file, to_string(manifest.schema),
               manifest.without_namespaces ? " (without namespaces)" : "");
    fmt::print("  package {} {}{}\n", identity.name, to_string(identity.version),
               identity.declared ? "" : " (no <Identity>: the folder's name)");
    fmt::print("  family {}\n", manifest.family_name());
    for (Application const& app : manifest.applications)
        print(app);
    for (ActivatableClass const& one : manifest.classes)
        fmt::print("  class {} in {} ({})\n", one.id, one.library, to_string(one.threading));
    for (Capability const& one : manifest.capabilities)
        fmt::print("  capability {}{}\n", one.name,
                   one.kind == CapabilityKind::General ? "" : fmt::format(" ({})", to_string(one.kind)));
}

ExitStatus check(Arguments const& arguments)
{
    ExitStatus status = ExitStatus::Done;
    Json all = Json::array();
    for (std::string const& file : arguments.files) {
        auto const input = open_manifest(file);
        if (!input) {
            fmt::print(stderr, "latchkey: {}\n", input.error());
            status = ExitStatus::Failed;
            continue;
        }
        ReadManifest const read = read_manifest(input->bytes, input->folder);
        if (!read.manifest) status = ExitStatus::Failed;
        if (arguments.json)
            all.push_back(to_json(input->name, read));
        else
            print_diagnostics(input->name, read.diagnostics);
        if (!arguments.json && read.manifest) print(input->name, *read.manifest);
    }
    if (arguments.json) fmt::print("{}\n", Json{{"manifests", all}}.dump(2));
    return status;
}

} // namespace

Action declare_manifest_check(CLI::App& app)
{
    auto const arguments = std::make_shared<Arguments>();
    app.add_option("FILE", arguments->files, "A manifest, a package's folder, or a package file")
        ->required()
        ->type_name("FILE|DIR");
    app.add_flag("--json", arguments->json, "Print one JSON record");
    return [arguments] { return check(*arguments); };
}

} // namespace latchkey::cli
