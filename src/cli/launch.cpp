// SPDX-License-Identifier: MIT
// latchkey launch [OPTION…] APP [ARG…]: starts an app with the identity of its package.
#include "cli/broker_link.h"
#include "cli/records.h"
#include "ipc/fd.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace latchkey::cli {

namespace {

volatile std::sig_atomic_t g_signal = 0;

struct Arguments {
    std::string app;
    std::vector<std::string> arguments;
    bool detach = false;
    bool json = false;
};

std::vector<std::string> own_environment()
{
    std::vector<std::string> variables;
    for (char** at = environ; at != nullptr && *at != nullptr; ++at)
        variables.emplace_back(*at);
    return variables;
}

// What is typed to end the app arrives here, because the app has a session of its own: it is held back until there is
// somebody to hand it to.
sigset_t hold_signals()
{
    struct sigaction note {};
    note.sa_handler = [](int signal) { g_signal = signal; };
    sigset_t held;
    sigset_t before;
    ::sigemptyset(&held);
    for (int const signal : {SIGINT, SIGTERM, SIGHUP}) {
        (void)::sigaction(signal, &note, nullptr);
        ::sigaddset(&held, signal);
    }
    ::sigprocmask(SIG_BLOCK, &held, &before);
    return before;
}

// The app is the broker's child, so how it ended is in the log and not here.
void wait_for(std::uint32_t pid, sigset_t const& signals)
{
    ipc::Fd const process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!process) return; // it has ended
    pollfd ended{process.get(), POLLIN, 0};
    while (::ppoll(&ended, 1, nullptr, &signals) < 0 && errno == EINTR) {
        int const signal = g_signal;
        g_signal = 0;
        if (signal != 0) (void)::syscall(SYS_pidfd_send_signal, process.get(), signal, nullptr, 0);
    }
}

ExitStatus launch(Arguments const& arguments)
{
    auto broker = BrokerLink::open();
    if (!broker) return broker.error();
    ipc::Message message = broker->method("Launch");
    message.write(arguments.app).write(arguments.arguments).write(own_environment());
    message.write_descriptors(arguments.detach ? std::vector<int>{}
                                               : std::vector<int>{STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO});
    sigset_t const signals = hold_signals();
    auto answer = broker->call(message);
    if (!answer) return answer.error();
    std::uint32_t const pid = answer->read_uint32();
    if (arguments.json)
        fmt::print("{}", json_of(ipc::Dictionary{{"app", arguments.app}, {"pid", pid}}, {}));
    else if (arguments.detach)
        fmt::print("{} runs as process {}\n", arguments.app, pid);
    (void)std::fflush(stdout);
    if (!arguments.detach) wait_for(pid, signals);
    ::sigprocmask(SIG_SETMASK, &signals, nullptr);
    return ExitStatus::Done;
}

} // namespace

Action declare_launch(CLI::App& app)
{
    auto const arguments = std::make_shared<Arguments>();
    app.add_flag("-d,--detach", arguments->detach, "Do not wait until it ends; its output goes to the package's log");
    app.add_flag("--json", arguments->json, "Print one JSON record when it has started");
    // From APP on everything is the app's, also what looks like an option of ours.
    app.prefix_command();
    return [arguments, &app] {
        std::vector<std::string> const words = app.remaining();
        if (words.empty()) {
            fmt::print(stderr, "latchkey: launch needs an APP; latchkey packages lists them\n");
            return ExitStatus::Usage;
        }
        arguments->app = words.front();
        arguments->arguments.assign(words.begin() + 1, words.end());
        return launch(*arguments);
    };
}

} // namespace latchkey::cli
