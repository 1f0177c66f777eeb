// SPDX-License-Identifier: MIT
#include "hosts/zygote.h"

#include "hosts/process_tree.h"
#include "ipc/peer.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <latchkey/host_protocol.h>
#include <poll.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace latchkey::hosts {

namespace {

namespace fs = std::filesystem;

// As in src/taskhost/zygote.h.
struct ZygoteRequest {
    std::uint32_t version = 2;
    std::uint32_t kind = 0;
};
enum Kind : std::uint32_t { kPlain, kIntoCgroup, kSpare, kApp };
struct ZygoteAnswer {
    std::int32_t pid = 0;
    std::int32_t error = 0;
    std::uint32_t layers = 0;
    std::uint32_t landlock = 0;
};
constexpr std::size_t kMaxDescriptors = 6;

// After a host was made, so that making a spare does not take the processor from its start.
constexpr std::chrono::milliseconds kSparePause{5};

// What a task may know of the environment that the broker was started in: no address of a bus, no place of the user's.
constexpr std::array<std::string_view, 6> kKept{"PATH=", "LANG=", "LANGUAGE=", "TZ=", "LD_LIBRARY_PATH=", "LC_"};

bool is_kept(std::string_view variable)
{
    std::string_view const name = variable.substr(0, variable.find('='));
    return name.ends_with("SAN_OPTIONS") ||
           std::ranges::any_of(kKept, [&](std::string_view kept) { return variable.starts_with(kept); });
}

std::vector<char*> kept_environment()
{
    std::vector<char*> kept;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        if (is_kept(*variable)) kept.push_back(*variable);
    }
    kept.push_back(nullptr);
    return kept;
}

// Above every place that a descriptor is put to, so that putting one there closes none that is still wanted.
constexpr int kFirstFree = 16;

class Spawn {
public:
    Spawn()
    {
        ::posix_spawn_file_actions_init(&m_actions);
        ::posix_spawnattr_init(&m_attributes);
        sigset_t none;
        sigset_t all;
        sigemptyset(&none);
        sigfillset(&all);
        ::posix_spawnattr_setsigmask(&m_attributes, &none);
        ::posix_spawnattr_setsigdefault(&m_attributes, &all);
        ::posix_spawnattr_setflags(&m_attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        ::posix_spawn_file_actions_addopen(&m_actions, 0, "/dev/null", O_RDWR, 0);
    }
    ~Spawn()
    {
        ::posix_spawnattr_destroy(&m_attributes);
        ::posix_spawn_file_actions_destroy(&m_actions);
    }
    Spawn(Spawn const&) = delete;
    Spawn& operator=(Spawn const&) = delete;

    void put(int descriptor, int place)
    {
        ipc::Fd const& copy = m_copies.emplace_back(::fcntl(descriptor, F_DUPFD_CLOEXEC, kFirstFree));
        ::posix_spawn_file_actions_adddup2(&m_actions, copy.get(), place);
    }

    ipc::Io<HostProcess> run(std::string const& program, char const* mode)
    {
        std::string name = program;
        std::string argument = mode;
        std::array<char*, 3> arguments{name.data(), argument.data(), nullptr};
        HostProcess process;
        std::vector<char*> const environment = kept_environment();
        int const error =
            ::posix_spawn(&process.pid, name.c_str(), &m_actions, &m_attributes, arguments.data(), environment.data());
        if (error != 0) return ipc::io_error(error, fmt::format("start {} {}", program, mode));
        // A child that was not waited for keeps its number, so this cannot be somebody else.
        process.pidfd = ipc::Fd(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0)));
        if (!process.pidfd) {
            int const why = errno;
            ::kill(process.pid, SIGKILL);
            ::waitpid(process.pid, nullptr, 0);
            return ipc::io_error(why, fmt::format("watch {} {}", program, mode));
        }
        process.start_ticks = process_info(process.pid).value_or(ProcessInfo{}).start_ticks;
        return process;
    }

private:
    posix_spawn_file_actions_t m_actions{};
    posix_spawnattr_t m_attributes{};
    std::vector<ipc::Fd> m_copies;
};

