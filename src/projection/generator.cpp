// SPDX-License-Identifier: MIT
#include "projection/generator.h"

#include "projection/component.h"
#include "projection/headers.h"
#include "projection/output_folder.h"
#include "projection/parallel.h"
#include "winmd/metadata.h"

#include <algorithm>
#include <mutex>
#include <set>

#include <fmt/format.h>

namespace latchkey::projection {

namespace {

// "Tasks" for one Tasks.winmd; several inputs are told apart by a hash of their names.
std::string manifest_key(std::vector<std::filesystem::path> const& inputs, std::string const& name)
{
    if (!name.empty()) return name;
    if (inputs.size() == 1) return inputs.front().stem().string();
    uint32_t hash = 2166136261u;
    for (auto const& input : inputs)
        for (auto const c : input.stem().string() + '/')
            hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
    return fmt::format("{}-{:08x}", inputs.front().stem().string(), hash);
}

// All four headers of one namespace.
tl::expected<void, GenerateError> write_namespace(OutputFolder& folder, Namespace const& name_space,
                                                  bool constructors_in_module)
{
    auto const name = std::string{name_space.name};
    auto result = folder.write("winrt/impl/" + name + ".0.h", declaration_header(name_space));
    if (result) result = folder.write("winrt/impl/" + name + ".1.h", interface_header(name_space));
    if (result) result = folder.write("winrt/impl/" + name + ".2.h", class_header(name_space));
    if (result) result = folder.write("winrt/" + name + ".h", definition_header(name_space, {constructors_in_module}));
    return result;
}

tl::expected<void, GenerateError> write_headers(OutputFolder& folder, Model const& model,
                                                GenerateOptions const& options, GenerateReport& report)
{
    std::vector<Namespace const*> work;
    for (auto const& [name, name_space] : model.namespaces())
        if (name_space.is_projected) {
            work.push_back(&name_space);
            report.types += name_space.types.size();
        }
    report.namespaces = work.size();
    // The largest first, so that no thread begins one of them when the others are done.
    std::ranges::stable_sort(work, std::ranges::greater{}, [](Namespace const* each) { return each->types.size(); });
    std::mutex mutex;
    tl::expected<void, GenerateError> result;
    parallel_for(work.size(), [&](std::size_t turn) {
        auto const written = write_namespace(folder, *work[turn], options.component && options.in_module_constructors);
        std::scoped_lock const lock{mutex};
        if (!written && result) result = written;
    });
    std::set<Namespace const*> homes;
    for (auto const* name_space : work)
        if (name_space->struct_home != nullptr) homes.insert(name_space->struct_home);
    for (auto const* home : homes) {
        auto const name = "winrt/impl/" + std::string{home->name} + ".structs";
        if (result) result = folder.write(name + ".0.h", abi_structs_header(*home));
        if (result) result = folder.write(name + ".2.h", structs_header(*home));
    }
    return result;
}

tl::expected<void, GenerateError> write_skeletons(Type const& type, ComponentOptions const& component,
                                                  std::filesystem::path const& folder)
{
    auto const file = folder / component_file(type, component);
    std::error_code error;
    std::filesystem::create_directories(file.parent_path(), error);
    auto const write_missing = [&](std::string const& path,
                                   std::string const& content) -> tl::expected<void, GenerateError> {
        // People work in these: never a second time.
        if (std::filesystem::exists(path, error)) return {};
        if (auto written = write_if_changed(path, content); !written) return tl::unexpected{written.error()};
        return {};
    };
    auto result = write_missing(file.string() + ".h", skeleton_header(type, component));
    if (result) result = write_missing(file.string() + ".cpp", skeleton_source(type, component));
    return result;
}

tl::expected<void, GenerateError> write_component(OutputFolder& folder, Model const& model,
                                                  GenerateOptions const& options,
                                                  std::set<winmd::File const*> const& inputs)
{
    ComponentOptions component{options.name, options.precompiled_header, options.dotted_names,
                               options.in_module_constructors};
    if (component.name.empty() && options.inputs.size() == 1) component.name = options.inputs.front().stem().string();
    std::vector<Type const*> classes;
    for (auto const& [name, name_space] : model.namespaces()) {
        if (!name_space.is_projected) continue;
        for (auto const* type : types_of(name_space, winmd::Category::Class))
            if (inputs.contains(&type->def.file()) && is_included(type->full_name, options.include, options.exclude))
                classes.push_back(type);
    }
    if (classes.empty())
        return tl::unexpected{GenerateError{"--component: the input has no runtime class to implement"}};
    for (auto const* type : classes) {
        auto const file = component_file(*type, component);
        auto written = folder.write(file + ".g.h", component_header(*type));
        if (written) written = folder.write(file + ".g.cpp", component_source(*type, component));
        if (written && options.skeletons) written = write_skeletons(*type, component, *options.skeletons);
        if (!written) return written;
    }
    return folder.write("module.g.cpp", module_source(classes, component));
}

bool has_windows_namespace(winmd::Metadata const& metadata)
{
    return std::ranges::any_of(metadata.namespaces(),
                               [](auto const& each) { return has_prefix(each.first, "Windows"); });
}

} // namespace

tl::expected<GenerateReport, GenerateError> generate(GenerateOptions const& options)
{
    GenerateReport report;
    auto metadata = winmd::Metadata::load(options.inputs);
    if (!metadata) return tl::unexpected{GenerateError{metadata.error().message()}};
    std::vector<winmd::File const*> inputs;
    for (auto const& file : metadata->files())
        inputs.push_back(file.get());
    auto references = options.references;
    if (references.empty() && options.default_reference && !has_windows_namespace(*metadata))
        references.push_back(*options.default_reference);
    if (!references.empty()) {
        // Inputs stay first: they win when a reference has the same types.
        auto all = options.inputs;
        all.insert(all.end(), references.begin(), references.end());
        auto const count = inputs.size();
        metadata = winmd::Metadata::load(all);
        if (!metadata) return tl::unexpected{GenerateError{metadata.error().message()}};
        inputs.clear();
        for (std::size_t index = 0; index < count && index < metadata->files().size(); ++index)
            inputs.push_back(metadata->files()[index].get());
    }
    for (auto const& file : metadata->files())
        report.read.emplace_back(file->path());

    auto model = build_model(*metadata, {inputs, options.include, options.exclude,
                                         options.skip_unresolved ? Unresolved::Skip : Unresolved::Refuse});
    if (!model) return tl::unexpected{model.error()};
    report.skipped_types = model->skipped_types();
    report.skipped_members = model->skipped_members();
    report.unresolved = model->unresolved();

    OutputFolder folder{options.output};
    auto done = folder.prepare();
    if (done) done = write_headers(folder, *model, options, report);
    if (done && report.namespaces == 0)
        done =
            tl::unexpected{GenerateError{"the input has no Windows Runtime type that --include and --exclude leave"}};
    if (done && options.component) done = write_component(folder, *model, options, {inputs.begin(), inputs.end()});
    if (done) done = folder.finish(manifest_key(options.inputs, options.name));
    if (!done) return tl::unexpected{done.error()};
    report.files = folder.files();
    report.changed = folder.changed();
    report.removed = folder.removed();
    report.bytes = folder.bytes();
    return report;
}

std::string depfile_text(std::filesystem::path const& target, std::vector<std::filesystem::path> const& sources)
{
    auto const escaped = [](std::string const& path) {
        std::string result;
        for (auto const c : path) {
            if (c == ' ' || c == '#') result += '\\';
            if (c == '$') result += '$';
            result += c;
        }
        return result;
    };
    auto text = escaped(target.string()) + ":";
    for (auto const& source : sources)
        text += " \\\n  " + escaped(source.string());
    return text + "\n";
}

} // namespace latchkey::projection
