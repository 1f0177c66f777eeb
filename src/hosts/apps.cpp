// SPDX-License-Identifier: MIT
#include "hosts/apps.h"

#include "hosts/package_log.h"
#include "hosts/process_tree.h"
#include "hosts/runtime_place.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <deque>
#include <map>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace latchkey::hosts {

namespace {

constexpr int kStandardDescriptors = 3;
// Above every place that a descriptor is put to.
constexpr int kFirstFree = 16;
constexpr std::chrono::seconds kTerminateTimeout{5}; // between SIGTERM and SIGKILL

std::vector<char*> pointers_to(std::vector<std::string>& texts)
{
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (std::string& text : texts)
        pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

ipc::Fd open_for(int descriptor, std::string const& log)
{
    if (descriptor == STDIN_FILENO) return ipc::Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    return open_package_log(log);
}

} // namespace

struct Apps::State {
    // The broker has raised its own, and programs that use select() must not see that.
    static void limit_descriptors(pid_t pid)
    {
        constexpr rlim_t kUsual = 1024;
        rlimit limit{};
        if (::prlimit(pid, RLIMIT_NOFILE, nullptr, &limit) != 0) return;
        limit.rlim_cur = std::min(limit.rlim_cur, kUsual);
        ::prlimit(pid, RLIMIT_NOFILE, &limit, nullptr);
    }

    struct App {
        pid_t leader = 0;
        std::uint64_t start_ticks = 0;
        bool is_child = false;
        pid_t watched = 0; // the leader, then whoever of the app is left
        ipc::Fd pidfd;
        ipc::Source on_exit;
        ipc::Source deadline;
    };

    State(ipc::EventLoop& event_loop, Surroundings& broker) : loop(event_loop), surroundings(broker) {}

    void happened(std::string_view family, core::AppState state);
    ipc::Io<void> watch(std::string const& family, App& app, pid_t pid, ipc::Fd pidfd);
    void ended(std::string const& family);

    ipc::EventLoop& loop;
    Surroundings& surroundings;
    std::map<std::string, App, std::less<>> apps;
    std::deque<core::Event> events;
    ipc::Source delivery;
};

void Apps::State::happened(std::string_view family, core::AppState state)
{
    events.emplace_back(core::event::AppChanged{core::SharedText(std::string(family)), state});
    if (delivery) return;
    auto soon = loop.soon([this] {
        delivery = {};
        while (!events.empty()) {
            core::Event event = std::move(events.front());
            events.pop_front();
            surroundings.happened(std::move(event));
        }
    });
    if (soon) delivery = std::move(*soon);
}

ipc::Io<void> Apps::State::watch(std::string const& family, App& app, pid_t pid, ipc::Fd pidfd)
{
    auto source = loop.on_exit(pidfd.get(), [this, family] { ended(family); });
    if (!source) return tl::unexpected(source.error());
    app.watched = pid;
    app.pidfd = std::move(pidfd);
    app.on_exit = std::move(*source);
    return {};
}

// Whoever of it is left is watched next. The leader's number stays taken until it is reaped, so the rest of its session
// is looked for before that.
void Apps::State::ended(std::string const& family)
{
    auto const found = apps.find(family);
    App& app = found->second;
    bool watching = false;
    for (ProcessInfo const& member : tree_below(app.leader)) {
        ipc::Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, member.pid, 0)));
        if (pidfd && member.session == app.leader && watch(family, app, member.pid, std::move(pidfd))) {
            watching = true;
            break;
        }
    }
    // The leader, and those whose parents are gone: children of ours by now.
    for (pid_t const child : own_children()) {
        auto const info = process_info(child);
        bool const ours = info && info->ended() && (info->session == app.leader || child == app.leader);
        if (ours) ::waitpid(child, nullptr, WNOHANG);
    }
    if (watching) return;
    apps.erase(found);
    happened(family, core::AppState::Terminated);
}

