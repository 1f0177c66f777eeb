// SPDX-License-Identifier: MIT
#include "world.h"

#include "support/processes.h"

#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace latchkey::test {

namespace {

namespace fs = std::filesystem;

constexpr char kManifest[] = R"(<?xml version="1.0" encoding="utf-8"?>
<Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/windows10"
         xmlns:uap="http://schemas.microsoft.com/appx/manifest/uap/windows10">
  <Identity Name="Contoso.Chaos" Publisher="CN=Contoso" Version="1.0.0.0" />
  <Properties><DisplayName>Chaos</DisplayName><PublisherDisplayName>Contoso</PublisherDisplayName></Properties>
  <Applications>
    <Application Id="App" Executable="app">
      <uap:VisualElements DisplayName="Chaos" Description="Is killed" />
      <Extensions>
        <Extension Category="windows.backgroundTasks" EntryPoint="ChaosTasks.Clerk">
          <BackgroundTasks><Task Type="systemEvent" /><Task Type="timer" /><Task Type="general" /></BackgroundTasks>
        </Extension>
      </Extensions>
    </Application>
  </Applications>
  <Extensions>
    <Extension Category="windows.activatableClass.inProcessServer">
      <InProcessServer>
        <Path>ChaosTasks.so</Path>
        <ActivatableClass ActivatableClassId="ChaosTasks.Clerk" ThreadingModel="both" />
      </InProcessServer>
    </Extension>
  </Extensions>
</Package>
)";

// Time triggers of 15 "minutes" are due at once, and no budget stops what is killed so often.
constexpr char kPolicy[] = R"([time]
freshness-unit = "1 ms"
freshness-floor = "0"
timer-grid = "20 ms"
[quota.lock-screen]
cpu = "0"
[quota.other]
cpu = "0"
)";

// In a child that is about to become a program.
[[noreturn]] void become(char const* program, int input, int output, int error, int third, char const* option = nullptr)
{
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    int copies[4]{};
    int const wanted[4]{input, output, error, third};
    for (int i = 0; i < 4; ++i) {
        copies[i] = wanted[i] < 0 ? -1 : ::fcntl(wanted[i], F_DUPFD, 10);
    }
    for (int i = 0; i < 4; ++i) {
        if (copies[i] >= 0) ::dup2(copies[i], i);
    }
    ::closefrom(third < 0 ? 3 : 4);
    ::execl(program, program, option, option == nullptr ? nullptr : "3", nullptr);
    ::_exit(127);
}

} // namespace

// ---- the app --------------------------------------------------------------------------------------------------------

App::App(std::string const& program, AppWords& words) : m_words(words)
{
    std::array<int, 2> input{}, output{};
    EXPECT_EQ(::pipe2(input.data(), O_CLOEXEC), 0);
    EXPECT_EQ(::pipe2(output.data(), O_CLOEXEC), 0);
    ipc::Fd const read_end(input[0]), write_end(output[1]);
    m_input = ipc::Fd(input[1]);
    m_output = ipc::Fd(output[0]);
    m_pid = ::fork();
    if (m_pid == 0) become(program.c_str(), read_end.get(), write_end.get(), 2, -1);
}

App::~App()
{
    World::kill(m_pid);
    while (read_more(std::chrono::milliseconds(0))) { // what it had said
    }
    ::waitpid(m_pid, nullptr, 0);
}

void App::send(std::string const& line)
{
    std::string const text = line + "\n";
    (void)!::write(m_input.get(), text.data(), text.size()); // it may be dead
}

bool App::wait_for(std::function<bool()> const& holds)
{
    auto const end = std::chrono::steady_clock::now() + kPatience;
    while (!holds()) {
        auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        if (left.count() <= 0 || !read_more(left)) return holds();
    }
    return true;
}

bool App::read_more(std::chrono::milliseconds patience)
{
    pollfd waiting{m_output.get(), POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(patience.count())) <= 0) return false;
    std::array<char, 4096> part{};
    ssize_t const size = ::read(m_output.get(), part.data(), part.size());
    if (size <= 0) return false;
    m_text.append(part.data(), static_cast<std::size_t>(size));
    for (std::size_t line = m_text.find('\n'); line != std::string::npos; line = m_text.find('\n')) {
        take(m_text.substr(0, line));
        m_text.erase(0, line + 1);
    }
    return true;
}

void App::take(std::string const& line)
{
    std::istringstream words(line);
    std::string what, first, second;
    words >> what >> first >> second;
    auto const bare = [](std::string guid) {
        std::erase_if(guid, [](char c) { return c == '{' || c == '}'; });
        return guid;
    };
    if (what == "ready") m_ready = true;
    if (what == "registered") m_words.registered[first] = bare(second);
    if (what == "refused") m_words.refused[first] = line;
    if (what == "result") m_words.results[first] = std::stoi(second);
    if (what == "completed") m_words.completed[bare(first)].insert(bare(second));
}

// ---- brokers --------------------------------------------------------------------------------------------------------

