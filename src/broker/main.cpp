// SPDX-License-Identifier: MIT
// latchkeyd: one broker for one user.
#include "broker/daemon.h"
#include "broker/journal.h"
#include "broker/policy_file.h"
#include "broker/random_guid.h"

#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

namespace latchkey::broker {

namespace {

// Ready is told when the session bus has answered too; a hung one is not waited for longer.
constexpr std::chrono::seconds kSessionBusPatience{2};

constexpr std::string_view kUsage =
    "Usage: latchkeyd [--session-bus] [--ready-fd N]\n"
    "\n"
    "The broker of background tasks, one for each user. The command latchkey and the apps\n"
    "start it when it is not there; see latchkeyd(8).\n"
    "\n"
    "  --session-bus  be on the session bus too although LATCHKEY_ROOT is set\n"
    "  --ready-fd N   write one byte to the descriptor N when the broker answers\n"
    "  --version      print the version and exit\n"
    "  --help         print this text and exit\n";

enum Exit : int { kDone = 0, kFailed = 1, kUsageError = 2, kBusyExit = 4 };

struct Options {
    bool session_bus = false;
    ipc::Fd ready;
};

std::optional<int> parse(int count, char** words, Options& options)
{
    for (int i = 1; i < count; ++i) {
        std::string_view const word = words[i];
        if (word == "--version") {
            fmt::print("latchkeyd {}\n", LATCHKEY_VERSION);
            return kDone;
        }
        if (word == "--help" || word == "-h") {
            fmt::print("{}", kUsage);
            return kDone;
        }
        int number = -1;
        std::string_view const value = i + 1 < count ? words[i + 1] : "";
        if (word == "--session-bus") {
            options.session_bus = true;
        } else if (word == "--ready-fd" &&
                   std::from_chars(value.data(), value.data() + value.size(), number).ec == std::errc() && number > 2 &&
                   ::fcntl(number, F_SETFD, FD_CLOEXEC) == 0) {
            options.ready = ipc::Fd(number);
            ++i;
        } else {
            fmt::print(stderr, "latchkeyd: \"{}\" is no option, or its value is wrong\n{}", word, kUsage);
            return kUsageError;
        }
    }
    return std::nullopt;
}

void tell_starter(Options& options, char word)
{
    if (!options.ready) return;
    (void)!::write(options.ready.get(), &word, 1);
    options.ready.reset();
}

// The socket of a systemd unit, else our own.
ipc::Io<ipc::Listener> listener_at(std::string const& path)
{
    if (sd_listen_fds(1) >= 1) {
        ::fcntl(SD_LISTEN_FDS_START, F_SETFD, FD_CLOEXEC);
        if (sd_is_socket_unix(SD_LISTEN_FDS_START, SOCK_STREAM, 1, path.c_str(), 0) <= 0) {
            return ipc::io_error(EINVAL, "take the socket of the service manager (it is not " + path + ")");
        }
        return ipc::Listener::adopt(ipc::Fd(SD_LISTEN_FDS_START), path);
    }
    return ipc::Listener::open(path);
}

// Everything that the daemon is made of; nothing, after saying why, when one is not there.
std::optional<Beginning> prepare(ipc::BrokerPlace place)
{
    std::vector<std::string> notices;
    auto policy = read_policy(place.configuration + "/policy.toml");
    if (!policy) {
        notices.push_back("the policy is not used, the default one holds: " + policy.error());
        policy = core::policy_of(core::Profile::DeveloperPreview);
    }
    std::error_code failure;
    std::filesystem::create_directories(place.state, failure);
    if (failure) {
        say(fmt::format("cannot make the folder {}: {}", place.state, failure.message()));
        return std::nullopt;
    }
    // What is in it is nobody else's, whoever made the folder.
    std::filesystem::permissions(place.state, std::filesystem::perms::owner_all, failure);
    auto const now = std::chrono::floor<core::Duration>(std::chrono::system_clock::now());
    auto store = store::Store::open(place.state + "/broker.db", {.new_installation = random_guid()}, now);
    if (!store) {
        say("cannot open the store: " + store.error().what);
        return std::nullopt;
    }
    if (!store->notice().empty()) notices.push_back(store->notice());
    auto packages = packages::InstalledPackages::open(place.state);
    if (!packages) {
        say("cannot read what is installed: " + packages.error().text());
        return std::nullopt;
    }
    for (std::string const& notice : notices) {
        say(notice);
    }
    char const* const runtime_folder = std::getenv("XDG_RUNTIME_DIR");
    return Beginning{.place = std::move(place),
                     .store = std::move(*store),
                     .policy = *policy,
                     .packages = std::move(*packages),
                     .programs = {ipc::find_program("latchkey-host"), ipc::find_program("latchkey-jshost")},
                     .packager = ipc::find_program("latchkey-packager"),
                     .notices = std::move(notices),
                     .runtime_folder = runtime_folder == nullptr ? "" : runtime_folder};
}

// Not an error: the private socket serves everybody who knows it. done: when the bus has answered; false: nobody will
// tell it.
bool join_session_bus(Daemon& daemon, Options const& options, std::function<void()> done)
{
    bool const own_root = std::getenv("LATCHKEY_ROOT") != nullptr && !options.session_bus;
    if (own_root || std::getenv("DBUS_SESSION_BUS_ADDRESS") == nullptr) return false;
    auto bus = ipc::Bus::session();
    if (!bus) {
        say(bus.error().text());
        return false;
    }
    auto const joined = daemon.join(std::move(*bus), [done = std::move(done)](std::string const& problem) {
        if (!problem.empty()) say(problem);
        done();
    });
    if (!joined) say(joined.error().text());
    return joined.has_value();
}

int run(Options options)
{
    auto place = ipc::broker_place();
    if (!place) {
        say(place.error().text());
        return kFailed;
    }
    // First of all: whoever has the socket is the broker, and may touch the state.
    auto listener = listener_at(place->socket);
    if (!listener) {
        bool const busy = listener.error().code == std::errc::address_in_use;
        if (busy) tell_starter(options, ipc::kBusy);
        say(listener.error().text());
        return busy ? kBusyExit : kFailed;
    }
    auto loop = ipc::EventLoop::create();
    if (!loop) {
        say(loop.error().text());
        return kFailed;
    }
    auto beginning = prepare(std::move(*place));
    if (!beginning) return kFailed;
    Daemon daemon(*loop, std::move(*beginning));
    auto const end = loop->on_signal(SIGTERM, [&] { daemon.end(); });
    auto const interrupt = loop->on_signal(SIGINT, [&] { daemon.end(); });
    auto const hang_up = loop->on_signal(SIGHUP, [&] {
        tell_service_manager("RELOADING=1");
        auto const read = daemon.reload();
        tell_service_manager(read ? std::string("READY=1\nSTATUS=Ready")
                                  : "READY=1\nSTATUS=Ready. The policy stays as it was: " + read.error());
    });
    if (auto const begun = daemon.begin(std::move(*listener)); !begun || !end || !interrupt || !hang_up) {
        say(begun ? "cannot watch signals" : begun.error().text());
        return kFailed;
    }
    ipc::Source impatience;
    bool told = false;
    auto const ready = [&] {
        if (std::exchange(told, true)) return;
        // What was read at start is no more needed, but lies between what is.
        ::malloc_trim(0);
        tell_starter(options, ipc::kReady);
        tell_service_manager("READY=1\nSTATUS=Ready");
    };
    if (join_session_bus(daemon, options, ready)) {
        auto timer = loop->at(loop->boot_time() + kSessionBusPatience, kSessionBusPatience, ready);
        if (timer) impatience = std::move(*timer);
    }
    if (!impatience) ready();
    auto const result = loop->run();
    tell_service_manager("STOPPING=1");
    if (!result) {
        say(result.error().text());
        return kFailed;
    }
    return *result;
}

// Each connection and each host takes descriptors; the soft limit is for programs that use select().
void raise_descriptor_limit()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

} // namespace

} // namespace latchkey::broker

int main(int count, char** words)
{
    using namespace latchkey::broker;
    Options options;
    if (auto const done = parse(count, words, options)) return *done;
    ::umask(077);
    ::signal(SIGPIPE, SIG_IGN);
    latchkey::ipc::block_signals({SIGTERM, SIGINT, SIGHUP, SIGCHLD});
    raise_descriptor_limit();
    return run(std::move(options));
}
