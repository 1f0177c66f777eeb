// SPDX-License-Identifier: MIT
// From the order to run a task to the first line of its Run, beside what cannot be done without: a program with the
// same libraries that is started (cold), or forked from one that runs (warm), and opens the same library. One pass over
// all cases each round, so that they share the machine's moods.
#include "bare_start.h"
#include "hosts/hosts.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <sched.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char** environ;

namespace {

using namespace latchkey;
using namespace latchkey::bench;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr char kFamily[] = "Bench_0";

// The hosts room with nothing around it.
class Broker final : public hosts::Surroundings {
public:
    Broker() : m_loop(*ipc::EventLoop::create())
    {
        fs::path const tasks(LATCHKEY_BENCH_TASKS);
        m_place.family = kFamily;
        m_place.folder = tasks.parent_path();
        m_place.data = m_place.folder;
        m_place.log = "/dev/null";
        m_place.classes = {{"BenchTasks.Stamp", tasks.filename()}};
        m_hosts = std::make_unique<hosts::Hosts>(m_loop, *this, hosts::Programs{LATCHKEY_HOST, ""});
        turn();
    }

    // Until hosts are started as programs, because what they are cloned from does not stay alive.
    void do_without_zygote()
    {
        for (pid_t pid = zygote(); pid != 0; pid = zygote()) {
            ::kill(pid, SIGKILL);
            for (int i = 0; i < 100 && zygote() == pid; ++i)
                turn();
        }
    }

    // Nanoseconds from the order to the first line of Run; the host is told to end and waited for.
    std::int64_t run()
    {
        core::HostId const host{++m_last};
        core::InstanceId const instance{++m_last};
        hosts::ActivationWords words;
        words.entry_point = "BenchTasks.Stamp";
        words.name = "bench";
        m_exited = m_completed = false;
        std::int64_t before = 0;
        // From the loop, as everything that the broker does.
        auto const order = m_loop.soon([&] {
            before = now_ns();
            m_hosts->start(core::effect::StartHost{host, core::SharedText(kFamily)});
            m_hosts->start(core::effect::StartInstance{host, instance, {}, std::nullopt, 0}, std::move(words));
        });
        if (!order) give_up("no order can be given");
        while (!m_completed && !m_exited)
            turn();
        if (m_exited) give_up("the host did not run the task");
        m_hosts->stop({host});
        while (!m_exited)
            turn();
        // The stamp has lost its upper half, which is the same but for a carry.
        return static_cast<std::uint32_t>(m_stamp - static_cast<std::uint32_t>(before));
    }

    // As the broker is between two triggers: its loop turns, and a spare host gets made.
    void rest()
    {
        std::int64_t const until = now_ns() + 30'000'000;
        while (now_ns() < until)
            static_cast<void>(m_loop.turn(5ms));
    }

    // Hosts in a second, with so many at once.
    double rate(int total, int at_once)
    {
        int started = 0;
        int ended = 0;
        std::int64_t const before = now_ns();
        m_on_exit = [&] { ++ended; };
        m_on_completed = [&](core::InstanceId instance) { m_hosts->stop({core::HostId{instance.number - 1}}); };
        while (ended < total) {
            for (; started < total && started - ended < at_once; ++started) {
                core::HostId const host{++m_last};
                hosts::ActivationWords words;
                words.entry_point = "BenchTasks.Stamp";
                m_hosts->start(core::effect::StartHost{host, core::SharedText(kFamily)});
                m_hosts->start(core::effect::StartInstance{host, {++m_last}, {}, std::nullopt, 0}, std::move(words));
            }
            turn();
        }
        m_on_exit = {};
        m_on_completed = {};
        return total * 1e9 / static_cast<double>(now_ns() - before);
    }