Apps::Apps(ipc::EventLoop& loop, Surroundings& surroundings) : m_state(std::make_unique<State>(loop, surroundings))
{
    // What an app starts and leaves alone becomes our child, where it can be found.
    ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

Apps::~Apps() = default;

ipc::Io<pid_t> Apps::launch(AppLaunch launch)
{
    if (running(launch.family)) {
        return ipc::io_error(EINPROGRESS, fmt::format("launch {}, which runs already", launch.family));
    }
    PackagePlace const* const place = m_state->surroundings.place_of(launch.family);
    if (place == nullptr) return ipc::io_error(ENOENT, fmt::format("find the installed package {}", launch.family));
    add_runtime_to(launch.environment);

    posix_spawn_file_actions_t actions{};
    posix_spawnattr_t attributes{};
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
    std::array<ipc::Fd, kStandardDescriptors> copies;
    for (int place_of_it = 0; place_of_it < kStandardDescriptors; ++place_of_it) {
        auto const index = static_cast<std::size_t>(place_of_it);
        ipc::Fd given = index < launch.descriptors.size() ? std::move(launch.descriptors[index])
                                                          : open_for(place_of_it, place->log);
        copies[index] = ipc::Fd(::fcntl(given.get(), F_DUPFD_CLOEXEC, kFirstFree));
        ::posix_spawn_file_actions_adddup2(&actions, copies[index].get(), place_of_it);
    }
    std::vector<std::string> arguments{launch.program};
    for (std::string& argument : launch.arguments)
        arguments.push_back(std::move(argument));
    pid_t pid = 0;
    int const error = ::posix_spawn(&pid, launch.program.c_str(), &actions, &attributes, pointers_to(arguments).data(),
                                    pointers_to(launch.environment).data());
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    if (error != 0) return ipc::io_error(error, fmt::format("start {}", launch.program));

    State::limit_descriptors(pid);
    ipc::Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    State::App& app = m_state->apps[launch.family];
    app.leader = pid;
    app.is_child = true;
    app.start_ticks = process_info(pid).value_or(ProcessInfo{}).start_ticks;
    if (auto watched = m_state->watch(launch.family, app, pid, std::move(pidfd)); !watched) {
        m_state->apps.erase(launch.family);
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        return tl::unexpected(watched.error());
    }
    m_state->happened(launch.family, core::AppState::Running);
    return pid;
}

void Apps::adopt(pid_t pid, ipc::Fd pidfd, std::string_view family)
{
    if (running(family)) return;
    auto const info = process_info(pid);
    if (!info) return;
    // A program that somebody else started has its own session only when it made one: without, it alone is the app.
    State::App app;
    app.leader = pid;
    app.start_ticks = info->start_ticks;
    std::string const name(family);
    if (!m_state->watch(name, app, pid, std::move(pidfd))) return;
    m_state->apps.insert_or_assign(name, std::move(app));
    m_state->happened(family, core::AppState::Running);
}

// An app that cares may save what it has; one that does not is gone soon after.
void Apps::terminate(std::string_view family)
{
    auto const found = m_state->apps.find(family);
    if (found == m_state->apps.end()) return;
    signal_tree(found->second.leader, SIGTERM);
    signal_tree(found->second.leader, SIGCONT); // a stopped one hears nothing
    std::string const name(family);
    auto timer = m_state->loop.at(m_state->loop.boot_time() + kTerminateTimeout, std::chrono::milliseconds(100),
                                  [state = m_state.get(), name] {
                                      auto const late = state->apps.find(name);
                                      if (late != state->apps.end()) signal_tree(late->second.leader, SIGKILL);
                                  });
    if (timer) found->second.deadline = std::move(*timer);
}

bool Apps::running(std::string_view family) const
{
    return m_state->apps.find(family) != m_state->apps.end();
}

bool Apps::owns(pid_t child) const
{
    return std::ranges::any_of(m_state->apps, [child](auto const& entry) {
        return child == entry.second.leader || child == entry.second.watched;
    });
}

std::string_view Apps::package_of(pid_t pid) const
{
    for (pid_t const ancestor : lineage(pid)) {
        for (auto const& [family, app] : m_state->apps) {
            if (ancestor == app.watched || (ancestor == app.leader && app.is_child)) return family;
            // One that is not our child may be gone, and its number another's.
            if (ancestor == app.leader) {
                auto const info = process_info(ancestor);
                if (info && info->start_ticks == app.start_ticks) return family;
            }
        }
    }
    return {};
}

} // namespace latchkey::hosts
