// SPDX-License-Identifier: MIT
// latchkey-cppwinrt: metadata (.winmd) → C++ headers and the generated part of components. See the manual page.
#include "projection/arguments.h"
#include "projection/generator.h"
#include "projection/model.h"
#include "projection/output_folder.h"

#include <algorithm>
#include <chrono>
#include <exception>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace {

using namespace latchkey::projection;

constexpr int kDone = 0;
constexpr int kRefused = 1;
constexpr int kUsage = 2;

struct Arguments {
    GenerateOptions generate;
    std::vector<std::string> component; // empty, or the folder of skeletons
    bool refuse_unresolved = false;
    std::string stamp;
    std::string depfile;
    bool verbose = false;
};

void declare(CLI::App& app, Arguments& to)
{
    auto& generate = to.generate;
    app.add_option("--in", generate.inputs, "Metadata to generate from: files, or folders of .winmd files")
        ->required()
        ->type_name("FILE|DIR");
    app.add_option("--ref,-r", generate.references,
                   "Metadata that the input may mention (default: the SDK's Windows.winmd)")
        ->type_name("FILE|DIR");
    app.add_option("--out,-o", generate.output, "Where to write: OUT/winrt/… and, with --component, OUT/X.g.h")
        ->required()
        ->type_name("DIR");
    app.add_option("--component", to.component,
                   "Also the generated part of a component; with a folder, missing X.h and X.cpp are begun there")
        ->expected(0, 1)
        ->type_name("DIR");
    app.add_option("--name", generate.name, "The component's name (default: the only input's)");
    app.add_option("--include", generate.include, "Only these namespaces or types (prefixes)")->type_name("NS");
    app.add_option("--exclude", generate.exclude, "Not these namespaces or types (prefixes)")->type_name("NS");
    app.add_option("--pch", generate.precompiled_header, "The header that module.g.cpp includes first")
        ->type_name("NAME");
    app.add_flag("--prefix", generate.dotted_names, "Name component files Ns.X.g.h instead of Ns/X.g.h");
    app.add_flag("--optimize", generate.in_module_constructors,
                 "Constructors and statics of the component's own classes go into X.g.cpp");
    auto* const skip = app.add_flag("--skip-unresolved", generate.skip_unresolved,
                                    "Leave out what mentions types that no given file defines");
    app.add_flag("--no-skip-unresolved", to.refuse_unresolved, "Refuse what does (default with --component)")
        ->excludes(skip);
    app.add_option("--stamp", to.stamp, "A file to touch when all is written")->type_name("FILE");
    app.add_option("--depfile", to.depfile, "Write the metadata files that were read, as a rule for make and ninja")
        ->type_name("FILE");
    app.add_flag("--verbose", to.verbose, "Say what is done");
    // Of the other tool, without meaning here: files are always brought up to date, base.h is installed.
    app.add_flag("--overwrite,--base,--brackets")->group("");
    app.add_option("--library,--license")->expected(0, 1)->group("");
    app.set_version_flag("--version", "latchkey-cppwinrt " LATCHKEY_VERSION);
}

// The SDK's Windows.winmd beside this program, installed or in a build folder.
std::optional<std::filesystem::path> find_default_reference()
{
    std::error_code error;
    auto const program = std::filesystem::read_symlink("/proc/self/exe", error);
    if (error) return std::nullopt;
    for (auto const* place : {"../share/latchkey/winmd", "../idl"}) {
        auto const file = (program.parent_path() / place / "Windows.winmd").lexically_normal();
        if (std::filesystem::exists(file, error)) return file;
    }
    return std::nullopt;
}

