// SPDX-License-Identifier: MIT
#pragma once

// A real latchkeyd of a benchmark's own, with its socket, its store on the disk that the build folder is on, and
// packages; and how what was measured is printed.

#include "ipc/bus.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace latchkey::bench {

using Nanoseconds = std::int64_t;
Nanoseconds now_ns();
[[noreturn]] void give_up(std::string const& why);

// Times of one case.
class Times {
public:
    explicit Times(std::string name) : m_name(std::move(name)) {}
    void add(Nanoseconds time) { m_times.push_back(time); }
    std::string const& name() const { return m_name; }
    std::size_t count() const { return m_times.size(); }
    double us(double part) const; // part 0.5: the median
    void print() const;

private:
    std::string m_name;
    std::vector<Nanoseconds> m_times;
};
// Prints a ratio beside what it may be at most (or must be at least).
void print_at_most(std::string const& what, double value, double limit, std::string const& unit = "x");
void print_at_least(std::string const& what, double value, double limit, std::string const& unit = "x");
// The processor, the kernel and how busy the machine is.
void print_machine();
// On a machine that others use, times would be those of waiting for a turn. Whatever is started later has it too.
void go_before_others();

// What the kernel says of one process.
struct ProcessCounts {
    std::uint64_t voluntary_switches = 0;
    std::uint64_t minor_faults = 0;
    std::uint64_t cpu_us = 0;
    std::uint64_t rss_anon_kb = 0;
    std::uint64_t pss_kb = 0; // 0 where it may not be read
};
ProcessCounts counts_of(pid_t process);

class LiveBroker {
public:
    // policy: lines of policy.toml. In memory, a sync costs nothing: what is left is the broker.
    enum class State { OnDisk, InMemory };
    explicit LiveBroker(std::string const& policy = {}, State state = State::OnDisk);
    LiveBroker(LiveBroker const&) = delete;
    LiveBroker& operator=(LiveBroker const&) = delete;
    ~LiveBroker();

    // Until it answers; the time that took.
    Nanoseconds start();
    void kill();
    pid_t pid() const { return m_pid; }
    std::filesystem::path const& root() const { return m_root; }

    ipc::Bus connect() const;
    // A package with the class DueTasks.Stamp; its family.
    std::string install(ipc::Bus& bus, int number) const;

    static ipc::Message method(ipc::Bus const& bus, std::string const& member);
    // Gives up on a refusal.
    static ipc::Message call(ipc::Bus& bus, ipc::Message message);
    // As many at once as in_flight; each must be answered without an error.
    static void call_many(ipc::Bus& bus, std::size_t count, std::size_t in_flight,
                          std::function<ipc::Message(std::size_t)> const& make);
    static ipc::Dictionary registration(std::string const& family, std::string const& name, std::string const& trigger);
    static std::string register_task(ipc::Bus& bus, ipc::Dictionary const& options);

private:
    std::filesystem::path m_root;
    pid_t m_pid = -1;
};

} // namespace latchkey::bench
