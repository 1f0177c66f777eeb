// SPDX-License-Identifier: MIT
// A hundred thousand registrations in the store of a real latchkeyd: its memory for each, how soon it answers after
// kill -9, what a condition change over all of them costs the whole daemon, and whether it sleeps when nothing happens.
#include "live_broker.h"
#include "support/syscall_count.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <thread>

#include <fmt/format.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace latchkey;
using namespace latchkey::bench;

constexpr std::size_t kPerPackage = 1'000;
constexpr std::size_t kInFlight = 512;

ipc::Dictionary registration(std::string const& family, std::size_t number)
{
    // Half wait for their time, half are latched below: nothing on this machine tells of the user's presence.
    bool const timed = number % 2 == 0;
    ipc::Dictionary options = LiveBroker::registration(family, fmt::format("sync account {}", number),
                                                       timed ? "TimeTrigger:15" : "TimeZoneChange");
    options.set("conditions", std::vector<std::string>{"InternetAvailable", "UserPresent"});
    return options;
}

void fill(LiveBroker& broker, std::size_t count)
{
    ipc::Bus bus = broker.connect();
    std::vector<std::string> families;
    for (std::size_t package = 0; package < count / kPerPackage; ++package)
        families.push_back(broker.install(bus, static_cast<int>(package)));
    std::uint64_t const cpu = counts_of(broker.pid()).cpu_us;
    Nanoseconds const begun = now_ns();
    LiveBroker::call_many(bus, count, kInFlight, [&](std::size_t number) {
        ipc::Message message = LiveBroker::method(bus, "Register");
        message.write(registration(families[number / kPerPackage], number));
        return message;
    });
    fmt::print("{:<52} {:.2f} s, {:.2f} s CPU of the broker\n", fmt::format("{} calls of Register", count),
               static_cast<double>(now_ns() - begun) / 1e9,
               static_cast<double>(counts_of(broker.pid()).cpu_us - cpu) / 1e6);
}

struct Start {
    Nanoseconds answered = 0;
    ProcessCounts counts;
};

// From the order to start to the first answer; the CPU time is what a busy machine does not change.
Start start_again(LiveBroker& broker)
{
    broker.kill();
    Nanoseconds const begun = now_ns();
    broker.start();
    ipc::Bus bus = broker.connect();
    LiveBroker::call(bus, LiveBroker::method(bus, "WhoAmI"));
    return {now_ns() - begun, counts_of(broker.pid())};
}

ProcessCounts empty_broker()
{
    LiveBroker broker;
    broker.start();
    ipc::Bus bus = broker.connect();
    ipc::Bus const other = broker.connect();
    broker.install(bus, 0);
    return start_again(broker).counts;
}

// --- a condition that changes under latched tasks -----------------------------------------------------------------

// A machine of its own to plug in and out, as an ordinary user may have it too.
bool enter_network_of_its_own()
{
    auto const write = [](char const* file, std::string const& text) { std::ofstream(file) << text; };
    auto const user = ::geteuid();
    if (::unshare(CLONE_NEWNET) != 0) {
        if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
        write("/proc/self/uid_map", fmt::format("0 {} 1", user));
    }
    return std::system("ip link set lo up && ip link add cable type veth peer name wall && "
                       "ip address add 192.0.2.1/24 dev cable && ip link set wall up && ip link set cable up") == 0;
}

bool internet_holds(ipc::Bus& bus, std::string const& task)
{
    ipc::Message question = LiveBroker::method(bus, "Explain");
    question.write(task);
    ipc::Message answer = LiveBroker::call(bus, std::move(question));
    for (auto const& condition : answer.read_dictionary().get<std::vector<ipc::Dictionary>>("conditions")) {
        if (condition.get<std::string>("name") == "InternetAvailable") return condition.get<bool>("holds");
    }
    give_up("a task without its condition");
}