ipc::Io<void> send(int socket, std::uint32_t kind, std::vector<int> const& descriptors, std::string const& plan = {})
{
    alignas(cmsghdr) std::array<char, CMSG_SPACE(kMaxDescriptors * sizeof(int))> space{};
    std::size_t const bytes = descriptors.size() * sizeof(int);
    ZygoteRequest request;
    request.kind = kind;
    std::array<iovec, 2> data{iovec{&request, sizeof request}, iovec{const_cast<char*>(plan.data()), plan.size()}};
    msghdr message{};
    message.msg_iov = data.data();
    message.msg_iovlen = plan.empty() ? 1 : 2;
    message.msg_control = space.data();
    message.msg_controllen = CMSG_SPACE(bytes);
    cmsghdr* const part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(bytes);
    std::memcpy(CMSG_DATA(part), descriptors.data(), bytes);
    // One that does not take a request does not serve: a host started directly is better than a broker that waits.
    if (::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
        return ipc::io_error(errno, "ask the zygote for a host");
    }
    return {};
}

} // namespace

ipc::Io<HostProcess> spawn_host(std::string const& program, HostDescriptors const& descriptors, std::string const& plan)
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return ipc::io_error(errno, "make a pipe for a host");
    ipc::Fd const theirs(ends[0]);
    ipc::Fd ours(ends[1]);
    // It is read by nobody yet, and fits: a plan is shorter than a pipe.
    if (!plan.empty() && ::write(ours.get(), plan.data(), plan.size()) != static_cast<ssize_t>(plan.size()))
        return ipc::io_error(errno, "tell a host of its container");
    ours.reset();
    Spawn spawn;
    spawn.put(descriptors.log, STDOUT_FILENO);
    spawn.put(descriptors.log, STDERR_FILENO);
    spawn.put(descriptors.socket, LATCHKEY_HOST_SOCKET);
    spawn.put(descriptors.progress, LATCHKEY_HOST_PROGRESS);
    spawn.put(descriptors.wake, LATCHKEY_HOST_WAKE);
    spawn.put(descriptors.bus, LATCHKEY_HOST_BUS);
    spawn.put(theirs.get(), LATCHKEY_HOST_BUS + 1);
    return spawn.run(program, "--host");
}

PidNamespace::PidNamespace(pid_t first, ipc::Fd pidfd, std::function<void(pid_t)> dying)
    : m_first(first), m_pidfd(std::move(pidfd)), m_dying(std::move(dying))
{}

// It ends when all that it takes along has ended: at once, unless that is much.
PidNamespace::~PidNamespace()
{
    constexpr int kPatienceMs = 5;
    ::kill(m_first, SIGKILL);
    pollfd end{m_pidfd.get(), POLLIN, 0};
    ::poll(&end, 1, kPatienceMs);
    if (::waitpid(m_first, nullptr, WNOHANG) == 0) m_dying(m_first);
}

bool PidNamespace::has_orphans() const
{
    return !children_of(m_first).empty();
}

Zygote::Zygote(ipc::EventLoop& loop, std::string program, Family family)
    : m_loop(loop), m_program(std::move(program)), m_family(std::move(family))
{}

Zygote::Zygote(Zygote& mother, std::string plan)
    : m_loop(mother.m_loop),
      m_program(mother.m_program),
      m_family(mother.m_family),
      m_mother(&mother),
      m_plan(std::move(plan))
{}

Zygote::~Zygote()
{
    *m_lives = false;
    if (m_pid != 0) {
        ::kill(m_pid, SIGKILL);
        ::waitpid(std::exchange(m_pid, 0), nullptr, 0);
    }
    // A spare that was made meanwhile is a child of ours.
    bool const spare_is_coming = m_spare_control && m_spare.pid == 0;
    if (spare_is_coming && m_waiting.size() == 1) {
        m_on_answer = {};
        while (!m_waiting.empty() && take_answer()) {
        }
    }
    drop_spare();
}

bool Zygote::owns(pid_t pid) const
{
    return pid != 0 && (pid == m_pid || pid == m_spare.pid || (m_own_pids && pid == m_own_pids->first()));
}

