// SPDX-License-Identifier: MIT
#include "live_broker.h"

#include "ipc/broker_place.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <time.h>
#include <unistd.h>

namespace latchkey::bench {

namespace fs = std::filesystem;

Nanoseconds now_ns()
{
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * Nanoseconds{1'000'000'000} + now.tv_nsec;
}

void give_up(std::string const& why)
{
    fmt::print(stderr, "cannot measure: {}\n", why);
    std::exit(1);
}

// --- numbers -----------------------------------------------------------------------------------------------------

double Times::us(double part) const
{
    if (m_times.empty()) return 0;
    std::vector<Nanoseconds> sorted = m_times;
    std::ranges::sort(sorted);
    auto const index = static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1));
    return static_cast<double>(sorted[index]) / 1000;
}

void Times::print() const
{
    fmt::print("{:<52} p50 {:9.1f} us  p99 {:9.1f} us  min {:9.1f} us  n={}\n", m_name, us(0.5), us(0.99), us(0),
               m_times.size());
}

void print_at_most(std::string const& what, double value, double limit, std::string const& unit)
{
    fmt::print("{:<52} {:9.2f}{}  (at most {:g}{}) {}\n", what, value, unit, limit, unit,
               value <= limit ? "" : "MISSED");
}

void print_at_least(std::string const& what, double value, double limit, std::string const& unit)
{
    fmt::print("{:<52} {:9.2f}{}  (at least {:g}{}) {}\n", what, value, unit, limit, unit,
               value >= limit ? "" : "MISSED");
}

void print_machine()
{
    std::setvbuf(stdout, nullptr, _IOLBF, 0); // to be read while it goes on
    std::ifstream cpus("/proc/cpuinfo");
    std::string line, model = "unknown processor";
    while (std::getline(cpus, line)) {
        if (line.starts_with("model name")) model = line.substr(line.find(':') + 2);
    }
    utsname system{};
    ::uname(&system);
    std::array<double, 1> load{};
    ::getloadavg(load.data(), 1);
    fmt::print("{} x {}, Linux {}, load {:.1f}\n", ::sysconf(_SC_NPROCESSORS_ONLN), model, system.release, load[0]);
}

void go_before_others()
{
    constexpr int kPriority = 20;
    sched_param const priority{kPriority};
    bool const done = ::sched_setscheduler(0, SCHED_FIFO, &priority) == 0;
    fmt::print("{}\n", done ? "all that is measured has real-time priority"
                            : "without priority: on a busy machine the times say little");
}

namespace {

std::uint64_t line_of(std::string const& file, std::string_view key)
{
    std::ifstream lines(file);
    std::string line;
    while (std::getline(lines, line)) {
        if (line.starts_with(key)) return std::strtoull(line.c_str() + key.size(), nullptr, 10);
    }
    return 0;
}

} // namespace