World::World(fs::path const& where) : m_log(::memfd_create("broker.log", MFD_CLOEXEC))
{
    std::string pattern = (where.empty() ? fs::temp_directory_path() : where) / "latchkey-chaos-XXXXXX";
    root = ::mkdtemp(pattern.data());
    ::setenv("LATCHKEY_ROOT", root.c_str(), 1);
    ::unsetenv("DBUS_SESSION_BUS_ADDRESS");
    ::setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent", 1); // the facts are the kernel's
    ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    ::sigprocmask(SIG_BLOCK, &child, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    fs::create_directories(root / "config");
    fs::create_directories(root / "state");
    fs::create_directories(root / "made");
    std::ofstream(root / "config/policy.toml") << kPolicy;
    std::ofstream(root / "made/AppxManifest.xml") << kManifest;
    fs::copy_file(LATCHKEY_CHAOS_APP, root / "made/app");
    fs::copy_file(LATCHKEY_CHAOS_TASKS, root / "made/ChaosTasks.so");
}

World::~World()
{
    kill_everything();
    if (testing::Test::HasFailure()) std::fprintf(stderr, "--- brokers said:\n%s---\n", broker_log().c_str());
    std::error_code ignored;
    fs::remove_all(root, ignored);
}

pid_t World::spawn_broker(ipc::Fd& word) const
{
    std::array<int, 2> ready{};
    EXPECT_EQ(::pipe2(ready.data(), O_CLOEXEC), 0);
    word = ipc::Fd(ready[0]);
    ipc::Fd const theirs(ready[1]);
    ipc::Fd const nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    pid_t const pid = ::fork();
    if (pid == 0) {
        ::setsid();
        become(LATCHKEYD, nothing.get(), m_log.get(), m_log.get(), theirs.get(), "--ready-fd");
    }
    return pid;
}

pid_t World::start_broker_only()
{
    ipc::Fd word;
    return spawn_broker(word);
}

pid_t World::ensure_broker()
{
    auto const end = std::chrono::steady_clock::now() + kPatience;
    for (;;) {
        if (pid_t const listening = broker(); listening > 0) return listening;
        if (std::chrono::steady_clock::now() > end) {
            ADD_FAILURE() << "no broker answers in time";
            return 0;
        }
        ipc::Fd word;
        spawn_broker(word);
        pollfd waiting{word.get(), POLLIN, 0};
        ::poll(&waiting, 1, static_cast<int>(std::chrono::milliseconds(kPatience).count()));
        reap();
    }
}

pid_t World::broker() const
{
    auto bus = ipc::Bus::connect((root / "run/broker").string());
    if (!bus) return 0;
    ucred credentials{};
    socklen_t size = sizeof credentials;
    return ::getsockopt(bus->socket(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0 ? credentials.pid : 0;
}

std::optional<User> World::connect() const
{
    auto bus = ipc::connect_to_broker(ipc::WhenAbsent::Fail);
    if (!bus) return std::nullopt;
    return User(std::move(*bus));
}

void World::install()
{
    ASSERT_GT(ensure_broker(), 0);
    auto user = connect();
    ASSERT_TRUE(user);
    auto const done =
        user->call("Install", (root / "made").string(), ipc::Dictionary{{"in-place", true}, {"allow", true}});
    ASSERT_TRUE(done) << user->error;
}

std::string World::ledger() const
{
    for (auto const& family : fs::directory_iterator(root / "state/data")) {
        return family.path() / "LocalState/ledger";
    }
    return {};
}

std::string World::broker_log() const
{
    std::stringstream text;
    text << std::ifstream(root / "state/broker.log").rdbuf(); // of those that others started
    text.clear();
    text << std::ifstream("/proc/self/fd/" + std::to_string(m_log.get())).rdbuf();
    return text.str();
}

// ---- processes ------------------------------------------------------------------------------------------------------

void World::kill(pid_t pid)
{
    if (pid <= 0) return;
    ::kill(pid, SIGKILL);
    EXPECT_TRUE(ends_within(pid, std::chrono::seconds(20))) << "process " << pid << " outlives kill -9";
}

void World::reap()
{
    int status = 0;
    while (pid_t const pid = ::waitpid(-1, &status, WNOHANG)) {
        if (pid < 0) return;
        if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL && WTERMSIG(status) != SIGTERM) {
            ADD_FAILURE() << "process " << pid << " of ours ended by signal " << WTERMSIG(status);
        }
    }
}

bool World::wait_for_a_child(std::chrono::steady_clock::time_point end)
{
    auto const left = std::chrono::duration_cast<std::chrono::nanoseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    timespec const patience{left.count() / 1'000'000'000, left.count() % 1'000'000'000};
    return ::sigtimedwait(&child, nullptr, &patience) == SIGCHLD;
}

// Hosts, zygotes and packagers must end by themselves when their broker has.
void World::kill_everything()
{
    // A client may have started another one in between.
    for (pid_t listening = broker(); listening > 0; listening = broker()) {
        kill(listening);
        reap();
    }
    auto const end = std::chrono::steady_clock::now() + kPatience;
    for (;;) {
        reap();
        siginfo_t left{};
        if (::waitid(P_ALL, 0, &left, WEXITED | WNOWAIT | WNOHANG) < 0) return; // no children
        for (pid_t listening = broker(); listening > 0; listening = broker()) {
            kill(listening); // one that was starting
        }
        if (left.si_pid == 0 && !wait_for_a_child(end)) break;
    }
    for (pid_t const child : children_of(::getpid())) {
        std::ifstream file("/proc/" + std::to_string(child) + "/cmdline");
        std::string const command{std::istreambuf_iterator<char>(file), {}};
        ADD_FAILURE() << "process " << child << " is left behind: " << command.c_str();
        kill(child);
    }
    reap();
}

} // namespace latchkey::test
