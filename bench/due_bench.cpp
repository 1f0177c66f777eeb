// SPDX-License-Identifier: MIT
// From the moment that a time trigger is due to the first line of Run(), with the real latchkeyd and latchkey-host,
// beside a transient timer of systemd's user manager where one can be run; and runs in a second, each with its durable
// records, beside transient services. Usage: due_bench [RUNS [STARTS]]
#include "due_tasks/time_stamp.h"
#include "live_broker.h"

#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>

extern char** environ;

namespace {

using namespace latchkey;
using namespace latchkey::bench;
namespace fs = std::filesystem;

constexpr int kPatienceMs = 20'000;
constexpr Nanoseconds kGrid = 250'000'000; // of the timers below: long enough for a host to end before the next
constexpr std::size_t kAtOnce = 24;        // packages, each with its host

// Where the stamps arrive.
class Stamps {
public:
    explicit Stamps(fs::path const& file) : m_path(file)
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (m_path.size() >= sizeof address.sun_path) give_up("the build folder's path is too long for a socket");
        m_path.copy(address.sun_path, m_path.size());
        m_socket = ipc::Fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        if (::bind(m_socket.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0) {
            give_up("no socket at " + m_path);
        }
    }
    std::string const& path() const { return m_path; }
    Stamp next() const
    {
        Stamp stamp;
        pollfd ready{m_socket.get(), POLLIN, 0};
        if (::poll(&ready, 1, kPatienceMs) != 1) give_up("nothing was started in time");
        if (::recv(m_socket.get(), &stamp, sizeof stamp, 0) != sizeof stamp) give_up("a strange stamp");
        return stamp;
    }

private:
    std::string m_path;
    ipc::Fd m_socket;
};

// What tasks print is in their package's log: nothing else leaves their container at once.
class PrintedStamps {
public:
    explicit PrintedStamps(fs::path const& log)
        : m_log(::open(log.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0600)),
          m_changes(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK))
    {
        if (!m_log || ::inotify_add_watch(m_changes.get(), log.c_str(), IN_MODIFY) < 0)
            give_up("no log at " + log.string());
    }
    Stamp next() const
    {
        Stamp stamp;
        for (;;) {
            ssize_t const size = ::read(m_log.get(), &stamp, sizeof stamp);
            if (size == sizeof stamp) return stamp;
            if (size != 0) give_up("a strange stamp");
            pollfd changed{m_changes.get(), POLLIN, 0};
            if (::poll(&changed, 1, kPatienceMs) != 1) give_up("nothing was started in time");
            std::array<char, 4096> events;
            (void)!::read(m_changes.get(), events.data(), events.size());
        }
    }

private:
    ipc::Fd m_log;
    ipc::Fd m_changes;
};

fs::path log_of(LiveBroker const& broker, std::string const& family)
{
    return broker.root() / "state/logs" / (family + ".log");
}

std::vector<pid_t> children_of(pid_t process)
{
    std::ifstream file(fmt::format("/proc/{0}/task/{0}/children", process));
    std::vector<pid_t> children;
    for (pid_t child = 0; file >> child;)
        children.push_back(child);
    return children;
}

