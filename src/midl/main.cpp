// SPDX-License-Identifier: MIT
// latchkey-midl: the command line around midl::compile. man/latchkey-midl.1.scd is its manual.
#include "midl/compiler.h"
#include "winmd/metadata.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;
using namespace latchkey;

constexpr int kRefused = 1; // the input has errors
constexpr int kFailed = 2;  // wrong usage, or a file cannot be read or written

constexpr char const* kExamples = R"(Examples:
  latchkey-midl Tasks.idl                    makes Tasks.winmd in this folder
  latchkey-midl -o build/Tasks.winmd Mail.idl Calendar.idl
  latchkey-midl -r vendor/Contoso.winmd -I idl --depfile Tasks.d -o Tasks.winmd Tasks.idl

Exit status: 0 done, 1 errors in the input, 2 wrong usage or a file that cannot be read or written.
docs/midl.md describes the language and the metadata it becomes.)";

struct Arguments {
    std::vector<std::string> inputs;
    std::string output;
    std::string name;
    std::vector<std::string> include_folders;
    std::vector<std::string> references;
    std::vector<std::string> definitions;
    std::vector<std::string> warnings;
    std::string depfile;
    std::string depfile_target;
    std::string default_references;
    std::string colour = "auto";
    unsigned max_errors = 20;
    bool is_sdk = false;
    bool no_default_references = false;
};

int fail(std::string const& text)
{
    fmt::print(stderr, "latchkey-midl: error: {}\n", text);
    return kFailed;
}

std::string describe_warnings()
{
    std::string text = "Warnings, for -W NAME and -W no-NAME:\n";
    for (auto const& spec : midl::warnings())
        text += fmt::format("  {:20} {}{}\n", spec.name, spec.summary, spec.on_by_default ? "" : " (off)");
    return text;
}

// -Wname, -Wno-name, -Werror, -Werror=name.
bool apply_warning(std::string_view word, midl::DiagnosticOptions& out)
{
    if (word == "error") {
        out.warnings_as_errors = true;
        return true;
    }
    bool const is_error = word.starts_with("error=");
    bool const is_off = word.starts_with("no-");
    word.remove_prefix(is_error ? 6 : is_off ? 3 : 0);
    for (auto const& spec : midl::warnings()) {
        if (spec.name != word && word != "all") continue;
        (is_off ? out.disabled : is_error ? out.as_errors : out.enabled).insert(spec.warning);
        if (is_error) out.enabled.insert(spec.warning);
        if (word != "all") return true;
    }
    return word == "all";
}

// The SDK's Windows.winmd beside this program, installed or in a build tree.
std::optional<fs::path> find_default_references(std::string const& given)
{
    if (!given.empty()) return given;
    std::error_code failed;
    auto const program = fs::read_symlink("/proc/self/exe", failed);
    if (failed) return std::nullopt;
    for (auto const* place : {"../share/latchkey/winmd", "../idl"}) {
        auto const folder = program.parent_path() / place;
        if (fs::exists(folder / "Windows.winmd", failed)) return folder.lexically_normal() / "Windows.winmd";
    }
    return std::nullopt;
}

// A new file beside the old one, renamed over it: nobody sees half a file, and a failure leaves the old one.
std::error_code write_atomically(fs::path const& path, void const* data, std::size_t size)
{
    auto const error = [] { return std::error_code{errno, std::generic_category()}; };
    std::string temporary = path.string() + ".XXXXXX";
    int const fd = ::mkostemp(temporary.data(), O_CLOEXEC);
    if (fd < 0) return error();
    auto const abandon = [&](std::error_code reason) {
        ::close(fd);
        ::unlink(temporary.c_str());
        return reason;
    };
    auto const* bytes = static_cast<char const*>(data);
    for (std::size_t done = 0; done < size;) {
        auto const count = ::write(fd, bytes + done, size - done);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return abandon(error());
        done += static_cast<std::size_t>(count);
    }
    mode_t const mask = ::umask(0);
    ::umask(mask);
    if (::fchmod(fd, 0666 & ~mask) != 0) return abandon(error());
    if (::rename(temporary.c_str(), path.c_str()) != 0) return abandon(error());
    ::close(fd);
    return {};
}

std::string make_escaped(std::string const& path)
{
    std::string result;
    for (char const c : path) {
        if (c == ' ' || c == '#' || c == '\\') result += '\\';
        if (c == '$') result += '$';
        result += c;
    }
    return result;
}

// Sources and references, and a rule without a recipe for each, so that a deleted one does not stop make.
std::string depfile_text(std::string const& target, std::vector<fs::path> const& sources)
{
    auto text = fmt::format("{}:", make_escaped(target));
    for (auto const& path : sources)
        text += " \\\n  " + make_escaped(path.string());
    text += '\n';
    for (auto const& path : sources)
        text += fmt::format("{}:\n", make_escaped(path.string()));
    return text;
}

