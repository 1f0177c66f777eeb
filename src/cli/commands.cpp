// SPDX-License-Identifier: MIT
#include "cli/command.h"
#include "packages/text.h"

#include <array>
#include <cstdio>
#include <exception>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace latchkey::cli {

namespace {

constexpr std::array kCommands{
    Command{"install", "Install or update a package",
            "  latchkey install Mail                   # a folder with an AppxManifest.xml\n"
            "  latchkey install Mail.appx --allow      # its tasks may run in the background\n"
            "  latchkey install build/Mail --in-place  # edit, build, install again",
            declare_install},
    Command{"remove", "Remove a package, its registrations and what of it runs",
            "  latchkey remove Contoso.Mail\n"
            "  latchkey remove Contoso.Mail --data     # with what it has stored",
            declare_remove},
    Command{"packages", "List the installed packages", "  latchkey packages", declare_packages},
    Command{"launch", "Start an app and wait for its end: launch [OPTIONS] APP [ARG]...",
            "  latchkey launch Contoso.Mail --its-own-option\n"
            "  latchkey launch --detach Contoso.Mail!Settings",
            declare_launch},
    Command{"list", "List the registered tasks",
            "  latchkey list\n"
            "  latchkey list Contoso.Mail --json",
            declare_list},
    Command{"show", "Show what was registered", "  latchkey show mail-sync", declare_show},
    Command{"why", "Say why a task has or has not run",
            "  latchkey why mail-sync\n"
            "  latchkey why Contoso.Mail/mail-sync --json",
            declare_why},
    Command{"fire", "Fire a task's trigger by hand",
            "  latchkey fire mail-sync                 # runs when its conditions hold\n"
            "  latchkey fire mail-sync --now           # runs in any case",
            declare_fire},
    Command{"cancel", "Cancel the running instance of a task", "  latchkey cancel mail-sync", declare_cancel},
    Command{"unregister", "End a registration",
            "  latchkey unregister mail-sync\n"
            "  latchkey unregister 3f2a91c0 --cancel   # and what of it runs",
            declare_unregister},
    Command{"watch", "Show events, progress and completions as they happen",
            "  latchkey watch\n"
            "  latchkey watch mail-sync --once         # until it has completed",
            declare_watch},
    Command{"log", "Show the history of events and runs",
            "  latchkey log -n 20\n"
            "  latchkey log mail-sync --minutes 60",
            declare_log},
    Command{"allow", "Let an app run in the background", "  latchkey allow Contoso.Mail", declare_allow},
    Command{"deny", "Keep an app from running in the background", "  latchkey deny Contoso.Mail", declare_deny},
    Command{"linger", "Say or set whether tasks run while you are not logged in",
            "  latchkey linger\n"
            "  latchkey linger on",
            declare_linger},
    Command{"doctor", "Say what works on this machine and what to do about the rest", "  latchkey doctor",
            declare_doctor},
    Command{"pack", "Pack a folder into one package file",
            "  latchkey pack Mail                      # writes Mail.appx\n"
            "  latchkey pack Mail -o dist/Mail-1.0.appx",
            declare_pack},
    Command{"manifest check", "Say what manifests declare, or what is wrong with them and where",
            "  latchkey manifest check AppxManifest.xml\n"
            "  latchkey manifest check Mail Mail.appx --json",
            declare_manifest_check},
    Command{
        "manifest declare", "Add a background task to a manifest",
        "  latchkey manifest declare AppxManifest.xml --entry-point Tasks.ExampleBackgroundTask --task systemEvent\n"
        "  latchkey manifest declare AppxManifest.xml --start-page js/task.js --task timer --task systemEvent",
        declare_manifest_declare},
    Command{
        "manifest classes", "Add the classes of a component to a manifest",
        "  latchkey manifest classes AppxManifest.xml --winmd Tasks.winmd --library Tasks.so -o out/AppxManifest.xml",
        declare_manifest_classes},
    Command{"completion", "Write the completion script of a shell",
            "  source <(latchkey completion bash)\n"
            "  latchkey completion fish > ~/.config/fish/completions/latchkey.fish",
            declare_completion},
    Command{"names", "Print the names that completion offers", "  latchkey names tasks", declare_names, true},
};

constexpr std::array<std::pair<std::string_view, std::string_view>, 1> kGroups{{
    {"manifest", "Check and edit package manifests"},
}};

struct Parser {
    CLI::App app{"Background tasks for Linux applications", "latchkey"};
    std::map<std::string, CLI::App*, std::less<>> groups;
    std::vector<std::pair<CLI::App*, Action>> actions;