std::string short_grid(std::string const& linger)
{
    return fmt::format("[time]\nfreshness-unit = \"{0} us\"\nfreshness-floor = \"{0} us\"\ntimer-grid = \"{0} us\"\n"
                       "[quota.other]\ncpu = \"0\"\n[instance]\nhost-linger = \"{1}\"\n",
                       kGrid / 1'000, linger);
}

enum class Hosts { Prepared, None };

// Every tick of the grid is due exactly at a multiple of it: what is left over is how late Run() began.
Times due_to_run(std::string const& name, std::string const& linger, Hosts hosts, std::size_t runs,
                 LiveBroker::State state = LiveBroker::State::OnDisk)
{
    LiveBroker broker(short_grid(linger), state);
    broker.start();
    ipc::Bus bus = broker.connect();
    std::string const family = broker.install(bus, 0);
    PrintedStamps const stamps(log_of(broker, family));
    LiveBroker::register_task(bus, LiveBroker::registration(family, "stamp", "TimeTrigger:1"));
    constexpr std::size_t kWarmUp = 3;
    Times times(name);
    ProcessCounts before;
    for (std::size_t run = 0; run < runs + kWarmUp; ++run) {
        if (run == kWarmUp) before = counts_of(broker.pid());
        if (hosts == Hosts::None) {
            for (pid_t const child : children_of(broker.pid()))
                ::kill(child, SIGKILL);
        }
        Nanoseconds const late = stamps.next().wall_ns % kGrid;
        if (run >= kWarmUp) times.add(late);
    }
    ProcessCounts const after = counts_of(broker.pid());
    times.print();
    auto const each = [&](std::uint64_t ProcessCounts::*member) {
        return static_cast<double>(after.*member - before.*member) / static_cast<double>(runs);
    };
    fmt::print("{:<52} {:.0f} us CPU, {:.1f} minor faults, {:.1f} voluntary context switches\n",
               "  each, in the broker", each(&ProcessCounts::cpu_us), each(&ProcessCounts::minor_faults),
               each(&ProcessCounts::voluntary_switches));
    return times;
}

// Runs a second: so many apps at once, each in its own host, each firing and each end in the store before it counts.
double runs_per_second(std::size_t starts)
{
    LiveBroker broker("[quota.other]\ncpu = \"0\"\n");
    broker.start();
    ipc::Bus bus = broker.connect();
    std::vector<std::string> tasks;
    for (std::size_t app = 0; app < kAtOnce; ++app) {
        std::string const family = broker.install(bus, static_cast<int>(app));
        tasks.push_back(LiveBroker::register_task(bus, LiveBroker::registration(family, "stamp", "TimeZoneChange")));
    }
    std::size_t ended = 0;
    auto const counted = bus.on_signal("org.latchkey.Broker1", "Completed", [&](ipc::Message&) { ++ended; });
    if (!counted) give_up(counted.error().text());
    LiveBroker::call(bus, LiveBroker::method(bus, "Watch"));
    std::map<std::string, std::size_t> place;
    Nanoseconds begun = 0;
    std::uint64_t cpu = 0;
    std::size_t const rounds = starts / kAtOnce;
    for (std::size_t round = 0; round < rounds + 1; ++round) {
        if (round == 1) {
            begun = now_ns();
            cpu = counts_of(broker.pid()).cpu_us;
        }
        std::size_t const until = ended + kAtOnce;
        LiveBroker::call_many(bus, kAtOnce, kAtOnce, [&](std::size_t app) {
            ipc::Message message = LiveBroker::method(bus, "Fire");
            message.write(tasks[app]).write(ipc::Dictionary());
            return message;
        });
        while (ended < until) {
            auto const heard = bus.process(std::chrono::seconds(20));
            if (!heard || !*heard) give_up("a run did not end");
        }
    }
    double const seconds = static_cast<double>(now_ns() - begun) / 1e9;
    double const count = static_cast<double>(rounds * kAtOnce);
    fmt::print("{:<52} {:.0f} a second, {:.0f} us CPU of the broker each\n",
               "runs with durable records, each app its host", count / seconds,
               static_cast<double>(counts_of(broker.pid()).cpu_us - cpu) / count);
    return count / seconds;
}

// --- the peer ----------------------------------------------------------------------------------------------------

class UserManager {
public:
    UserManager()
    {
        if (::geteuid() != 0 || ::access("/lib/systemd/systemd", X_OK) != 0) return;
        std::string pattern = (fs::current_path() / "systemd-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) return;
        m_folder = pattern;
        std::array<char const*, 6> const words{"unshare", "-m", "sh", LATCHKEY_USER_MANAGER, m_folder.c_str(), nullptr};
        if (::posix_spawnp(&m_process, "unshare", nullptr, nullptr, const_cast<char* const*>(words.data()), environ) !=
            0)
            m_process = -1;
        fs::path const socket = m_folder / "run/systemd/private";
        for (int tries = 0; tries < 100 && m_process > 0 && !m_bus; ++tries) {
            ::poll(nullptr, 0, 50);
            if (::waitpid(m_process, nullptr, WNOHANG) != 0) m_process = -1;
            if (auto bus = ipc::Bus::connect(socket)) m_bus.emplace(std::move(*bus));
        }
    }
    UserManager(UserManager const&) = delete;
    ~UserManager()
    {
        m_bus.reset();
        if (m_process > 0) {
            ::kill(m_process, SIGKILL);
            ::waitpid(m_process, nullptr, 0);
            for (fs::path const tree : {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"}) {
                fs::path const own = tree / fmt::format("latchkey-due-bench-{}", m_process);
                std::error_code ignored;
                if (!fs::exists(own, ignored)) continue;
                std::ofstream(own / "cgroup.kill") << 1; // whatever it started
                ::poll(nullptr, 0, 200);
                // Deepest first; a cgroup's files are not removed, its folders are.
                std::vector<fs::path> below;
                for (auto const& entry : fs::recursive_directory_iterator(own, ignored))
                    if (entry.is_directory()) below.push_back(entry.path());
                while (!below.empty()) {
                    ::rmdir(below.back().c_str());
                    below.pop_back();
                }
                ::rmdir(own.c_str());
            }
        }
        std::error_code ignored;
        if (!m_folder.empty()) fs::remove_all(m_folder, ignored);
    }
    explicit operator bool() const { return m_bus.has_value(); }

    // A transient unit with a service of due_peer; a timer's elapses at this wall time.
    ipc::Message unit(std::string const& name, std::string const& stamps, std::optional<std::int64_t> wall_us)
    {
        ipc::Message made = m_bus->method_call("org.freedesktop.systemd1", "/org/freedesktop/systemd1",
                                               "org.freedesktop.systemd1.Manager", "StartTransientUnit");
        sd_bus_message* const message = made.get();
        std::string const service = name + ".service";
        int done = sd_bus_message_append(message, "ss", (name + (wall_us ? ".timer" : ".service")).c_str(), "fail");
        auto const append_service = [&] {
            return sd_bus_message_append(message, "(sv)(sv)", "Type", "s", "oneshot", "ExecStart", "a(sasb)", 1,
                                         LATCHKEY_DUE_PEER, 2, LATCHKEY_DUE_PEER, stamps.c_str(), 0);
        };
        if (done >= 0) done = sd_bus_message_open_container(message, 'a', "(sv)");
        if (done >= 0 && wall_us) {
            auto const at = std::chrono::system_clock::time_point(std::chrono::microseconds(*wall_us));
            auto const calendar =
                fmt::format("{:%Y-%m-%d %H:%M:%S}.{:06} UTC", fmt::gmtime(std::chrono::system_clock::to_time_t(at)),
                            *wall_us % 1'000'000);
            done = sd_bus_message_append(message, "(sv)(sv)(sv)", "TimersCalendar", "a(ss)", 1, "OnCalendar",
                                         calendar.c_str(), "AccuracyUSec", "t", std::uint64_t{1}, "RemainAfterElapse",
                                         "b", 0);
        } else if (done >= 0) {
            done = append_service();
        }
        if (done >= 0) done = sd_bus_message_close_container(message);
        if (done >= 0) done = sd_bus_message_open_container(message, 'a', "(sa(sv))");
        if (done >= 0 && wall_us) {
            done = sd_bus_message_open_container(message, 'r', "sa(sv)");
            if (done >= 0) done = sd_bus_message_append(message, "s", service.c_str());
            if (done >= 0) done = sd_bus_message_open_container(message, 'a', "(sv)");
            if (done >= 0) done = append_service();
            if (done >= 0) done = sd_bus_message_close_container(message);
            if (done >= 0) done = sd_bus_message_close_container(message);
        }
        if (done >= 0) done = sd_bus_message_close_container(message);
        if (done < 0) give_up("the message for systemd cannot be made");
        return made;
    }
    ipc::Bus& bus() { return *m_bus; }

private:
    fs::path m_folder;
    pid_t m_process = -1;
    std::optional<ipc::Bus> m_bus;
};

// Keeps the kernel's cgroup lock ready for who moves processes (cgroup_keeper.c): a systemd without its stall.
class CgroupKeeper {
public:
    CgroupKeeper()
    {
        for (fs::path const tree : {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"}) {
            if (!fs::exists(tree / "cgroup.procs") || !fs::exists(tree / "cgroup.controllers")) continue;
            m_cgroup = tree / fmt::format("latchkey-due-bench-keeper-{}", ::getpid());
            break;
        }
        std::error_code failed;
        if (m_cgroup.empty() || !fs::create_directory(m_cgroup, failed)) return;
        std::array<char const*, 3> const words{LATCHKEY_CGROUP_KEEPER, m_cgroup.c_str(), nullptr};
        if (::posix_spawn(&m_process, words[0], nullptr, nullptr, const_cast<char* const*>(words.data()), environ) != 0)
            m_process = -1;
        ::poll(nullptr, 0, 100);
        if (m_process > 0 && ::waitpid(m_process, nullptr, WNOHANG) != 0) m_process = -1;
    }
    CgroupKeeper(CgroupKeeper const&) = delete;
    ~CgroupKeeper()
    {
        if (m_process > 0) {
            ::kill(m_process, SIGKILL);
            ::waitpid(m_process, nullptr, 0);
        }
        ::rmdir(m_cgroup.c_str());
    }
    explicit operator bool() const { return m_process > 0; }

private:
    fs::path m_cgroup;
    pid_t m_process = -1;
};

Times systemd_timer(UserManager& manager, std::size_t runs, std::string const& name)
{
    Stamps const stamps(fs::current_path() / fmt::format("stamps-{}", ::getpid()));
    Times times(name);
    for (std::size_t run = 0; run < runs; ++run) {
        // The second grid tick from now: the unit is loaded by then.
        Nanoseconds const due = (read_clock(CLOCK_REALTIME) / kGrid + 2) * kGrid;
        LiveBroker::call(manager.bus(), manager.unit(fmt::format("due-{}-{}", due, run), stamps.path(), due / 1'000));
        times.add(stamps.next().wall_ns - due);
    }
    fs::remove(stamps.path());
    times.print();
    return times;
}

double systemd_starts(UserManager& manager, std::size_t starts)
{
    Stamps const stamps(fs::current_path() / fmt::format("stamps-{}", ::getpid()));
    Nanoseconds const begun = now_ns();
    for (std::size_t done = 0; done < starts; done += kAtOnce) {
        LiveBroker::call_many(manager.bus(), kAtOnce, kAtOnce, [&](std::size_t number) {
            return manager.unit(fmt::format("start-{}", done + number), stamps.path(), std::nullopt);
        });
        for (std::size_t number = 0; number < kAtOnce; ++number)
            (void)stamps.next();
    }
    double const rate = static_cast<double>(starts) * 1e9 / static_cast<double>(now_ns() - begun);
    fs::remove(stamps.path());
    fmt::print("{:<52} {:.0f} a second\n", "systemd: transient services, as many at once", rate);
    return rate;
}

} // namespace

int main(int count, char** arguments)
{
    std::size_t const runs = count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 120;
    std::size_t const starts = count > 2 ? std::strtoul(arguments[2], nullptr, 10) : 480;
    print_machine();
    go_before_others();
    Times const hot = due_to_run("due -> Run(), the app's host is there", "1 h", Hosts::Prepared, runs);
    Times const warm = due_to_run("due -> Run(), a host from the zygote", "0", Hosts::Prepared, runs);
    Times const cold = due_to_run("due -> Run(), no zygote and no host", "0", Hosts::None, runs);
    Times const memory = due_to_run("due -> Run(), from the zygote, the store in memory", "0", Hosts::Prepared, runs,
                                    LiveBroker::State::InMemory);
    double const rate = runs_per_second(starts);
    UserManager manager;
    if (!manager) {
        fmt::print("systemd's user manager cannot be run here (it needs root and /lib/systemd/systemd): no peer\n");
        return 0;
    }
    Times const peer = systemd_timer(manager, runs, "systemd transient timer, AccuracySec=1us");
    print_at_least("sooner than systemd as it is shipped, warm, p50", peer.us(0.5) / warm.us(0.5), 10);
    print_at_least("the same, cold", peer.us(0.5) / cold.us(0.5), 1);
    print_at_least("the same, warm, the store in memory", peer.us(0.5) / memory.us(0.5), 10);
    if (CgroupKeeper const keeper; keeper) {
        Times const quick = systemd_timer(manager, runs, "systemd transient timer, no stall");
        print_at_least("sooner than systemd without its stall, warm, p50", quick.us(0.5) / warm.us(0.5), 4);
        print_at_least("the same, the app's host is there", quick.us(0.5) / hot.us(0.5), 4);
        print_at_least("the same, warm, the store in memory", quick.us(0.5) / memory.us(0.5), 4);
    } else {
        fmt::print("no cgroup of its own can be made here: systemd without its stall is not measured\n");
    }
    double const peer_rate = systemd_starts(manager, starts);
    print_at_least("runs a second, of systemd's", rate / peer_rate, 3);
    return 0;
}
