// SPDX-License-Identifier: MIT
#include "winmdtool/commands.h"

#include <exception>
#include <iostream>

#include <CLI/CLI.hpp>

namespace {

using namespace latchkey::winmdtool;

constexpr char const* kExamples = R"(Examples:
  latchkey-winmd counts *.winmd
  latchkey-winmd dump Windows.Foundation.winmd --type Windows.Foundation.IAsyncAction
  latchkey-winmd check Tasks.winmd -r /usr/share/latchkey/winmd
  latchkey-winmd diff Windows.winmd Windows.Foundation.winmd

Exit status: 0 done, valid, no difference; 1 not valid, or different; 2 wrong use, or a file that cannot be read.)";

int run(int argc, char** argv)
{
    CLI::App app{"Look into Windows Runtime metadata (.winmd files)", "latchkey-winmd"};
    app.set_version_flag("--version", "latchkey-winmd " LATCHKEY_VERSION);
    app.require_subcommand(1);
    app.footer(kExamples);

    Paths files;
    bool json = false;
    std::filesystem::path left;
    std::filesystem::path right;
    std::string type;
    CheckOptions options;

    auto* const count_command = app.add_subcommand("counts", "One line a file: name, type and method definitions");
    count_command->add_option("FILE", files, "Metadata files")->required();
    count_command->add_flag("--json", json, "Write JSON");

    auto* const dump_command = app.add_subcommand("dump", "Show the types of a file as readable text");
    dump_command->add_option("FILE", left, "Metadata file")->required();
    dump_command->add_option("--type", type, "Only this type, by its full name");

    auto* const check_command = app.add_subcommand("check", "Say what is wrong with files, rule by rule");
    check_command->add_option("FILE", files, "Metadata files")->required();
    check_command->add_option("-r,--reference", options.references, "Files or folders in which to look up other types")
        ->allow_extra_args(false);
    auto* const component = check_command->add_flag("--component", options.as_component,
                                                    "Hold even a file named Windows to the rules for components");
    check_command->add_flag("--system", options.as_system, "Hold the file to the rules for Windows itself")
        ->excludes(component);
    check_command->add_flag("--json", json, "Write JSON");

    auto* const diff_command = app.add_subcommand("diff", "Compare the types that two files (or folders) both have");
    diff_command->add_option("A", left, "Metadata file or folder")->required();
    diff_command->add_option("B", right, "Metadata file or folder")->required();
    diff_command->add_flag("--json", json, "Write JSON");

    try {
        app.parse(argc, argv);
    } catch (CLI::ParseError const& error) {
        return app.exit(error) == 0 ? kYes : kTrouble;
    }
    auto const format = json ? Format::Json : Format::Text;
    options.format = format;
    Streams const streams{std::cout, std::cerr};
    if (*count_command) return counts(files, format, streams);
    if (*dump_command) return dump(left, type, streams);
    if (*check_command) return check(files, options, streams);
    return diff(left, right, format, streams);
}

} // namespace

int main(int argc, char** argv)
try {
    int const status = run(argc, argv);
    std::cout.flush();
    return std::cout ? status : kTrouble;
} catch (std::exception const& failure) {
    std::cerr << "latchkey-winmd: " << failure.what() << '\n';
    return kTrouble;
}