ProcessCounts counts_of(pid_t process)
{
    std::string const folder = fmt::format("/proc/{}/", process);
    ProcessCounts counts;
    counts.voluntary_switches = line_of(folder + "status", "voluntary_ctxt_switches:");
    counts.rss_anon_kb = line_of(folder + "status", "RssAnon:");
    counts.pss_kb = line_of(folder + "smaps_rollup", "Pss:");
    std::string stat;
    std::getline(std::ifstream(folder + "stat"), stat);
    std::istringstream fields(stat.substr(std::min(stat.rfind(')') + 2, stat.size())));
    std::string skipped;
    for (int field = 3; field < 10; ++field) {
        fields >> skipped;
    }
    fields >> counts.minor_faults;
    clockid_t clock{};
    timespec used{};
    if (::clock_getcpuclockid(process, &clock) == 0 && ::clock_gettime(clock, &used) == 0) {
        counts.cpu_us =
            static_cast<std::uint64_t>(used.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(used.tv_nsec) / 1'000;
    }
    return counts;
}

// --- the broker --------------------------------------------------------------------------------------------------

LiveBroker::LiveBroker(std::string const& policy, State state)
{
    // The build folder, not /tmp: that may be memory.
    fs::path const folder = state == State::OnDisk ? fs::current_path() : fs::path("/dev/shm");
    std::string pattern = (folder / "live-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) give_up("no folder " + pattern);
    m_root = pattern;
    fs::create_directories(m_root / "config");
    std::ofstream(m_root / "config/policy.toml") << policy;
    ::setenv("LATCHKEY_ROOT", m_root.c_str(), 1);
    ::unsetenv("DBUS_SESSION_BUS_ADDRESS");
}

LiveBroker::~LiveBroker()
{
    kill();
    std::error_code ignored;
    fs::remove_all(m_root, ignored);
}

Nanoseconds LiveBroker::start()
{
    std::array<int, 2> ready{};
    if (::pipe2(ready.data(), O_CLOEXEC) != 0) give_up("no pipe");
    ipc::Fd const word(ready[0]);
    ipc::Fd theirs(ready[1]);
    Nanoseconds const before = now_ns();
    m_pid = ::vfork();
    if (m_pid == 0) {
        ::dup2(theirs.get(), ipc::kReadyDescriptor);
        ::execl(LATCHKEYD, LATCHKEYD, "--ready-fd", "3", nullptr);
        ::_exit(127);
    }
    theirs.reset();
    char said = 0;
    if (::read(word.get(), &said, 1) != 1 || said != ipc::kReady) give_up("latchkeyd does not start");
    return now_ns() - before;
}

void LiveBroker::kill()
{
    if (m_pid <= 0) return;
    ::kill(m_pid, SIGKILL);
    ::waitpid(std::exchange(m_pid, -1), nullptr, 0);
}

ipc::Bus LiveBroker::connect() const
{
    auto bus = ipc::connect_to_broker(ipc::WhenAbsent::Fail);
    if (!bus) give_up(bus.error().text());
    return std::move(*bus);
}

std::string LiveBroker::install(ipc::Bus& bus, int number) const
{
    fs::path const folder = m_root / fmt::format("packages-made/{}", number);
    fs::create_directories(folder);
    fs::path const library(LATCHKEY_DUE_TASKS);
    fs::copy_file(library, folder / library.filename());
    std::ofstream(folder / "AppxManifest.xml")
        << fmt::format(R"(<?xml version="1.0" encoding="utf-8"?>
<Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/windows10"
         xmlns:uap="http://schemas.microsoft.com/appx/manifest/uap/windows10">
  <Identity Name="Bench.App{}" Publisher="CN=Bench" Version="1.0.0.0" />
  <Properties><DisplayName>Bench</DisplayName><PublisherDisplayName>Bench</PublisherDisplayName></Properties>
  <Applications>
    <Application Id="App" Executable="{}">
      <uap:VisualElements DisplayName="Bench" Description="Measures" />
      <Extensions>
        <Extension Category="windows.backgroundTasks" EntryPoint="DueTasks.Stamp">
          <BackgroundTasks><Task Type="systemEvent" /><Task Type="timer" /><Task Type="general" /></BackgroundTasks>
        </Extension>
      </Extensions>
    </Application>
  </Applications>
  <Extensions>
    <Extension Category="windows.activatableClass.inProcessServer">
      <InProcessServer>
        <Path>{}</Path>
        <ActivatableClass ActivatableClassId="DueTasks.Stamp" ThreadingModel="both" />
      </InProcessServer>
    </Extension>
  </Extensions>
</Package>
)",
                       number, library.filename().string(), library.filename().string());
    ipc::Message message = method(bus, "Install");
    message.write(folder.string()).write(ipc::Dictionary{{"in-place", true}, {"allow", true}});
    return call(bus, std::move(message)).read_dictionary().get<std::string>("package");
}

ipc::Message LiveBroker::method(ipc::Bus const& bus, std::string const& member)
{
    return bus.method_call("", "/org/latchkey/Broker1", "org.latchkey.Broker1", member);
}

ipc::Message LiveBroker::call(ipc::Bus& bus, ipc::Message message)
{
    auto answer = bus.call(message, std::chrono::minutes(2));
    if (!answer) give_up(answer.error().name + ": " + answer.error().message);
    return std::move(*answer);
}

namespace {

struct InFlight {
    std::size_t answered = 0;
    std::string refusal;
};

int answered(sd_bus_message* message, void* data, sd_bus_error*)
{
    auto& state = *static_cast<InFlight*>(data);
    ++state.answered;
    if (sd_bus_message_is_method_error(message, nullptr) > 0) {
        state.refusal = sd_bus_message_get_error(message)->message;
    }
    return 0;
}

} // namespace

void LiveBroker::call_many(ipc::Bus& bus, std::size_t count, std::size_t in_flight,
                           std::function<ipc::Message(std::size_t)> const& make)
{
    InFlight state;
    for (std::size_t sent = 0; state.answered < count;) {
        while (sent < count && sent - state.answered < in_flight) {
            ipc::Message const message = make(sent++);
            constexpr std::uint64_t kPatienceUs = 120'000'000;
            if (sd_bus_call_async(bus.get(), nullptr, message.get(), answered, &state, kPatienceUs) < 0) {
                give_up("a call cannot be sent");
            }
        }
        if (!bus.process(std::chrono::minutes(2))) give_up("the broker closed the connection");
        if (!state.refusal.empty()) give_up(state.refusal);
    }
}

ipc::Dictionary LiveBroker::registration(std::string const& family, std::string const& name, std::string const& trigger)
{
    return {{"name", name}, {"entry-point", "DueTasks.Stamp"}, {"trigger", trigger}, {"package", family}};
}

std::string LiveBroker::register_task(ipc::Bus& bus, ipc::Dictionary const& options)
{
    ipc::Message message = method(bus, "Register");
    message.write(options);
    return call(bus, std::move(message)).read_string();
}

} // namespace latchkey::bench
