// SPDX-License-Identifier: MIT
// The subcommands of `latchkey`: one row of a table and one file each. The table parses arguments, prints help and
// writes the shells' completion, so none of them can differ from the others.
//
// A subcommand prints what it found to standard output and why it refused to standard error. With --json its output is
// one record in which every field is always present, null when empty.
#pragma once

#include <functional>
#include <span>
#include <string_view>

namespace CLI {
class App;
}

namespace latchkey::cli {

// What the shell sees.
enum class ExitStatus : int {
    Done = 0,
    Failed = 1, // refused or failed; the reason is on standard error
    Usage = 2,
    NoBroker = 3,
};

using Action = std::function<ExitStatus()>;

struct Command {
    std::string_view path;     // "pack", "manifest check"
    std::string_view summary;  // one line, no full stop
    std::string_view examples; // lines, shown under "Examples:"
    // Adds options to its own App. The action runs after the arguments were parsed.
    Action (*declare)(CLI::App&);
    bool hidden = false; // for scripts of our own: not in help, not completed
};

// In the order of help. Rows with the same first word stand together.
std::span<Command const> commands();

// What the first word of a two-word command is about: "manifest" → "Check and edit package manifests".
std::string_view group_summary(std::string_view group);

Action declare_install(CLI::App&);
Action declare_remove(CLI::App&);
Action declare_packages(CLI::App&);
Action declare_launch(CLI::App&);
Action declare_list(CLI::App&);
Action declare_show(CLI::App&);
Action declare_why(CLI::App&);
Action declare_fire(CLI::App&);
Action declare_cancel(CLI::App&);
Action declare_unregister(CLI::App&);
Action declare_watch(CLI::App&);
Action declare_log(CLI::App&);
Action declare_allow(CLI::App&);
Action declare_deny(CLI::App&);
Action declare_linger(CLI::App&);
Action declare_doctor(CLI::App&);
Action declare_names(CLI::App&);
Action declare_manifest_check(CLI::App&);
Action declare_manifest_declare(CLI::App&);
Action declare_manifest_classes(CLI::App&);
Action declare_pack(CLI::App&);
Action declare_completion(CLI::App&);

// Parses, runs and returns what main() returns.
int run(int argc, char const* const* argv);

} // namespace latchkey::cli
