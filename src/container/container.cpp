// SPDX-License-Identifier: MIT
#include "container/container.h"

#include "container/landlock.h"
#include "container/mount_tree.h"
#include "container/namespaces.h"
#include "container/syscall_filter.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>
#include <utility>

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace latchkey::container {

namespace {

constexpr std::uint32_t kNamespaces = static_cast<std::uint32_t>(Layer::User) |
                                      static_cast<std::uint32_t>(Layer::Mount) |
                                      static_cast<std::uint32_t>(Layer::Pid) | static_cast<std::uint32_t>(Layer::Ipc) |
                                      static_cast<std::uint32_t>(Layer::Host) | static_cast<std::uint32_t>(Layer::Net);
constexpr int kBroken = 71;

std::uint32_t without(std::uint32_t layers, Layer layer)
{
    return layers & ~static_cast<std::uint32_t>(layer);
}

// Those of a container belong to nobody else, so they can be counted there.
void limit_processes(Achieved const& achieved)
{
    rlimit now{};
    if (!achieved.has(Layer::User) || ::getrlimit(RLIMIT_NPROC, &now) != 0) return;
    rlim_t const most = now.rlim_max < kMaxProcesses ? now.rlim_max : kMaxProcesses;
    rlimit const wanted{most, most};
    ::setrlimit(RLIMIT_NPROC, &wanted);
}

// What cannot be undone and needs no namespace.
void close_the_rest(Plan const& plan, Achieved& achieved)
{
    if (achieved.has(Layer::User)) drop_capabilities();
    restrict_with_landlock(plan, achieved.has(Layer::Mount), achieved);
    bool const names_are_hidden = achieved.has(Layer::Net) || achieved.has(Layer::Scope);
    bool const alone = names_are_hidden && achieved.has(Layer::Mount);
    filter_system_calls(plan.network, alone ? UnixSockets::Allowed : UnixSockets::Refused, achieved);
}

// One side waits until the other opens it, or is gone.
class Gate {
public:
    Gate() { m_usable = ::pipe2(m_ends.data(), O_CLOEXEC) == 0; }
    ~Gate() { close_end(0), close_end(1); }
    Gate(Gate const&) = delete;
    Gate& operator=(Gate const&) = delete;

    bool usable() const { return m_usable; }
    void open()
    {
        char const word = 1;
        while (::write(m_ends[1], &word, 1) < 0 && errno == EINTR) {
        }
    }
    // False: nobody will open it any more.
    bool wait()
    {
        close_end(1);
        char word = 0;
        ssize_t size = 0;
        do {
            size = ::read(m_ends[0], &word, 1);
        } while (size < 0 && errno == EINTR);
        return size == 1;
    }

private:
    void close_end(std::size_t end)
    {
        if (m_ends[end] >= 0) ::close(std::exchange(m_ends[end], -1));
    }

    std::array<int, 2> m_ends{-1, -1};
    bool m_usable = false;
};

// The life of a namespace's first process: to wait for those whose parents are gone.
[[noreturn]] void be_first()
{
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    ::sigprocmask(SIG_BLOCK, &child, nullptr);
    for (;;) {
        siginfo_t info{};
        if (::waitid(P_ALL, 0, &info, WEXITED) != 0 && errno == ECHILD) ::sigwaitinfo(&child, &info);
    }
}

bool is_gone(int leash)
{
    pollfd end{leash, 0, 0};
    return leash >= 0 && ::poll(&end, 1, 0) == 1 && (end.revents & POLLHUP) != 0;
}

// Only a process of the namespace can mount its /proc, and only while an old one is in sight. Goes on when the tree has
// been entered, which takes it along.
bool make_first(Plan const& plan, First first, std::string const& root, Gate& tree_entered, Entered& entered)
{
    Gate has_mounted;
    if (!has_mounted.usable() || !tree_entered.usable()) return false;
    int pidfd = -1;
    clone_args arguments{};
    arguments.flags = CLONE_PARENT | CLONE_PIDFD;
    arguments.pidfd = reinterpret_cast<std::uintptr_t>(&pidfd);
    auto const pid = static_cast<pid_t>(::syscall(SYS_clone3, &arguments, sizeof arguments));
    if (pid < 0) return false;
    if (pid == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        ::prctl(PR_SET_NAME, "latchkey-first", 0, 0, 0);
        ::setsid();
        constexpr unsigned long kFlags = MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY;
        if (!root.empty()) ::mount("proc", (root + "/proc").c_str(), "proc", kFlags, nullptr);
        has_mounted.open();
        if (!tree_entered.wait() || first == First::Try) ::_exit(EXIT_SUCCESS);
        close_the_rest(plan, entered.achieved);
        ::syscall(SYS_close_range, 0U, ~0U, 0U);
        be_first();
    }
    entered.first = pid;
    entered.first_pidfd = pidfd;
    return has_mounted.wait();
}

} // namespace

Entered enter(Plan const& plan, std::uint32_t allowed, First first, int leash)
{
    Entered entered;
    Achieved& achieved = entered.achieved;
    std::uint32_t wanted = allowed & kNamespaces;
    if (plan.network != Network::None) wanted = without(wanted, Layer::Net);
    if (first == First::None) wanted = without(wanted, Layer::Pid);
    if (!enter_namespaces(wanted, achieved)) ::_exit(kBroken);
    limit_processes(achieved);
    bool const in_tree = achieved.has(Layer::Mount);
    if (in_tree || achieved.has(Layer::Pid)) {
        MountTree tree(plan);
        Gate tree_entered;
        if (in_tree && !tree.build()) ::_exit(kBroken);
        bool const makes_first = achieved.has(Layer::Pid);
        if (makes_first && !make_first(plan, first, tree.root(), tree_entered, entered)) ::_exit(kBroken);
        if (in_tree && !tree.enter()) ::_exit(kBroken);
        // By now its parent's death would be its own. One that had died before is seen here.
        if (makes_first && is_gone(leash)) ::_exit(kBroken);
        if (makes_first) tree_entered.open();
    }
    if (entered.first != 0 && in_tree && ::access("/proc/1", F_OK) == 0) achieved.add(Layer::Proc);
    close_the_rest(plan, achieved);
    if (!plan.data.empty()) ::setenv("HOME", plan.data.c_str(), 1);
    return entered;
}

namespace {

// A child does, and what it made is our child too.
bool can_enter(std::uint32_t layers)
{
    pid_t const pid = ::fork();
    if (pid == 0) {
        Entered const entered = enter(Plan(), layers, First::Try);
        bool const all = (entered.achieved.layers & layers) == layers;
        ::_exit(all ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    bool answered = false;
    int status = 0;
    for (pid_t ended = 0; pid > 0 && (ended = ::waitpid(-1, &status, 0)) > 0;) {
        if (ended == pid) answered = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
    }
    return answered;
}

} // namespace

std::uint32_t allowed_namespaces()
{
    if (can_enter(kNamespaces)) return kNamespaces;
    // One after the other, in the order in which they build on each other.
    std::uint32_t found = 0;
    for (Layer const layer : {Layer::User, Layer::Mount, Layer::Pid, Layer::Ipc, Layer::Host, Layer::Net}) {
        std::uint32_t const more = found | static_cast<std::uint32_t>(layer);
        if (can_enter(more)) found = more;
        if (found == 0) return 0;
    }
    return found;
}

} // namespace latchkey::container
