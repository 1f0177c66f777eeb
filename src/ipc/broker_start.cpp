// SPDX-License-Identifier: MIT
#include "ipc/broker_place.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char** environ;

namespace latchkey::ipc {

namespace {

using std::chrono::milliseconds;

// How long to wait before looking again for a broker that somebody else is starting or ending.
constexpr milliseconds kFirstPause{5};
constexpr milliseconds kLongestPause{200};

milliseconds now()
{
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return milliseconds(time.tv_sec * 1000 + time.tv_nsec / 1'000'000);
}

bool nobody_listens(IoError const& error)
{
    return error.code == std::errc::no_such_file_or_directory || error.code == std::errc::connection_refused;
}

// Everything that the new process needs, made before the fork: afterwards it may not allocate.
struct Start {
    std::string program;
    std::string log;
    std::vector<std::string> environment;
    std::vector<char*> environment_pointers;
    std::array<char*, 4> arguments{};
    Fd output;
    Fd input;
    Fd ready;
};

std::vector<std::string> broker_environment()
{
    std::vector<std::string> result;
    char const* const root = std::getenv("LATCHKEY_ROOT");
    bool const has_root = root != nullptr && root[0] != '\0';
    for (char** entry = environ; *entry != nullptr; ++entry) {
        if (!has_root || !std::string_view(*entry).starts_with("LATCHKEY_ROOT=")) {
            result.emplace_back(*entry);
        }
    }
    // It begins in another folder, so a relative root must be told in full.
    if (has_root) {
        result.push_back("LATCHKEY_ROOT=" + std::filesystem::absolute(root).lexically_normal().string());
    }
    return result;
}

// In the child: a process with nothing of the caller's but its environment. Only what is allowed after a fork of a
// process with threads.
[[noreturn]] void become_broker(Start const& start)
{
    ::setsid();
    // The child's child belongs to init, so the caller never has to wait for it.
    pid_t const child = ::_Fork();
    if (child != 0) ::_exit(child < 0 ? 1 : 0);
    for (int number = 1; number < NSIG; ++number) {
        ::signal(number, SIG_DFL);
    }
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    // Above the descriptors that are about to be filled, so that none of them is overwritten before it is used.
    int const input = ::fcntl(start.input.get(), F_DUPFD, 10);
    int const output = ::fcntl(start.output.get(), F_DUPFD, 10);
    int const ready = ::fcntl(start.ready.get(), F_DUPFD, 10);
    bool const placed = ::dup2(input, 0) == 0 && ::dup2(output, 1) == 1 && ::dup2(output, 2) == 2 &&
                        ::dup2(ready, kReadyDescriptor) == kReadyDescriptor;
    ::closefrom(kReadyDescriptor + 1);
    if (!placed || ::chdir("/") != 0) ::_exit(1);
    ::execve(start.program.c_str(), start.arguments.data(), start.environment_pointers.data());
    ::_exit(127);
}

Io<Start> prepare(BrokerPlace const& place)
{
    Start start;
    start.program = find_program("latchkeyd");
    if (start.program.empty()) {
        return io_error(ENOENT,
                        "start the broker: latchkeyd is neither beside this program nor in ../libexec/latchkey");
    }
    std::error_code failure;
    std::filesystem::create_directories(place.state, failure);
    if (failure) {
        return io_error(failure.value(), "make the folder " + place.state);
    }
    start.log = place.state + "/broker.log";
    start.output = Fd(::open(start.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!start.output) {
        return io_error(errno, "open " + start.log);
    }
    start.input = Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!start.input) {
        return io_error(errno, "open /dev/null");
    }
    start.environment = broker_environment();
    for (std::string& entry : start.environment) {
        start.environment_pointers.push_back(entry.data());
    }
    start.environment_pointers.push_back(nullptr);
    static char option[] = "--ready-fd";
    static char descriptor[] = "3";
    static_assert(kReadyDescriptor == 3);
    start.arguments = {start.program.data(), option, descriptor, nullptr};
    return start;
}

enum class Started { Ready, Busy };

// Starts one broker and waits for its word.
Io<Started> start_broker(BrokerPlace const& place, milliseconds deadline)
{
    auto start = prepare(place);
    if (!start) return tl::unexpected(start.error());
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return io_error(errno, "make a pipe");
    }
    Fd const word(ends[0]);
    start->ready = Fd(ends[1]);
    // The vectors were moved with the value, their contents were not.
    start->arguments[0] = start->program.data();
    pid_t const child = ::fork();
    if (child == 0) become_broker(*start);
    if (child < 0) {
        return io_error(errno, "fork a process for " + start->program);
    }
    start->ready.reset();
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
    for (;;) {
        auto const left = deadline - now();
        pollfd waiting{word.get(), POLLIN, 0};
        int const result = left.count() <= 0 ? 0 : ::poll(&waiting, 1, static_cast<int>(left.count()));
        if (result < 0 && errno == EINTR) continue;
        if (result <= 0) {
            return io_error(ETIMEDOUT, fmt::format("wait for {} to answer ({} may say why it does not)", start->program,
                                                   start->log));
        }
        char said = 0;
        ssize_t const size = ::read(word.get(), &said, 1);
        if (size == 1) return said == kBusy ? Started::Busy : Started::Ready;
        return io_error(ECHILD, fmt::format("start {} (it ended at once; {} says why)", start->program, start->log));
    }
}

} // namespace

Io<Bus> connect_to_broker(WhenAbsent absent)
{
    auto const place = broker_place();
    if (!place) return tl::unexpected(place.error());
    auto bus = Bus::connect(place->socket);
    if (bus || absent == WhenAbsent::Fail || !nobody_listens(bus.error())) return bus;

    milliseconds const deadline = now() + kBrokerStartTimeout;
    for (milliseconds pause = kFirstPause;; pause = std::min(2 * pause, kLongestPause)) {
        auto const started = start_broker(*place, deadline);
        if (!started) return tl::unexpected(started.error());
        bus = Bus::connect(place->socket);
        if (bus || !nobody_listens(bus.error())) return bus;
        if (now() >= deadline) {
            return io_error(ETIMEDOUT,
                            fmt::format("connect to {} (a broker has its lock, but does not listen)", place->socket));
        }
        // Another broker is on its way up or down; whichever lives will listen.
        ::poll(nullptr, 0, static_cast<int>(pause.count()));
    }
}

} // namespace latchkey::ipc