bool wants_colour(std::string const& choice)
{
    if (choice != "auto") return choice == "always";
    auto const* term = std::getenv("TERM");
    return ::isatty(STDERR_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr && term != nullptr &&
           std::string_view{term} != "dumb";
}

int run(Arguments const& arguments)
{
    midl::CompileOptions options;
    options.inputs.assign(arguments.inputs.begin(), arguments.inputs.end());
    options.include_folders.assign(arguments.include_folders.begin(), arguments.include_folders.end());
    options.definitions = arguments.definitions;
    options.is_sdk = arguments.is_sdk;
    options.diagnostics.max_errors = arguments.max_errors;
    for (auto const& warning : arguments.warnings)
        if (!apply_warning(warning, options.diagnostics))
            return fail(fmt::format("unknown warning '{}'\n{}", warning, describe_warnings()));

    fs::path output = arguments.output;
    if (output.empty()) output = fs::path{arguments.inputs.front()}.stem().string() + ".winmd";
    std::error_code unknown; // writing will say what is wrong
    if (fs::is_directory(output, unknown))
        return fail(fmt::format("'{}' is a folder; -o names the .winmd file", output.string()));
    options.name = arguments.name.empty() ? output.stem().string() : arguments.name;

    std::vector<fs::path> references{arguments.references.begin(), arguments.references.end()};
    if (!arguments.no_default_references)
        if (auto const found = find_default_references(arguments.default_references)) references.push_back(*found);
    std::optional<winmd::Metadata> metadata;
    if (!references.empty()) {
        auto loaded = winmd::Metadata::load(references);
        if (!loaded) return fail(fmt::format("reference {}", loaded.error().message()));
        metadata = std::move(*loaded);
    }

    midl::DiskFiles files;
    auto const result = midl::compile(options, files, metadata ? &*metadata : nullptr);
    std::fputs(result.messages(wants_colour(arguments.colour)).c_str(), stderr);
    if (!result.ok()) return result.is_input_missing ? kFailed : kRefused;

    if (auto const failed = write_atomically(output, result.file.data(), result.file.size()))
        return fail(fmt::format("cannot write '{}': {}", output.string(), failed.message()));
    if (arguments.depfile.empty()) return 0;
    auto dependencies = result.opened;
    if (metadata)
        for (auto const& file : metadata->files())
            dependencies.emplace_back(file->path());
    auto const target = arguments.depfile_target.empty() ? output.string() : arguments.depfile_target;
    auto const text = depfile_text(target, dependencies);
    if (auto const failed = write_atomically(arguments.depfile, text.data(), text.size()))
        return fail(fmt::format("cannot write '{}': {}", arguments.depfile, failed.message()));
    return 0;
}

} // namespace

int main(int argc, char** argv)
try {
    Arguments arguments;
    CLI::App app{"Compiles MIDL 3.0 to Windows Runtime metadata (.winmd)."};
    app.footer(describe_warnings() + "\n" + kExamples);
    app.get_formatter()->column_width(34);
    app.add_option("FILE", arguments.inputs, "IDL files; what they import is read too")->required();
    app.add_option("-o,--output", arguments.output,
                   "the .winmd to write (default: the first FILE's stem, in this folder)");
    app.add_option("--name", arguments.name, "the component's name (default: the output's stem)");
    app.add_option("-I,--include", arguments.include_folders, "a folder for #include and import")
        ->allow_extra_args(false);
    app.add_option("-r,--reference", arguments.references, "a .winmd, or a folder of them, with types to refer to")
        ->allow_extra_args(false);
    app.add_option("-D,--define", arguments.definitions, "NAME or NAME=VALUE, a preprocessor macro")
        ->allow_extra_args(false);
    app.add_option("-W", arguments.warnings, "NAME, no-NAME, error or error=NAME (below)")->allow_extra_args(false);
    app.add_option("--depfile", arguments.depfile, "write the files that were read, for make and ninja");
    app.add_option("--depfile-target", arguments.depfile_target, "the target in the depfile (default: the output)");
    app.add_option("--max-errors", arguments.max_errors, "stop after so many errors (default 20; 0: never)");
    app.add_option("--color,--colour", arguments.colour, "auto, always or never")
        ->check(CLI::IsMember({"auto", "always", "never"}));
    app.add_option("--default-references", arguments.default_references,
                   "use this instead of the SDK's own Windows.winmd");
    app.add_flag("--no-default-references", arguments.no_default_references, "do not read the SDK's own Windows.winmd");
    app.add_flag("--sdk", arguments.is_sdk, "build Windows' own namespaces; write only attributes that are written");
    app.set_version_flag("--version", "latchkey-midl " LATCHKEY_VERSION);
    try {
        app.parse(argc, argv);
    } catch (CLI::ParseError const& error) {
        return app.exit(error) == 0 ? 0 : kFailed;
    }
    return run(arguments);
} catch (std::exception const& failure) {
    return fail(failure.what());
}
