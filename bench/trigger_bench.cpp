// SPDX-License-Identifier: MIT
// From the word that fires a trigger to the first line of Run, with the real broker: a D-Bus message, the firing and
// the instance committed to the disk, a host, the task. Beside a bare fork with the same libraries, which keeps no
// records.
#include "bare_start.h"
#include "ipc/broker_place.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>

using namespace latchkey;
using namespace latchkey::bench;
namespace fs = std::filesystem;

namespace {

constexpr char kManifest[] = R"(<?xml version="1.0" encoding="utf-8"?>
<Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/windows10"
         xmlns:uap="http://schemas.microsoft.com/appx/manifest/uap/windows10">
  <Identity Name="Contoso.Bench" Publisher="CN=Contoso" Version="1.0.0.0" />
  <Properties><DisplayName>Bench</DisplayName><PublisherDisplayName>Contoso</PublisherDisplayName></Properties>
  <Applications>
    <Application Id="App" Executable="bench">
      <uap:VisualElements DisplayName="Bench" Description="Runs tasks" />
      <Extensions>
        <Extension Category="windows.backgroundTasks" EntryPoint="BenchTasks.Stamp">
          <BackgroundTasks><Task Type="systemEvent" /></BackgroundTasks>
        </Extension>
      </Extensions>
    </Application>
  </Applications>
</Package>
)";
constexpr int kTasksAtOnce = 32; // as many as one package may run

class Client {
public:
    Client() : m_bus(connected())
    {
        listen("Progress", [this](ipc::Message& signal) {
            signal.read_string();
            signal.read_string();
            m_stamp = signal.read_uint32();
        });
        listen("Completed", [this](ipc::Message&) { ++completed; });
    }

    ipc::Message method(char const* member) const
    {
        return m_bus.method_call("", "/org/latchkey/Broker1", "org.latchkey.Broker1", member);
    }
    ipc::Message call(ipc::Message message)
    {
        auto answer = m_bus.call(message);
        if (!answer) give_up((answer.error().name + ": " + answer.error().message).c_str());
        return std::move(*answer);
    }
    std::string register_task(int number)
    {
        ipc::Message message = method("Register");
        message.write(ipc::Dictionary{{"name", "task " + std::to_string(number)},
                                      {"entry-point", "BenchTasks.Stamp"},
                                      {"trigger", "TimeZoneChange"},
                                      {"package", "Contoso.Bench"}});
        return call(std::move(message)).read_string();
    }
    void fire(std::string const& task)
    {
        ipc::Message message = method("Fire");
        message.write(task).write(ipc::Dictionary{{"now", true}});
        if (!m_bus.send(message)) give_up("the broker is gone");
        m_bus.flush();
    }
    // Nanoseconds from before the call to the first line of Run.
    std::int64_t run(std::string const& task)
    {
        int const before_it = completed;
        std::int64_t const before = now_ns();
        fire(task);
        while (completed == before_it)
            process();
        return static_cast<std::uint32_t>(m_stamp - static_cast<std::uint32_t>(before));
    }
    void process() { static_cast<void>(m_bus.process(std::chrono::seconds(5))); }
    pid_t broker() const
    {
        ucred peer{};
        socklen_t size = sizeof peer;
        ::getsockopt(m_bus.socket(), SOL_SOCKET, SO_PEERCRED, &peer, &size);
        return peer.pid;
    }

    int completed = 0;

private:
    static ipc::Bus connected()
    {
        auto bus = ipc::connect_to_broker();
        if (!bus) give_up(bus.error().text().c_str());
        return std::move(*bus);
    }
    void listen(char const* signal, std::function<void(ipc::Message&)> callback)
    {
        if (!m_bus.on_signal("org.latchkey.Broker1", signal, std::move(callback))) give_up("no signals");
    }

    ipc::Bus m_bus;
    std::uint32_t m_stamp = 0;
};

// A file that grows by one record.
class Disk {
public:
    explicit Disk(fs::path const& folder)
        : m_file(::open((folder / "record").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600))
    {}
    std::int64_t sync()
    {
        std::string const record(4096, 'x');
        std::int64_t const before = now_ns();
        if (::write(m_file.get(), record.data(), record.size()) < 0 || ::fdatasync(m_file.get()) != 0) give_up("disk");
        return now_ns() - before;
    }

private:
    ipc::Fd const m_file;
};

} // namespace

int main(int count, char** arguments)
{
    int const rounds = count > 1 ? std::atoi(arguments[1]) : 200;
    constexpr int kWarmUp = 10;
    fmt::print("{} rounds, {}\n", rounds,
               run_before_others() ? "with real-time priority"
                                   : "without priority: on a busy machine this says little");
    // The current folder, not /tmp: that may be memory, where a sync costs nothing.
    std::string pattern = (fs::current_path() / "trigger-XXXXXX").string();
    fs::path const root = ::mkdtemp(pattern.data());
    ::setenv("LATCHKEY_ROOT", root.c_str(), 1);
    fs::create_directories(root / "package");
    fs::copy(LATCHKEY_BENCH_TASKS, root / "package");
    std::ofstream(root / "package/AppxManifest.xml") << kManifest;
    {
        Client client;
        ipc::Message install = client.method("Install");
        install.write((root / "package").string()).write(ipc::Dictionary{{"in-place", true}, {"allow", true}});
        client.call(std::move(install));
        client.call(client.method("Watch"));
        std::vector<std::string> tasks;
        for (int i = 0; i < kTasksAtOnce; ++i)
            tasks.push_back(client.register_task(i));

        Disk disk(root);
        Peer zygote;
        pid_t const zygote_pid = zygote.start("zygote");
        Case least{"fork of the same libraries, dlopen; fdatasync", {}};
        Case run{"a trigger fires to Run, records on disk", {}};
        timespec const rest{0, 30'000'000};
        for (int round = 0; round < rounds + kWarmUp; ++round) {
            std::int64_t const before = now_ns();
            zygote.ask();
            std::int64_t const fork_time = zygote.stamp() - before;
            std::int64_t const sync_time = disk.sync();
            ::clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, nullptr); // style: triggers are apart
            std::int64_t const run_time = client.run(tasks[0]);
            if (round < kWarmUp) continue;
            least.times.push_back(fork_time + sync_time);
            run.times.push_back(run_time);
        }
        print(run, least, 2.0);

        int const starts = rounds / kTasksAtOnce * kTasksAtOnce + kTasksAtOnce;
        std::int64_t const before = now_ns();
        int const done = client.completed;
        for (int started = 0; started < starts; started += kTasksAtOnce) {
            for (std::string const& task : tasks)
                client.fire(task);
            while (client.completed - done < started + kTasksAtOnce)
                client.process();
        }
        fmt::print("{:<44} {:.0f} a second; systemd's are about 310 (goal: 3 times as many)\n",
                   "tasks run with records, 32 at once", starts * 1e9 / static_cast<double>(now_ns() - before));
        ::kill(zygote_pid, SIGKILL);
        ::waitpid(zygote_pid, nullptr, 0);
        pid_t const broker = client.broker();
        ipc::Fd const watched(static_cast<int>(::syscall(SYS_pidfd_open, broker, 0)));
        ::kill(broker, SIGKILL);
        pollfd gone{watched.get(), POLLIN, 0};
        ::poll(&gone, 1, 5'000);
    }
    fs::remove_all(root);
    return 0;
}