    hosts::PackagePlace const* place_of(std::string_view) override { return &m_place; }
    void serve(ipc::Fd, std::string_view) override {}
    void happened(core::Event event) override
    {
        if (auto const* const progress = std::get_if<core::event::InstanceProgress>(&event))
            m_stamp = progress->progress;
        if (auto const* const completed = std::get_if<core::event::InstanceCompleted>(&event)) {
            m_completed = true;
            if (m_on_completed) m_on_completed(completed->instance);
        }
        if (auto const* const failed = std::get_if<core::event::ActivationFailed>(&event)) {
            give_up(failed->message.str().c_str());
        }
        if (std::holds_alternative<core::event::HostExited>(event)) {
            m_exited = true;
            if (m_on_exit) m_on_exit();
        }
    }

private:
    void turn() { static_cast<void>(m_loop.turn(50ms)); }
    pid_t zygote() const
    {
        for (auto const& finding : m_hosts->findings()) {
            if (finding.check == "prepared host" && finding.ok) return std::stoi(finding.text.substr(8));
        }
        return 0;
    }

    ipc::EventLoop m_loop;
    hosts::PackagePlace m_place;
    std::unique_ptr<hosts::Hosts> m_hosts;
    std::uint64_t m_last = 0;
    std::uint32_t m_stamp = 0;
    bool m_completed = false;
    bool m_exited = false;
    std::function<void()> m_on_exit;
    std::function<void(core::InstanceId)> m_on_completed;
};

rusage usage_of(int who)
{
    rusage usage{};
    ::getrusage(who, &usage);
    return usage;
}

} // namespace

int main(int count, char** arguments)
{
    int const rounds = count > 1 ? std::atoi(arguments[1]) : 300;
    constexpr int kWarmUp = 10;
    bool const before_others = run_before_others();
    fmt::print("{} rounds, {}\n", rounds,
               before_others ? "with real-time priority" : "without priority: on a busy machine this says little");
    Broker warm_broker;
    Broker cold_broker;
    cold_broker.do_without_zygote();
    Peer zygote;
    pid_t const zygote_pid = zygote.start("zygote");

    Case spawned{"posix_spawn of the same libraries, dlopen", {}};
    Case cold{"cold: order to Run, without a zygote", {}};
    Case forked{"fork of the same libraries, dlopen", {}};
    Case warm{"warm: order to Run, from the zygote", {}};
    Case spare{"hot: order to Run, in the spare host", {}};
    for (int round = 0; round < rounds + kWarmUp; ++round) {
        std::int64_t const spawn_time = bare_spawn();
        std::int64_t const cold_time = cold_broker.run();
        std::int64_t const before = now_ns();
        zygote.ask();
        std::int64_t const fork_time = zygote.stamp() - before;
        std::int64_t const warm_time = warm_broker.run(); // the loop has not turned: there is no spare
        warm_broker.rest();
        std::int64_t const spare_time = warm_broker.run();
        if (round < kWarmUp) continue;
        spawned.times.push_back(spawn_time);
        cold.times.push_back(cold_time);
        forked.times.push_back(fork_time);
        warm.times.push_back(warm_time);
        spare.times.push_back(spare_time);
    }
    print(cold, spawned, 1.5);
    print(warm, forked, 2.0);
    print(spare, forked, 2.0);

    rusage const self = usage_of(RUSAGE_SELF);
    rusage const children = usage_of(RUSAGE_CHILDREN);
    double const rate = warm_broker.rate(rounds, 8);
    rusage const self_after = usage_of(RUSAGE_SELF);
    rusage const children_after = usage_of(RUSAGE_CHILDREN);
    std::int64_t const before = now_ns();
    for (int i = 0; i < rounds; ++i)
        bare_spawn();
    double const spawn_rate = rounds * 1e9 / static_cast<double>(now_ns() - before);
    fmt::print("{:<44} {:.0f} hosts/s; posix_spawn one after the other {:.0f}/s\n", "warm hosts, 8 at once", rate,
               spawn_rate);
    fmt::print("{:<44} broker {:.1f} minor faults, {:.1f} context switches; host {:.1f} minor faults\n",
               "for each warm host", static_cast<double>(self_after.ru_minflt - self.ru_minflt) / rounds,
               static_cast<double>(self_after.ru_nvcsw + self_after.ru_nivcsw - self.ru_nvcsw - self.ru_nivcsw) /
                   rounds,
               static_cast<double>(children_after.ru_minflt - children.ru_minflt) / rounds);
    ::kill(zygote_pid, SIGKILL);
    ::waitpid(zygote_pid, nullptr, 0);
    return 0;
}
