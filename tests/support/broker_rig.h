// SPDX-License-Identifier: MIT
#pragma once

#include "core/broker.h"
#include "support/memory_store.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace latchkey::test {

using namespace std::chrono_literals;

// A broker with a store in memory, a clock that a test moves and hosts that do what a test says: what the daemon is to
// the core, without a machine. Every event goes through send(), which commits what is durable before it records
// actions.
class BrokerRig {
public:
    explicit BrokerRig(core::Policy policy = {});

    core::Effects const& send(core::Event event);
    // Both clocks go on; next_deadline() is served on the way, each at its time.
    void pass(core::Duration time);
    void step_wall_clock(core::Duration by) { now.wall_time += by; }
    // kill -9 of the broker and everything it started, then a new one from the store; recovered unless told otherwise.
    void crash(bool recovered = true);
    void reboot(core::Duration off);

    // Shorthand. Packages declare Tasks.Mail and Tasks.Feed for every trigger unless a test says otherwise.
    core::PackageDeclaration declaration(std::string family = "Contoso", std::string version = "1.0.0.0") const;
    void install(std::string family = "Contoso", core::Access access = core::Access::Allowed);
    void configure(core::PackageDeclaration declaration);
    core::RegisterRequest request(core::Trigger trigger, std::vector<core::Condition> conditions = {});
    core::TaskId must_register(core::Trigger trigger, std::vector<core::Condition> conditions = {});
    core::TaskId must_register(core::RegisterRequest request);
    core::effect::Answer ask(core::RegisterRequest request);
    void set(core::Fact fact, core::FactValue value) { send(core::event::FactChanged{fact, value, "test"}); }
    void fire(core::SystemTriggerType type) { send(core::event::SystemTriggerFired{type, {}}); }
    core::effect::Answer fire(core::TaskId task, std::string details);
    void complete(core::InstanceId instance, core::HResult result = core::kOk, std::string message = {});
    void app(core::AppState state, std::string family = "Contoso");

    // The instance of the task that runs; fails the test when there is none.
    core::InstanceId running(core::TaskId task) const;
    bool runs(core::TaskId task) const;
    core::HostId host_of(core::InstanceId instance) const;
    core::Explanation why(core::TaskId task) const;
    std::optional<core::effect::Answer> last_answer() const;

    // Of the last send().
    template <class E>
    std::vector<E> all() const
    {
        std::vector<E> found;
        for (auto const& effect : effects) {
            if (auto const* match = std::get_if<E>(&effect)) found.push_back(*match);
        }
        return found;
    }
    template <class E>
    bool has() const
    {
        return !all<E>().empty();
    }
    bool logged(core::EventNumber number) const;

    core::Now now;
    core::Policy policy;
    MemoryStore store;
    std::optional<core::Broker> broker;
    core::Effects effects;                            // of the last send()
    std::vector<core::effect::StartInstance> started; // of all
    std::vector<core::effect::DeliverCompletion> delivered;

private:
    std::uint64_t m_next_task = 0;
    std::uint64_t m_next_request = 0;
    std::vector<core::PackageDeclaration> m_installed;
};

} // namespace latchkey::test