    Parser()
    {
        app.require_subcommand(1);
        app.set_version_flag("--version", "latchkey " LATCHKEY_VERSION);
        app.set_help_flag("-h,--help", "Show this text");
        for (Command const& command : commands())
            add(command);
    }

    void add(Command const& command)
    {
        std::size_t const blank = command.path.find(' ');
        CLI::App* parent = &app;
        if (blank != std::string_view::npos) {
            std::string const group(command.path.substr(0, blank));
            CLI::App*& known = groups[group];
            if (known == nullptr) {
                known = app.add_subcommand(group, std::string(group_summary(group)));
                known->require_subcommand(1);
            }
            parent = known;
        }
        std::string const word(blank == std::string_view::npos ? command.path : command.path.substr(blank + 1));
        CLI::App* const own = parent->add_subcommand(word, std::string(command.summary));
        if (command.hidden) own->group("");
        own->footer("Examples:\n" + std::string(command.examples));
        actions.emplace_back(own, command.declare(*own));
    }
};

// CLI11 says only that a command is required. Empty when the words are commands, or none was given.
std::string unknown_command(CLI::App const& root, int argc, char const* const* argv)
{
    CLI::App const* at = &root;
    for (int i = 1; i < argc; ++i) {
        std::string_view const word = argv[i];
        if (word.starts_with('-')) return {};
        std::vector<std::string> names;
        CLI::App const* next = nullptr;
        for (CLI::App const* const one : at->get_subcommands([](CLI::App const*) { return true; })) {
            if (one->get_name().empty()) continue;
            if (one->get_name() == word) next = one;
            if (!one->get_group().empty()) names.push_back(one->get_name()); // others are for programs
        }
        if (names.empty()) return {};
        if (next == nullptr) {
            std::vector<std::string_view> const words(names.begin(), names.end());
            auto const meant = packages::nearest_word(word, words);
            return fmt::format("latchkey: \"{}\" is not a command; {}", packages::printable(word),
                               meant ? fmt::format("did you mean \"{}\"?", *meant)
                                     : fmt::format("there are {}", fmt::join(names, ", ")));
        }
        at = next;
    }
    return {};
}

ExitStatus run_parsed(Parser& parser)
{
    for (auto const& [app, action] : parser.actions)
        if (app->parsed()) return action();
    return ExitStatus::Usage;
}

} // namespace

std::span<Command const> commands()
{
    return kCommands;
}

std::string_view group_summary(std::string_view group)
{
    for (auto const& [name, summary] : kGroups)
        if (name == group) return summary;
    return {};
}

int run(int argc, char const* const* argv)
{
    // CLI11 and the JSON library throw; nothing may leave main that way.
    try {
        Parser parser;
        if (std::string const unknown = unknown_command(parser.app, argc, argv); !unknown.empty()) {
            fmt::print(stderr, "{}\n", unknown);
            return static_cast<int>(ExitStatus::Usage);
        }
        try {
            parser.app.parse(argc, argv);
        } catch (CLI::ParseError const& error) {
            std::ostringstream out;
            std::ostringstream err;
            bool const asked = parser.app.exit(error, out, err) == 0;
            fmt::print(stdout, "{}", out.str());
            fmt::print(stderr, "{}", err.str());
            return static_cast<int>(asked ? ExitStatus::Done : ExitStatus::Usage);
        }
        return static_cast<int>(run_parsed(parser));
    } catch (std::exception const& error) {
        fmt::print(stderr, "latchkey: {}\n", error.what());
        return static_cast<int>(ExitStatus::Failed);
    }
}

} // namespace latchkey::cli