// The default route comes and goes for real; UserPresent stays missing, so that nothing is released. What the daemon
// needs from the kernel's word to the commit is its CPU time over the change.
Times condition_changes(std::size_t latched)
{
    LiveBroker broker;
    broker.start();
    ipc::Bus bus = broker.connect();
    std::vector<std::string> tasks;
    for (std::size_t package = 0; package * kPerPackage < latched; ++package) {
        std::string const family = broker.install(bus, static_cast<int>(package));
        std::size_t const count = std::min(kPerPackage, latched - package * kPerPackage);
        LiveBroker::call_many(bus, count, kInFlight, [&](std::size_t number) {
            ipc::Message message = LiveBroker::method(bus, "Register");
            message.write(registration(family, 2 * number + 1)); // TimeZoneChange
            return message;
        });
        ipc::Message list = LiveBroker::method(bus, "List");
        list.write(ipc::Dictionary({{"package", family}}));
        auto const listed = LiveBroker::call(bus, std::move(list)).read_dictionaries();
        if (listed.size() != count) give_up("not all are listed");
        for (auto const& task : listed)
            tasks.push_back(task.get<std::string>("id"));
    }
    LiveBroker::call_many(bus, tasks.size(), kInFlight, [&](std::size_t number) {
        ipc::Message message = LiveBroker::method(bus, "Fire");
        message.write(tasks[number]).write(ipc::Dictionary());
        return message;
    });
    constexpr int kChanges = 20;
    constexpr std::chrono::milliseconds kSettled{400}; // the source lets a burst of news settle
    std::this_thread::sleep_for(2 * kSettled);
    Times cpu(fmt::format("the daemon's CPU for a change, {} latched", latched));
    for (int change = 0; change < kChanges; ++change) {
        bool const comes = change % 2 == 0;
        std::uint64_t const before = counts_of(broker.pid()).cpu_us;
        if (std::system(comes ? "ip route add default via 192.0.2.2 dev cable" : "ip route del default") != 0)
            give_up("the route cannot be changed");
        std::this_thread::sleep_for(kSettled);
        cpu.add(static_cast<Nanoseconds>(counts_of(broker.pid()).cpu_us - before) * 1'000);
        if (internet_holds(bus, tasks.back()) != comes) give_up("the change did not reach the rules");
        std::this_thread::sleep_for(kSettled);
    }
    cpu.print();
    return cpu;
}

} // namespace

int main(int count, char** arguments)
{
    std::size_t const registrations = count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 100'000;
    int const idle_seconds = count > 2 ? std::atoi(arguments[2]) : 60;
    print_machine();
    go_before_others();
    ProcessCounts const empty = empty_broker();
    LiveBroker broker;
    broker.start();
    fill(broker, registrations);
    auto const each = [&](std::uint64_t kb) {
        return (static_cast<double>(kb)) * 1024 / static_cast<double>(registrations);
    };
    ProcessCounts const grown = counts_of(broker.pid());
    fmt::print("{:<52} {:.0f} bytes (RssAnon), {:.0f} bytes (Pss)\n", "for each, in the broker that took them",
               each(grown.rss_anon_kb - empty.rss_anon_kb), each(grown.pss_kb - empty.pss_kb));

    constexpr int kStarts = 15;
    Times back("after kill -9, until it answers");
    Times cpu("the same, CPU of the broker");
    Start last;
    for (int i = 0; i < kStarts; ++i) {
        last = start_again(broker);
        back.add(last.answered);
        cpu.add(static_cast<Nanoseconds>(last.counts.cpu_us) * 1'000);
    }
    back.print();
    cpu.print();
    print_at_most("back after kill -9, p50", back.us(0.5) / 1000, 100, " ms");
    print_at_most("the same, CPU of the broker", cpu.us(0.5) / 1000, 100, " ms");
    fmt::print("{:<52} {:.1f} ms CPU\n", "an empty broker's start", static_cast<double>(empty.cpu_us) / 1000);
    print_at_most("bytes for each, after a start (RssAnon)", each(last.counts.rss_anon_kb - empty.rss_anon_kb), 256,
                  "");
    fmt::print("{:<52} {:.0f} bytes (Pss); in all {} kB, empty {} kB\n", "the same",
               each(last.counts.pss_kb - empty.pss_kb), last.counts.rss_anon_kb, empty.rss_anon_kb);

    // Its hosts are made ready and the last connection ended: that is past after a moment.
    std::this_thread::sleep_for(std::chrono::seconds(2));
    ProcessCounts const before = counts_of(broker.pid());
    std::this_thread::sleep_for(std::chrono::seconds(idle_seconds));
    ProcessCounts const after = counts_of(broker.pid());
    print_at_most(fmt::format("wake-ups in {} s without an event", idle_seconds),
                  static_cast<double>(after.voluntary_switches - before.voluntary_switches), 0, "");
    fmt::print("{:<52} {} us\n", "CPU in that time", after.cpu_us - before.cpu_us);
    broker.kill();

    if (!enter_network_of_its_own()) {
        fmt::print("no network of its own can be made here: the change of a condition is not measured\n");
        return 0;
    }
    double const one = condition_changes(1).us(0.5);
    double const all = condition_changes(registrations).us(0.5);
    print_at_most(fmt::format("a change over {} latched, the daemon's CPU", registrations), all / 1000, 1, " ms");
    fmt::print("{:<52} {:.0f} us\n", "of that because there are so many", all - one);
    return 0;
}
