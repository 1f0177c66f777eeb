// SPDX-License-Identifier: MIT
#pragma once

#include "core/broker.h"
#include "support/memory_store.h"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace latchkey::simulation {

// Numbers from a seed; the same on every machine.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : m_state(seed) {}
    std::uint64_t next() { return core::mixed(m_state++, 0x5eed); }
    std::uint64_t below(std::uint64_t bound) { return next() % bound; }
    bool one_in(std::uint64_t count) { return below(count) == 0; }
    template <class T>
    T const& of(std::vector<T> const& choices)
    {
        return choices[below(choices.size())];
    }

private:
    std::uint64_t m_state;
};

// A machine around one broker: clocks that step, sleep and reboot, sources, apps, packages, hosts that complete, crash
// or hang, a disk, and power that fails between any two effects. After every event it checks what docs/engine.md
// promises; the first broken promise ends the program with the seed, the step and the last events.
class World {
public:
    explicit World(std::uint64_t seed);

    void step();
    std::uint64_t steps() const { return m_step; }
    std::string summary() const;
    [[noreturn]] void fail(std::string const& what) const;
    void trace(bool on) { m_print = on; }

private:
    struct HostModel {
        std::string package;
        core::HostKind kind{};
        bool frozen = false;
    };
    struct InstanceModel {
        core::TaskId task;
        core::HostId host;
        bool cancelled = false;
        bool hangs = false;
    };
    // What is known of a registration from outside the broker.
    struct TaskModel {
        core::Registration registration;
        bool owed = false;          // a firing was accepted that no instance has been made for since
        bool unconditional = false; // the waiting firing need not wait for conditions
        std::uint64_t fired = 0;
        std::uint64_t completed = 0;
        std::deque<std::string> details; // accepted and not completed, in order
    };
    struct PackageModel {
        core::PackageDeclaration declaration;
        bool installed = false;
        bool servicing = false;
        core::Access access = core::Access::Unspecified;
        core::AppState app = core::AppState::Terminated;
        int version = 1;
    };

    // events.cpp: what may happen
    void happen();
    void app_event();
    void person_event();
    void source_event();
    void package_event();
    void host_event();
    void time_event();
    core::RegisterRequest random_registration();
    core::PackageDeclaration declare(std::string const& family, int version);
    std::string describe(core::TaskId task) const;
    core::TaskId some_task();
    std::string const& some_package();
    std::optional<core::InstanceId> some_instance();

    // world.cpp: handing it to the broker and checking
    void send(core::Event event, std::string what);
    void foresee(core::Event const& event);
    void foresee_own_triggers(core::Effects const& effects);
    void accept(core::TaskId task, std::string const& details);
    bool may_fire(core::Registration const& registration) const;
    void committed(core::Effects const& effects);
    void carry_out(core::Effect const& effect);
    void do_it(core::effect::StartHost const&);
    void do_it(core::effect::StartInstance const&);
    void do_it(core::effect::RequestCancel const&);
    void do_it(core::effect::TerminateHost const&);
    void do_it(core::effect::StopHost const&);
    void do_it(core::effect::FreezeHost const&);
    void do_it(core::effect::ThawHost const&);
    void do_it(core::effect::TellSuspendedCount const&);
    void do_it(core::effect::DeliverCompletion const&);
    void do_it(core::effect::DeliverProgress const&);
    template <class Other>
    void do_it(Other const&)
    {}
    void check_all();
    void check_time(core::Event const& event);
    void check_same();
    void crash();
    void start_broker();
    void expect(bool holds, char const* what) const
    {
        if (!holds) fail(what);
    }
    core::ConditionSet holding() const;

    std::uint64_t m_seed;
    Dice m_dice;
    core::Policy m_policy;
    core::Now m_now;
    test::MemoryStore m_store;
    std::optional<core::Broker> m_broker;
    core::Effects m_effects;
    bool m_recovered = false;

    std::map<std::string, PackageModel> m_packages;
    std::vector<std::string> m_families;
    std::map<core::TaskId, TaskModel> m_tasks;
    std::map<core::HostId, HostModel> m_hosts;
    std::map<core::InstanceId, InstanceModel> m_instances;
    std::set<std::pair<core::TaskId, std::string>> m_served; // details whose completion was stored, of live tasks
    std::array<core::FactValue, core::kFactCount> m_facts{};
    std::array<core::FactValue, core::kFactCount> m_told{};
    bool m_session_ending = false;
    std::deque<std::pair<core::Event, std::string>> m_inbox; // what hosts and apps will say next
    std::map<core::TaskId, core::WallTime> m_due_before;

    std::uint64_t m_crash_one_in = 60; // events
    std::uint64_t m_step = 0;
    std::uint64_t m_ids = 0;
    std::uint64_t m_payloads = 0;
    std::uint64_t m_crashes = 0, m_runs = 0, m_completions = 0, m_reboots = 0, m_quarantines = 0;
    std::deque<std::string> m_recent;
    bool m_print = false;
};

} // namespace latchkey::simulation
