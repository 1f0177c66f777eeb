// SPDX-License-Identifier: MIT
#include "sources/power.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>

#include <dirent.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace latchkey::sources {

namespace {

using core::Fact;
using core::FactValue;
using core::SystemTriggerType;

// The first line of a short file; empty when it cannot be read.
std::string read_line(std::string const& path)
{
    ipc::Fd const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, 64> text{};
    auto const got = file ? ::read(file.get(), text.data(), text.size()) : -1;
    if (got <= 0) return {};
    std::string_view const line(text.data(), static_cast<std::size_t>(got));
    return std::string(line.substr(0, line.find('\n')));
}

ipc::Io<ipc::Fd> open_kernel_events()
{
    constexpr unsigned kFromTheKernel = 1; // the other group is udev's
    ipc::Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT));
    if (!socket) return ipc::io_error(errno, "open a socket for the kernel's device events");
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = kFromTheKernel;
    if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) < 0) {
        return ipc::io_error(errno, "listen to the kernel's device events");
    }
    return socket;
}

class PowerSource final : public Source {
public:
    PowerSource(ipc::EventLoop& loop, Happened happened, std::string folder)
        : m_loop(loop), m_happened(std::move(happened)), m_folder(std::move(folder))
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
        m_problem.clear();
        if (auto const watched = watch(); !watched) m_problem = watched.error().text();
        look_in({});
    }

    void stop() override
    {
        m_ready = {};
        m_socket.reset();
        m_settle = {};
        m_settling = false;
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
    ipc::Io<void> watch()
    {
        auto socket = open_kernel_events();
        if (!socket) return tl::unexpected(socket.error());
        auto ready = m_loop.on_ready(socket->get(), EPOLLIN, [this](std::uint32_t) { kernel_spoke(); });
        if (!ready) return tl::unexpected(ready.error());
        m_socket = std::move(*socket);
        m_ready = std::move(*ready);
        return {};
    }

    void kernel_spoke()
    {
        std::array<char, 8192> buffer{};
        bool ours = false;
        for (;;) {
            sockaddr_nl from{};
            socklen_t length = sizeof from;
            auto const got = ::recvfrom(m_socket.get(), buffer.data(), buffer.size(), 0,
                                        reinterpret_cast<sockaddr*>(&from), &length);
            if (got < 0 && errno == ENOBUFS) ours = true; // some were lost: perhaps ours
            if (got < 0 && (errno == EINTR || errno == ENOBUFS)) continue;
            if (got < 0) break;
            ours = ours || (from.nl_pid == 0 && is_about_power({buffer.data(), static_cast<std::size_t>(got)}));
        }
        if (ours) look_in(kPowerSettle);
    }

    void look_in(std::chrono::milliseconds time)
    {
        if (m_settling) return;
        auto settle = m_loop.at(m_loop.boot_time() + time, time / 10, [this] {
            m_settling = false;
            look();
        });
        if (!settle) return;
        m_settle = std::move(*settle);
        m_settling = true;
    }

    void look()
    {
        auto const now = read_power_supplies(m_folder);
        auto const before = std::exchange(m_known, now);
        if (!before || before->external != now.external) {
            m_happened(core::event::FactChanged{Fact::ExternalPower, now.external ? FactValue::True : FactValue::False,
                                                "power supplies"});
        }
        if (before && before->battery != now.battery) {
            m_happened(core::event::SystemTriggerFired{SystemTriggerType::PowerStateChange, {}});
        }
    }

    ipc::EventLoop& m_loop;
    Happened m_happened;
    std::string m_folder;
    ipc::Fd m_socket;
    ipc::Source m_ready;
    ipc::Source m_settle;
    bool m_settling = false;
    bool m_running = false;
    std::optional<PowerSupplies> m_known;
    std::string m_problem;
};

} // namespace

PowerSupplies read_power_supplies(std::string const& folder)
{
    auto const close = [](DIR* directory) { ::closedir(directory); };
    std::unique_ptr<DIR, decltype(close)> const listing(::opendir(folder.c_str()), close);
    bool connected = false, charging = false, discharging = false;
    std::size_t batteries = 0, seen = 0;
    while (listing != nullptr && seen < kMaxPowerSupplies) {
        auto const* const entry = ::readdir(listing.get());
        if (entry == nullptr) break;
        if (entry->d_name[0] == '.') continue;
        ++seen;
        auto const supply = folder + "/" + entry->d_name + "/";
        auto const type = read_line(supply + "type");
        if (type != "Battery") {
            connected = connected || (type != "UPS" && read_line(supply + "online") == "1");
            continue;
        }
        if (read_line(supply + "scope") == "Device" || read_line(supply + "present") == "0") continue;
        ++batteries;
        auto const status = read_line(supply + "status");
        charging = charging || status == "Charging";
        discharging = discharging || status == "Discharging";
    }
    PowerSupplies supplies;
    supplies.external = connected || batteries == 0;
    if (batteries > 0) {
        supplies.battery = charging      ? BatteryStatus::Charging
                           : discharging ? BatteryStatus::Discharging
                                         : BatteryStatus::Idle;
    }
    return supplies;
}

bool is_about_power(std::string_view message)
{
    constexpr std::string_view kWanted = "SUBSYSTEM=power_supply";
    while (!message.empty()) {
        auto const end = message.find('\0');
        if (message.substr(0, end) == kWanted) return true;
        if (end == std::string_view::npos) return false;
        message.remove_prefix(end + 1);
    }
    return false;
}

std::unique_ptr<Source> make_power_source(ipc::EventLoop& loop, Happened happened, std::string folder)
{
    return std::make_unique<PowerSource>(loop, std::move(happened), std::move(folder));
}

} // namespace latchkey::sources
