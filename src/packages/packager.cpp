// SPDX-License-Identifier: MIT
#include "packages/packager.h"

#include "ipc/fd.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <deque>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace latchkey::packages {

namespace {

using ipc::Fd;
using ipc::Io;
using ipc::io_error;

constexpr std::uint32_t kInstallFailed = 0x80073CF9; // ERROR_INSTALL_FAILED
constexpr int kPackagerSocket = 3;                   // its descriptor of ours
constexpr std::size_t kReadBytes = 65'536;
constexpr std::chrono::seconds kEndGrace{2}; // from its last word to its end

PackageFault fault(std::string message)
{
    return {kInstallFailed, std::move(message)};
}

// "was ended by SIGSEGV"
std::string end_of(siginfo_t const& info)
{
    if (info.si_code == CLD_EXITED) return fmt::format("ended with status {}", info.si_status);
    char const* const name = ::sigabbrev_np(info.si_status);
    return fmt::format("was ended by SIG{}", name == nullptr ? std::to_string(info.si_status) : name);
}

// A process of its own session with nothing of ours but the socket.
Io<pid_t> spawn(std::string const& program, int socket)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&files, socket, kPackagerSocket);
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    std::string name = "latchkey-packager";
    std::string locale = "LC_ALL=C.UTF-8";
    std::array<char*, 2> arguments{name.data(), nullptr};
    std::array<char*, 2> environment{locale.data(), nullptr};
    pid_t pid = -1;
    int const error = ::posix_spawn(&pid, program.c_str(), &files, &attributes, arguments.data(), environment.data());
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&files);
    if (error != 0) return io_error(error, "start " + program);
    return pid;
}

// One packager and what it has said so far.
struct Worker {
    PackagerRequest request;
    Packager::Answered answered;
    pid_t pid = -1;
    Fd pidfd;
    Fd socket;
    std::string bytes;
    std::string problem; // why it was ended
    ipc::Source soon;    // could not be started
    ipc::Source readable;
    ipc::Source exited;
    ipc::Source overdue;
};

} // namespace

struct Packager::State {
    ipc::EventLoop& loop;
    std::string program;
    std::vector<std::unique_ptr<Worker>> workers;
    std::deque<std::unique_ptr<Worker>> waiting;

    State(ipc::EventLoop& event_loop, std::string path) : loop(event_loop), program(std::move(path)) {}

    void start_next();
    Io<void> start(Worker& worker);
    Io<void> watch(Worker& worker);
    void read(Worker& worker);
    void end(Worker& worker, std::string problem);
    void reap(Worker& worker);
    void finish(Worker& worker, PackagerAnswer answer);
};

void Packager::State::start_next()
{
    while (workers.size() < kMaxPackagers && !waiting.empty()) {
        workers.push_back(std::move(waiting.front()));
        waiting.pop_front();
        Worker& worker = *workers.back();
        auto const started = start(worker);
        if (started) continue;
        if (worker.pid > 0) {
            ::kill(worker.pid, SIGKILL);
            ::waitpid(worker.pid, nullptr, 0);
        }
        // Not from inside a call.
        auto later = loop.soon([this, &worker, text = started.error().text()] { finish(worker, fault(text)); });
        if (later)
            worker.soon = std::move(*later);
        else
            workers.pop_back();
    }
}

