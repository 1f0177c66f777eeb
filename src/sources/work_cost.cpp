// SPDX-License-Identifier: MIT
#include "sources/work_cost.h"

#include "sources/power_watch.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

namespace latchkey::sources {

namespace {

using core::Fact;
using core::FactValue;
using core::SystemTriggerType;

// Half of the time in two seconds somebody waited for a processor. An ordinary user's window is a multiple of 2 s.
constexpr std::string_view kPressure{"some 1000000 2000000", sizeof "some 1000000 2000000"};

enum class WorkCost : std::uint8_t { Low, Medium, High };

class WorkCostSource final : public Source {
public:
    WorkCostSource(ipc::EventLoop& loop, Happened happened, WorkCostPlaces places)
        : m_loop(loop),
          m_happened(std::move(happened)),
          m_pressure_file(std::move(places.pressure)),
          m_watch(loop, std::move(places.power_supplies), [this](PowerSupplies const& supplies) {
              m_supplies = supplies;
              look();
          })
    {}

    std::string_view name() const override { return "work cost"; }

    bool serves(Demand const& demand) const override
    {
        return std::find(demand.facts.begin(), demand.facts.end(), Fact::WorkCostNotHigh) != demand.facts.end() ||
               std::find(demand.system_triggers.begin(), demand.system_triggers.end(),
                         SystemTriggerType::BackgroundWorkCostChange) != demand.system_triggers.end();
    }

    void start() override
    {
        m_running = true;
        m_feels_pressure = watch_pressure();
        auto const watched = m_watch.start();
        m_problem = watched ? std::string() : watched.error().text();
    }

    void stop() override
    {
        m_watch.stop();
        m_pressed = {};
        m_pressure.reset();
        m_calm = {};
        m_under_pressure = m_running = false;
        m_supplies.reset();
        m_cost.reset();
    }

    SourceState state() const override
    {
        return {.name = !m_running || m_feels_pressure ? "work cost" : "work cost (by the battery only)",
                .running = m_running,
                .problem = m_problem,
                .remedy =
                    m_problem.empty() ? "" : "allow netlink sockets; until then changes of power are not noticed"};
    }

private:
    bool watch_pressure()
    {
        m_pressure.reset(::open(m_pressure_file.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
        if (!m_pressure || ::write(m_pressure.get(), kPressure.data(), kPressure.size()) < 0) return false;
        auto pressed = m_loop.on_ready(m_pressure.get(), EPOLLPRI, [this](std::uint32_t events) {
            if ((events & EPOLLERR) != 0) {
                m_pressed = {}; // the file is gone with its cgroup
                return;
            }
            m_under_pressure = true;
            auto calm = m_loop.at(m_loop.boot_time() + kPressureCalm, kPressureCalm / 10, [this] {
                m_under_pressure = false;
                look();
            });
            if (calm) m_calm = std::move(*calm);
            look();
        });
        if (!pressed) return false;
        m_pressed = std::move(*pressed);
        return true;
    }

    void look()
    {
        if (!m_supplies) return;
        bool const nearly_empty =
            m_supplies->battery == BatteryStatus::Discharging && m_supplies->charge_percent <= kNearlyEmptyPercent;
        auto const cost = m_under_pressure || nearly_empty ? WorkCost::High
                          : !m_supplies->external          ? WorkCost::Medium
                                                           : WorkCost::Low;
        auto const before = std::exchange(m_cost, cost);
        if (!before || (*before == WorkCost::High) != (cost == WorkCost::High)) {
            m_happened(core::event::FactChanged{Fact::WorkCostNotHigh,
                                                cost == WorkCost::High ? FactValue::False : FactValue::True,
                                                m_feels_pressure ? "pressure and power" : "power"});
        }
        if (before && *before != cost) {
            m_happened(core::event::SystemTriggerFired{SystemTriggerType::BackgroundWorkCostChange, {}});
        }
    }

    ipc::EventLoop& m_loop;
    Happened m_happened;
    std::string m_pressure_file;
    ipc::Fd m_pressure;
    ipc::Source m_pressed;
    ipc::Source m_calm;
    PowerWatch m_watch;
    bool m_running = false;
    bool m_feels_pressure = false;
    bool m_under_pressure = false;
    std::optional<PowerSupplies> m_supplies;
    std::optional<WorkCost> m_cost;
    std::string m_problem;
};

} // namespace

std::unique_ptr<Source> make_work_cost_source(ipc::EventLoop& loop, Happened happened, WorkCostPlaces places)
{
    return std::make_unique<WorkCostSource>(loop, std::move(happened), std::move(places));
}

} // namespace latchkey::sources
