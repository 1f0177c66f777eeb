// SPDX-License-Identifier: MIT
// latchkey manifest declare FILE --entry-point CLASS --task TYPE…: the Declarations tab of a manifest designer.
#include "cli/command.h"
#include "cli/package_input.h"
#include "packages/files/file_bytes.h"
#include "packages/files/manifest_edit.h"
#include "packages/files/manifest_reader.h"
#include "packages/text.h"

#include <algorithm>
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

namespace {

struct Arguments {
    std::string file;
    std::string output;
    std::string application;
    std::string entry_point;
    std::string start_page;
    std::vector<std::string> tasks;
    bool json = false;
};

std::vector<std::string> task_type_names()
{
    std::vector<std::string> names;
    for (TaskTypeRow const& row : task_types())
        names.emplace_back(row.name);
    return names;
}

// The declaration as the edited manifest has it.
BackgroundTask const* find(Manifest const& manifest, TaskDeclaration const& wanted)
{
    std::string name = wanted.start_page.empty() ? wanted.entry_point : wanted.start_page;
    std::ranges::replace(name, '\\', '/');
    for (Application const& app : manifest.applications)
        if (wanted.application_id.empty() || app.id == wanted.application_id)
            for (BackgroundTask const& task : app.tasks)
                if (task.name() == name) return &task;
    return nullptr;
}

void report(Arguments const& arguments, std::string const& file, bool changed, BackgroundTask const& task)
{
    std::vector<std::string_view> types;
    for (TaskType const type : task.types)
        types.push_back(to_string(type));
    if (arguments.json) {
        nlohmann::ordered_json const record{{"file", file},
                                            {"changed", changed},
                                            {"task", task.name()},
                                            {"types", types},
                                            {"line", task.line},
                                            {"host", to_string(task.host.host)},
                                            {"host_reason", explain(task.host.reason)}};
        fmt::print("{}\n", record.dump(2));
        return;
    }
    fmt::print("{}:{}: {} {} on {}\n", file, task.line, task.name(), changed ? "declared" : "was declared already",
               fmt::join(types, ", "));
    fmt::print("  runs in {}: {}\n", to_string(task.host.host), explain(task.host.reason));
}

ExitStatus declare(Arguments const& arguments)
{
    auto const bytes = read_file(arguments.file, kManifestLimits.bytes);
    if (!bytes) {
        fmt::print(stderr, "latchkey: {}\n", bytes.error().message);
        return ExitStatus::Failed;
    }
    TaskDeclaration wanted{arguments.application, arguments.entry_point, arguments.start_page, {}};
    for (std::string const& name : arguments.tasks)
        if (auto const type = parse_task_type(name)) wanted.types.push_back(*type);
    auto const edit = declare_task(*bytes, wanted);
    if (!edit) {
        for (Diagnostic const& diagnostic : edit.error())
            fmt::print(stderr, "{}\n", to_string(diagnostic, arguments.file));
        fmt::print(stderr, "latchkey: {} is left as it was\n", arguments.file);
        return ExitStatus::Failed;
    }
    std::string const& output = arguments.output.empty() ? arguments.file : arguments.output;
    if (edit->changed || !arguments.output.empty())
        if (auto const written = replace_file(output, edit->text); !written) {
            fmt::print(stderr, "latchkey: {}\n", written.error().message);
            return ExitStatus::Failed;
        }
    ReadManifest const read = read_manifest(edit->text, "package");
    BackgroundTask const* const task = read.manifest ? find(*read.manifest, wanted) : nullptr;
    if (task == nullptr) {
        fmt::print(stderr, "latchkey: {}: the declaration cannot be found again\n", output);
        return ExitStatus::Failed;
    }
    report(arguments, output, edit->changed, *task);
    return ExitStatus::Done;
}

} // namespace

Action declare_manifest_declare(CLI::App& app)
{
    auto const arguments = std::make_shared<Arguments>();
    app.add_option("FILE", arguments->file, "The manifest; only the new lines change in it")
        ->required()
        ->type_name("FILE");
    auto* const name = app.add_option_group("task", "What runs: one of");
    name->add_option("--entry-point", arguments->entry_point, "The class of the task: Tasks.ExampleBackgroundTask")
        ->type_name("CLASS");
    name->add_option("--start-page", arguments->start_page, "The script of the task, by its path in the package")
        ->type_name("PATH");
    name->require_option(1);
    app.add_option("--task", arguments->tasks, "What may trigger it; may be given several times")
        ->required()
        ->allow_extra_args(false)
        ->type_name("TYPE")
        ->check(CLI::IsMember(task_type_names()));
    app.add_option("--application", arguments->application, "The application's Id, where there are several")
        ->type_name("ID");
    app.add_option("-o,--output", arguments->output, "Write the result here and leave FILE alone")->type_name("FILE");
    app.add_flag("--json", arguments->json, "Print one JSON record");
    return [arguments] { return declare(*arguments); };
}

} // namespace latchkey::cli