tl::expected<void, GenerateError> write_build_files(Arguments const& arguments, GenerateReport const& report)
{
    if (!arguments.depfile.empty()) {
        auto const target = arguments.stamp.empty() ? arguments.generate.output / "winrt" / "impl"
                                                    : std::filesystem::path{arguments.stamp};
        auto written = write_if_changed(arguments.depfile, depfile_text(target, report.read));
        if (!written) return tl::unexpected{written.error()};
    }
    if (!arguments.stamp.empty()) {
        auto written = write_if_changed(arguments.stamp, "latchkey-cppwinrt\n");
        if (!written) return tl::unexpected{written.error()};
        std::error_code error;
        std::filesystem::last_write_time(arguments.stamp, std::filesystem::file_time_type::clock::now(), error);
        if (error)
            return tl::unexpected{GenerateError{fmt::format("cannot touch {}: {}", arguments.stamp, error.message())}};
    }
    return {};
}

void report_verbose(GenerateReport const& report, std::chrono::steady_clock::duration took)
{
    for (auto const& file : report.read)
        fmt::print("read     {}\n", file.string());
    fmt::print("wrote    {} files, {} bytes ({} changed, {} removed)\n", report.files, report.bytes, report.changed,
               report.removed);
    fmt::print("projected {} types of {} namespaces in {} ms\n", report.types, report.namespaces,
               std::chrono::duration_cast<std::chrono::milliseconds>(took).count());
    for (auto const& name : report.unresolved)
        fmt::print("missing  {}\n", name);
}

void report_left_out(GenerateReport const& report, bool was_asked_for)
{
    if (report.skipped_types == 0 && report.skipped_members == 0) return;
    fmt::print(stderr, "latchkey-cppwinrt: left out {} types and {} members that mention {} missing types\n",
               report.skipped_types, report.skipped_members, report.unresolved.size());
    if (was_asked_for) return;
    for (std::size_t index = 0; index < std::min(report.unresolved.size(), kMaxUnresolvedListed); ++index)
        fmt::print(stderr, "  {}\n", report.unresolved[index]);
    if (report.unresolved.size() > kMaxUnresolvedListed)
        fmt::print(stderr, "  and {} more\n", report.unresolved.size() - kMaxUnresolvedListed);
    fmt::print(stderr,
               "Name the .winmd files that define them with --ref, or say --skip-unresolved, if that is meant.\n");
}

int run(Arguments& arguments, bool component)
{
    arguments.generate.component = component;
    // Of a component nothing may be missing; of others' metadata often nobody has all.
    bool const was_asked_for = arguments.generate.skip_unresolved;
    if (!component && !arguments.refuse_unresolved) arguments.generate.skip_unresolved = true;
    arguments.generate.default_reference = find_default_reference();
    if (!arguments.component.empty() && !arguments.component.front().empty())
        arguments.generate.skeletons = arguments.component.front();
    auto const begun = std::chrono::steady_clock::now();
    auto report = generate(arguments.generate);
    if (report) {
        if (auto written = write_build_files(arguments, *report); !written) report = tl::unexpected{written.error()};
    }
    if (!report) {
        fmt::print(stderr, "latchkey-cppwinrt: {}\n", report.error().what);
        return kRefused;
    }
    report_left_out(*report, was_asked_for);
    if (arguments.verbose) report_verbose(*report, std::chrono::steady_clock::now() - begun);
    return kDone;
}

} // namespace

int main(int argc, char** argv)
try {
    CLI::App app{"Makes C++ headers from Windows Runtime metadata.", "latchkey-cppwinrt"};
    Arguments arguments;
    declare(app, arguments);
    auto words = normalized_arguments({argv + 1, argv + argc});
    if (!words) {
        fmt::print(stderr, "latchkey-cppwinrt: {}\n", words.error().what);
        return kUsage;
    }
    std::ranges::reverse(*words); // what CLI11 wants of a vector
    try {
        app.parse(*words);
    } catch (CLI::ParseError const& error) {
        return app.exit(error) == 0 ? kDone : kUsage;
    }
    return run(arguments, app.count("--component") != 0);
} catch (std::exception const& failure) {
    fmt::print(stderr, "latchkey-cppwinrt: {}\n", failure.what());
    return kRefused;
}
