// SPDX-License-Identifier: MIT
#include "sources/network.h"

#include "sources/route_watch.h"

#include <algorithm>

#include <fmt/format.h>

namespace latchkey::sources {

namespace {

using core::Fact;
using core::FactValue;
using core::PreviewTriggerType;
using core::SystemTriggerType;

// NetworkManager's numbers.
constexpr std::uint64_t kStateDisconnected = 20;
constexpr std::uint64_t kStateConnectedGlobal = 70;
constexpr std::uint64_t kConnectivityUnknown = 0, kConnectivityFull = 4;
constexpr std::uint64_t kMeteredYes = 1, kMeteredGuessYes = 3;

// What conditions and triggers need of the network.
struct View {
    FactValue internet = FactValue::Unknown;
    FactValue free = FactValue::Unknown;
    std::string source;
    std::string fingerprint;
};

FactValue fact(bool value)
{
    return value ? FactValue::True : FactValue::False;
}

View view_of(RouteTable const& routes, std::string source)
{
    auto const internet = fact(routes.reaches_outside());
    return {internet, internet, std::move(source), routes.fingerprint()};
}

View view_of(Properties const& manager)
{
    auto const connectivity = number_of(manager, "Connectivity");
    auto const state = number_of(manager, "State");
    bool const internet =
        connectivity == kConnectivityUnknown ? state == kStateConnectedGlobal : connectivity == kConnectivityFull;
    auto const metered = number_of(manager, "Metered");
    bool const costs = metered == kMeteredYes || metered == kMeteredGuessYes;
    return {fact(internet), fact(internet && !costs), "NetworkManager",
            fmt::format("{} {} {} {}", internet, costs, text_of(manager, "PrimaryConnection"),
                        text_of(manager, "PrimaryConnectionType"))};
}

class NetworkSource final : public Source {
public:
    NetworkSource(ipc::EventLoop& loop, SystemBus& bus, Happened happened)
        : m_loop(loop),
          m_bus(bus),
          m_happened(std::move(happened)),
          m_watch(loop, [this](ipc::Io<RouteTable> const& table) { routes_told(table); })
    {}

    std::string_view name() const override { return "network"; }

    bool serves(Demand const& demand) const override
    {
        auto const has = [](auto const& list, auto value) {
            return std::find(list.begin(), list.end(), value) != list.end();
        };
        return has(demand.facts, Fact::Internet) || has(demand.facts, Fact::FreeNetwork) ||
               has(demand.system_triggers, SystemTriggerType::InternetAvailable) ||
               has(demand.system_triggers, SystemTriggerType::NetworkStateChange) ||
               has(demand.preview_triggers, PreviewTriggerType::InternetNotAvailable);
    }

    void start() override
    {
        m_running = true;
        m_problem.clear();
        if (auto const started = m_watch.start(); !started) m_problem = started.error().text();
        m_manager_watch = m_bus.watch(
            {"org.freedesktop.NetworkManager", "/org/freedesktop/NetworkManager", "org.freedesktop.NetworkManager"},
            [this](Properties const* properties) { manager_told(properties); });
    }

    void stop() override
    {
        m_watch.stop();
        m_manager_watch = {};
        m_fold = {};
        m_folding = false;
        m_routes.reset();
        m_manager.reset();
        m_manager_asked = false;
        m_view = {};
        m_running = false;
    }

    SourceState state() const override
    {
        bool const blind = m_running && m_view.internet == FactValue::Unknown && !m_problem.empty();
        return {.name = m_view.source.empty() ? "network" : fmt::format("network ({})", m_view.source),
                .running = m_running,
                .problem = blind ? m_problem : std::string(),
                .remedy = blind ? "allow netlink sockets, or run NetworkManager" : ""};
    }

private:
    void routes_told(ipc::Io<RouteTable> const& table)
    {
        m_problem = table ? std::string() : table.error().text();
        m_routes = table ? std::optional(*table) : std::nullopt;
        look();
    }

    void manager_told(Properties const* properties)
    {
        m_manager_asked = true;
        m_manager = properties == nullptr ? std::nullopt : std::optional(*properties);
        look();
    }

    View current() const
    {
        bool const route = m_routes && m_routes->reaches_outside();
        if (m_manager) {
            bool const idle = number_of(*m_manager, "State") <= kStateDisconnected;
            if (idle && route) return view_of(*m_routes, "default route; NetworkManager manages no connection");
            return view_of(*m_manager);
        }
        return m_routes ? view_of(*m_routes, "default route") : View{};
    }

    // The snapshot waits for both: else a start would look like a change.
    void look()
    {
        if (!m_manager_asked || (!m_routes && m_problem.empty())) return;
        View const before = std::exchange(m_view, current());
        View const now = m_view;
        if (before.internet != now.internet || before.source != now.source) {
            m_happened(core::event::FactChanged{Fact::Internet, now.internet, now.source});
        }
        if (before.free != now.free || before.source != now.source) {
            m_happened(core::event::FactChanged{Fact::FreeNetwork, now.free, now.source});
        }
        if (before.internet == FactValue::Unknown) {
            m_announced = now.fingerprint;
            return;
        }
        if (before.internet == FactValue::False && now.internet == FactValue::True) {
            m_happened(core::event::SystemTriggerFired{SystemTriggerType::InternetAvailable, {}});
        }
        if (before.internet == FactValue::True && now.internet == FactValue::False) {
            m_happened(core::event::PreviewTriggerFired{PreviewTriggerType::InternetNotAvailable});
        }
        if (!m_running) return; // whoever was told has stopped us
        if (before.source != now.source && before.internet == now.internet && before.free == now.free) {
            m_announced = now.fingerprint; // another teller has other words for the same network
        }
        if (now.fingerprint != m_announced) announce_later();
    }

    void announce_later()
    {
        if (m_folding) return;
        auto fold = m_loop.at(m_loop.boot_time() + kNetworkFold, kNetworkFold / 10, [this] {
            m_folding = false;
            if (m_view.fingerprint == m_announced) return;
            m_announced = m_view.fingerprint;
            m_happened(core::event::SystemTriggerFired{SystemTriggerType::NetworkStateChange, {}});
        });
        if (!fold) return;
        m_fold = std::move(*fold);
        m_folding = true;
    }

    ipc::EventLoop& m_loop;
    SystemBus& m_bus;
    Happened m_happened;
    RouteWatch m_watch;
    SystemBus::Watch m_manager_watch;
    ipc::Source m_fold;
    bool m_folding = false;
    bool m_running = false;
    std::optional<RouteTable> m_routes;
    std::optional<Properties> m_manager;
    bool m_manager_asked = false;
    View m_view;
    std::string m_announced;
    std::string m_problem;
};

} // namespace

std::unique_ptr<Source> make_network_source(ipc::EventLoop& loop, SystemBus& bus, Happened happened)
{
    return std::make_unique<NetworkSource>(loop, bus, std::move(happened));
}

} // namespace latchkey::sources