// What is asked of one that is only being made waits in its socket.
ipc::Io<void> Zygote::keep()
{
    if (m_control) return {};
    std::erase_if(m_deaths, [&](auto at) { return at + kDeathsWithin < m_loop.boot_time(); });
    if (given_up())
        return ipc::io_error(ECHILD, fmt::format("keep {} --zygote, which died {} times", m_program, kMaxDeaths));
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        return ipc::io_error(errno, "make a socket for the zygote");
    }
    m_control = ipc::Fd(ends[0]);
    auto on_answer = m_loop.on_ready(m_control.get(), EPOLLIN, [this](std::uint32_t) { take_answer(); });
    auto started = on_answer ? start(ipc::Fd(ends[1])) : tl::unexpected(on_answer.error());
    if (!started) {
        close();
        return started;
    }
    m_on_answer = std::move(*on_answer);
    return {};
}

ipc::Io<void> Zygote::start(ipc::Fd theirs)
{
    if (m_mother != nullptr) {
        m_is_entering = true;
        return m_mother->ask_for_app(theirs, m_plan, [this, lives = m_lives](ipc::Io<HostProcess> process) {
            // One that nobody wants any more ends with its socket.
            if (!*lives) {
                if (process) ::kill(process->pid, SIGKILL), ::waitpid(process->pid, nullptr, 0);
                return;
            }
            auto const watched = process ? watch(std::move(*process)) : tl::unexpected(process.error());
            if (!watched) died();
        });
    }
    std::error_code ignored;
    Spawn spawn;
    spawn.put(theirs.get(), LATCHKEY_HOST_SOCKET);
    auto process = spawn.run(m_program, "--zygote");
    if (!process) return tl::unexpected(process.error());
    m_real_program = fs::weakly_canonical(m_program, ignored).string();
    return watch(std::move(*process));
}

ipc::Io<void> Zygote::watch(HostProcess process)
{
    auto on_exit = m_loop.on_exit(process.pidfd.get(), [this] { died(); });
    if (!on_exit) {
        ::kill(process.pid, SIGKILL);
        ::waitpid(process.pid, nullptr, 0);
        return tl::unexpected(on_exit.error());
    }
    m_pid = process.pid;
    m_pidfd = std::move(process.pidfd);
    m_on_exit = std::move(*on_exit);
    return {};
}

ipc::Io<void> Zygote::ask_for_app(ipc::Fd const& socket, std::string const& plan, Made made)
{
    if (auto kept = keep(); !kept) return kept;
    if (auto asked = send(m_control.get(), kApp, {socket.get()}, plan); !asked) return asked;
    m_waiting.push_back(std::move(made));
    return {};
}

ipc::Io<void> Zygote::request(HostDescriptors const& descriptors, Made made)
{
    if (auto kept = keep(); !kept) return kept;
    bool const into_cgroup = descriptors.cgroup >= 0;
    if (!into_cgroup && use_spare(descriptors, made)) return {};
    std::vector<int> sent{descriptors.log, descriptors.socket, descriptors.progress, descriptors.wake, descriptors.bus};
    if (into_cgroup) sent.push_back(descriptors.cgroup);
    if (auto asked = send(m_control.get(), into_cgroup ? kIntoCgroup : kPlain, sent); !asked) return asked;
    m_waiting.push_back(std::move(made));
    // A spare could not be in the cgroup of its host.
    if (!into_cgroup) make_spare_soon();
    return {};
}

bool Zygote::use_spare(HostDescriptors const& descriptors, Made const& made)
{
    if (m_spare.pid == 0) return false;
    auto const asked =
        send(m_spare_control.get(), kPlain,
             {descriptors.log, descriptors.socket, descriptors.progress, descriptors.wake, descriptors.bus});
    if (!asked) return false; // it is going, and its end will be noticed
    m_on_spare_exit = {};
    m_spare_control.reset();
    HostProcess host = std::exchange(m_spare, {});
    make_spare_soon();
    made(std::move(host));
    return true;
}

void Zygote::make_spare_soon()
{
    auto const when = m_loop.boot_time() + kSparePause;
    if (m_spare_timer) {
        m_spare_timer.rearm(when);
        return;
    }
    auto timer = m_loop.at(when, kSparePause, [this] { make_spare(); });
    if (timer) m_spare_timer = std::move(*timer);
}

