// SPDX-License-Identifier: MIT
// latchkey pack DIR [-o FILE]
#include "cli/command.h"
#include "cli/package_input.h"
#include "packages/files/manifest_reader.h"
#include "packages/files/missing_files.h"
#include "packages/files/package_folder.h"
#include "packages/files/package_writer.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace latchkey::cli {

namespace fs = std::filesystem;
using namespace packages;

namespace {

struct Arguments {
    std::string folder;
    std::string output;
    bool json = false;
};

ExitStatus fail(std::string const& why)
{
    fmt::print(stderr, "latchkey: {}\n", why);
    return ExitStatus::Failed;
}

void warn_of_missing_files(std::string const& manifest_name, Manifest const& manifest,
                           std::vector<PackageFile> const& files)
{
    auto const has = [&](std::string_view path) {
        return std::ranges::find(files, path, &PackageFile::path) != files.end();
    };
    for (Diagnostic const& diagnostic : missing_files(manifest, has))
        fmt::print(stderr, "{}\n", to_string(diagnostic, manifest_name));
}

ExitStatus pack(Arguments const& arguments)
{
    fs::path const folder = arguments.folder;
    if (!fs::is_directory(folder)) return fail(fmt::format("{} is not a folder", arguments.folder));
    auto const input = open_manifest(folder);
    if (!input) return fail(input.error());
    ReadManifest const read = read_manifest(input->bytes, input->folder);
    print_diagnostics(input->name, read.diagnostics);
    if (!read.manifest) return ExitStatus::Failed;
    fs::path const output = arguments.output.empty() ? fs::path(input->folder + ".appx") : fs::path(arguments.output);
    auto const packed = pack_folder(folder, output);
    if (!packed)
        return fail(fmt::format("{}: {} (0x{:08x})", arguments.folder, packed.error().message, packed.error().hresult));
    warn_of_missing_files(input->name, *read.manifest, packed->files);
    if (arguments.json)
        fmt::print("{}\n", nlohmann::ordered_json{{"package", output.string()},
                                                  {"full_name", read.manifest->full_name()},
                                                  {"files", packed->files.size()},
                                                  {"bytes", packed->bytes}}
                               .dump(2));
    else
        fmt::print("{}: {}, {} {}, {} bytes\n", output.string(), read.manifest->full_name(), packed->files.size(),
                   packed->files.size() == 1 ? "file" : "files", packed->bytes);
    return ExitStatus::Done;
}

} // namespace

Action declare_pack(CLI::App& app)
{
    auto const arguments = std::make_shared<Arguments>();
    app.add_option("DIR", arguments->folder, "The package's folder, with its AppxManifest.xml")
        ->required()
        ->type_name("DIR");
    app.add_option("-o,--output", arguments->output, "The package file (default: the folder's name with .appx, here)")
        ->type_name("FILE");
    app.add_flag("--json", arguments->json, "Print one JSON record");
    return [arguments] { return pack(*arguments); };
}

} // namespace latchkey::cli
