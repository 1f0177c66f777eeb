// SPDX-License-Identifier: MIT
// latchkey manifest classes FILE --winmd METADATA --library NAME.so: what the build does for each component.
#include "cli/command.h"
#include "packages/files/component_classes.h"
#include "packages/files/file_bytes.h"
#include "packages/files/manifest_edit.h"
#include "packages/files/manifest_reader.h"

#include <cstdio>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace latchkey::cli {

using namespace packages;

namespace {

struct Arguments {
    std::string file;
    std::string output;
    std::vector<std::string> metadata;
    std::vector<std::string> libraries;
    bool json = false;
};

ExitStatus fail(std::string const& why)
{
    fmt::print(stderr, "latchkey: {}\n", why);
    return ExitStatus::Failed;
}

ExitStatus add_classes(Arguments const& arguments)
{
    if (arguments.metadata.size() != arguments.libraries.size())
        return fail(fmt::format("{} --winmd and {} --library; each metadata file has its library",
                                arguments.metadata.size(), arguments.libraries.size()));
    std::vector<ActivatableClass> classes;
    for (std::size_t i = 0; i < arguments.metadata.size(); ++i) {
        auto const own = component_classes(arguments.metadata[i], arguments.libraries[i]);
        if (!own) return fail(own.error());
        classes.insert(classes.end(), own->begin(), own->end());
    }
    auto const bytes = read_file(arguments.file, kManifestLimits.bytes);
    if (!bytes) return fail(bytes.error().message);
    auto const edit = declare_classes(*bytes, classes);
    if (!edit) {
        for (Diagnostic const& diagnostic : edit.error())
            fmt::print(stderr, "{}\n", to_string(diagnostic, arguments.file));
        return ExitStatus::Failed;
    }
    std::string const& output = arguments.output.empty() ? arguments.file : arguments.output;
    if (edit->changed || !arguments.output.empty())
        if (auto const written = replace_file(output, edit->text); !written) return fail(written.error().message);
    if (arguments.json) {
        nlohmann::ordered_json list = nlohmann::ordered_json::array();
        for (ActivatableClass const& one : classes)
            list.push_back({{"id", one.id}, {"library", one.library}, {"threading", to_string(one.threading)}});
        fmt::print("{}\n",
                   nlohmann::ordered_json{{"file", output}, {"changed", edit->changed}, {"classes", list}}.dump(2));
    } else {
        fmt::print("{}: {} {}{}\n", output, classes.size(), classes.size() == 1 ? "class" : "classes",
                   edit->changed ? "" : ", all declared already");
    }
    return ExitStatus::Done;
}

} // namespace

Action declare_manifest_classes(CLI::App& app)
{
    auto const arguments = std::make_shared<Arguments>();
    app.add_option("FILE", arguments->file, "The manifest; classes that it has already stay as they are")
        ->required()
        ->type_name("FILE");
    app.add_option("--winmd", arguments->metadata, "Metadata of a component; may be given several times")
        ->required()
        ->allow_extra_args(false)
        ->type_name("FILE");
    app.add_option("--library", arguments->libraries,
                   "The component's library, by its path in the package; one for each --winmd")
        ->required()
        ->allow_extra_args(false)
        ->type_name("PATH");
    app.add_option("-o,--output", arguments->output, "Write the result here and leave FILE alone")->type_name("FILE");
    app.add_flag("--json", arguments->json, "Print one JSON record");
    return [arguments] { return add_classes(*arguments); };
}

} // namespace latchkey::cli
