// SPDX-License-Identifier: MIT
#include "sources/power.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace latchkey::sources {

namespace {

using core::Fact;
using core::FactValue;
using core::SystemTriggerType;

class PowerSource final : public Source {
public:
    PowerSource(ipc::EventLoop& loop, Happened happened, std::string folder)
        : m_happened(std::move(happened)),
          m_watch(loop, std::move(folder), [this](PowerSupplies const& supplies) { told(supplies); })
    {}

    std::string_view name() const override { return "power"; }

    bool serves(Demand const& demand) const override
    {
        auto const has = [](auto const& list, auto value) {
            return std::find(list.begin(), list.end(), value) != list.end();
        };
        return has(demand.facts, Fact::ExternalPower) ||
               has(demand.system_triggers, SystemTriggerType::PowerStateChange);
    }

    void start() override
    {
        m_running = true;
        auto const watched = m_watch.start();
        m_problem = watched ? std::string() : watched.error().text();
    }

    void stop() override
    {
        m_watch.stop();
        m_known.reset();
        m_running = false;
    }

    SourceState state() const override
    {
        return {.name = std::string(name()),
                .running = m_running,
                .problem = m_problem,
                .remedy =
                    m_problem.empty() ? "" : "allow netlink sockets; until then changes of power are not noticed"};
    }

private:
    void told(PowerSupplies const& now)
    {
        auto const before = std::exchange(m_known, now);
        if (!before || before->external != now.external) {
            m_happened(core::event::FactChanged{Fact::ExternalPower, now.external ? FactValue::True : FactValue::False,
                                                "power supplies"});
        }
        if (before && before->battery != now.battery) {
            m_happened(core::event::SystemTriggerFired{SystemTriggerType::PowerStateChange, {}});
        }
    }

    Happened m_happened;
    PowerWatch m_watch;
    bool m_running = false;
    std::optional<PowerSupplies> m_known;
    std::string m_problem;
};

} // namespace

std::unique_ptr<Source> make_power_source(ipc::EventLoop& loop, Happened happened, std::string folder)
{
    return std::make_unique<PowerSource>(loop, std::move(happened), std::move(folder));
}

} // namespace latchkey::sources