// Without one, hosts are cloned when they are asked for.
void Zygote::make_spare()
{
    std::array<int, 2> ends{};
    if (!m_control || m_spare_control) return;
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) return;
    m_spare_control = ipc::Fd(ends[0]);
    ipc::Fd const theirs(ends[1]);
    if (!send(m_control.get(), kSpare, {theirs.get()})) return m_spare_control.reset();
    m_waiting.push_back([this](ipc::Io<HostProcess> made) {
        if (!made) return m_spare_control.reset();
        m_spare = std::move(*made);
        auto source = m_loop.on_exit(m_spare.pidfd.get(), [this] { drop_spare(); });
        if (source) {
            m_on_spare_exit = std::move(*source);
        } else {
            drop_spare();
        }
    });
}

void Zygote::drop_spare()
{
    m_on_spare_exit = {};
    m_spare_control.reset();
    if (m_spare.pid == 0) return;
    ::kill(m_spare.pid, SIGKILL);
    ::waitpid(m_spare.pid, nullptr, 0);
    m_spare = {};
}

// False: there was none.
bool Zygote::take_answer()
{
    if (!m_control) return false;
    ZygoteAnswer answer;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> space{};
    iovec data{&answer, sizeof answer};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = space.data();
    message.msg_controllen = space.size();
    ssize_t const size = ::recvmsg(m_control.get(), &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    HostProcess process;
    cmsghdr const* const part = size > 0 ? CMSG_FIRSTHDR(&message) : nullptr;
    if (part != nullptr && part->cmsg_type == SCM_RIGHTS && part->cmsg_len == CMSG_LEN(sizeof(int))) {
        int pidfd = -1;
        std::memcpy(&pidfd, CMSG_DATA(part), sizeof pidfd);
        process.pidfd = ipc::Fd(pidfd);
    }
    bool const expected = m_is_entering || !m_waiting.empty();
    if (size != static_cast<ssize_t>(sizeof answer) || !expected || (answer.pid > 0 && !process.pidfd)) {
        // Its end, or an answer that nobody understands: either way it is of no more use.
        m_on_answer = {};
        if (m_pid != 0) ::kill(m_pid, SIGKILL);
        return false;
    }
    if (std::exchange(m_is_entering, false)) {
        entered(answer.pid, std::move(process.pidfd));
        return true;
    }
    Made const made = std::move(m_waiting.front());
    m_waiting.pop_front();
    process.pid = answer.pid;
    if (answer.pid > 0) {
        process.start_ticks = process_info(process.pid).value_or(ProcessInfo{}).start_ticks;
        process.own_pids = m_own_pids;
        made(std::move(process));
    } else {
        made(ipc::io_error(answer.error, "clone the zygote"));
    }
    return true;
}

void Zygote::entered(pid_t first, ipc::Fd pidfd)
{
    if (first <= 0) return;
    m_own_pids = std::make_shared<PidNamespace const>(first, std::move(pidfd), m_family.dying);
    // Nothing can be cloned into a namespace without its first process.
    auto on_exit = m_loop.on_exit(m_own_pids->pidfd(), [this] {
        m_on_first_exit = {};
        if (m_pid != 0) ::kill(m_pid, SIGKILL);
    });
    if (on_exit) m_on_first_exit = std::move(*on_exit);
}

void Zygote::close()
{
    m_on_answer = {};
    m_on_exit = {};
    m_control.reset();
    m_pidfd.reset();
    m_pid = 0;
    m_is_entering = false;
    drop_spare();
    m_on_first_exit = {};
    m_own_pids.reset();
}

// Clones that it made and could not tell of. They may have been given an instance that is about to be given to another
// host, so they are gone before anything else happens.
void Zygote::end_unknown_hosts()
{
    for (pid_t const child : own_children()) {
        if (m_family.known(child) || ipc::program_of(child) != m_real_program) continue;
        signal_tree(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
    }
}

void Zygote::died()
{
    while ((m_is_entering || !m_waiting.empty()) && take_answer()) {
    }
    if (m_pid != 0) ::waitpid(m_pid, nullptr, 0);
    close();
    if (!m_waiting.empty()) end_unknown_hosts();
    m_deaths.push_back(m_loop.boot_time());
    std::deque<Made> const waiting = std::exchange(m_waiting, {});
    for (Made const& made : waiting)
        made(ipc::io_error(ECHILD, "clone the zygote, which died"));
    // An app's is made when it is asked for again. When none can be had, the next host is started directly.
    if (m_mother == nullptr) [[maybe_unused]]
        auto const kept = keep();
}

} // namespace latchkey::hosts