Io<void> Packager::State::start(Worker& worker)
{
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return io_error(errno, "make a socket for the packager");
    Fd ours(ends[0]);
    Fd theirs(ends[1]);
    // dup2 onto itself would leave it closed at exec.
    if (theirs.get() == kPackagerSocket) {
        Fd moved(::fcntl(theirs.get(), F_DUPFD_CLOEXEC, kPackagerSocket + 1));
        if (!moved) return io_error(errno, "make a socket for the packager");
        theirs = std::move(moved);
    }
    auto const pid = spawn(program, theirs.get());
    if (!pid) return tl::unexpected(pid.error());
    worker.pid = *pid;
    worker.socket = std::move(ours);
    worker.pidfd = Fd(static_cast<int>(::syscall(SYS_pidfd_open, worker.pid, 0)));
    if (!worker.pidfd) return io_error(errno, "watch the packager");
    // A request is smaller than any socket's buffer.
    std::string const bytes = encode(worker.request);
    if (::send(worker.socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
        return io_error(errno, "tell the packager what to do");
    ::shutdown(worker.socket.get(), SHUT_WR);
    return watch(worker);
}

Io<void> Packager::State::watch(Worker& worker)
{
    auto readable = loop.on_ready(worker.socket.get(), EPOLLIN, [this, &worker](std::uint32_t) { read(worker); });
    if (!readable) return tl::unexpected(readable.error());
    auto const deadline = loop.boot_time() + kPackagerTimeout;
    auto overdue = loop.at(deadline, std::chrono::seconds(1), [this, &worker] {
        end(worker, worker.exited ? "the packager does not end"
                                  : fmt::format("the packager did not answer in {} minutes", kPackagerTimeout.count()));
    });
    if (!overdue) return tl::unexpected(overdue.error());
    worker.readable = std::move(*readable);
    worker.overdue = std::move(*overdue);
    return {};
}

void Packager::State::read(Worker& worker)
{
    std::array<char, kReadBytes> buffer;
    ssize_t const got = ::recv(worker.socket.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return end(worker, "");
    worker.bytes.append(buffer.data(), static_cast<std::size_t>(got));
    if (worker.bytes.size() > kMaxRecordBytes) end(worker, "the packager's answer is too long");
}

// It has said everything (no problem), or is to say no more. Nothing of it stays behind, whatever it still does.
void Packager::State::end(Worker& worker, std::string problem)
{
    worker.problem = std::move(problem);
    worker.readable = {};
    if (worker.problem.empty())
        worker.overdue.rearm(loop.boot_time() + kEndGrace);
    else
        ::syscall(SYS_pidfd_send_signal, worker.pidfd.get(), SIGKILL, nullptr, 0);
    if (worker.exited) return;
    auto exited = loop.on_exit(worker.pidfd.get(), [this, &worker] { reap(worker); });
    if (exited) worker.exited = std::move(*exited);
}

void Packager::State::reap(Worker& worker)
{
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(worker.pid), &info, WEXITED);
    worker.pid = -1;
    if (!worker.problem.empty()) return finish(worker, fault(worker.problem));
    if (worker.bytes.empty()) return finish(worker, fault("the packager " + end_of(info) + " before it answered"));
    auto answer = decode_packager_answer(worker.bytes);
    // It may empty the folder, but nothing beside it: the name is ours to delete.
    if (answer && worker.request.work == PackagerWork::Delete && std::holds_alternative<PackagerDone>(*answer) &&
        ::rmdir(worker.request.target.c_str()) != 0 && errno != ENOENT)
        return finish(worker, fault(fmt::format("{} cannot be deleted: {}", worker.request.target,
                                                std::generic_category().message(errno))));
    finish(worker, answer ? std::move(*answer) : fault("the packager's answer is damaged: " + answer.error()));
}

void Packager::State::finish(Worker& worker, PackagerAnswer answer)
{
    auto const own = std::ranges::find(workers, &worker, &std::unique_ptr<Worker>::get);
    auto const kept = std::move(*own);
    workers.erase(own);
    start_next();
    kept->answered(std::move(answer));
}

Packager::Packager(ipc::EventLoop& loop, std::string program)
    : m_state(std::make_unique<State>(loop, std::move(program)))
{}

Packager::~Packager()
{
    for (auto const& worker : m_state->workers) {
        if (worker->pid <= 0) continue;
        ::kill(worker->pid, SIGKILL);
        ::waitpid(worker->pid, nullptr, 0);
    }
}

void Packager::ask(PackagerRequest request, Answered answered)
{
    auto worker = std::make_unique<Worker>();
    worker->request = std::move(request);
    worker->answered = std::move(answered);
    m_state->waiting.push_back(std::move(worker));
    m_state->start_next();
}

} // namespace latchkey::packages
