// SPDX-License-Identifier: MIT
#include "sources/power_watch.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace latchkey::sources {

namespace {

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

} // namespace

PowerWatch::PowerWatch(ipc::EventLoop& loop, std::string folder, Told told)
    : m_loop(loop), m_folder(std::move(folder)), m_told(std::move(told))
{}

ipc::Io<void> PowerWatch::start()
{
    auto const listening = listen();
    look_in({});
    return listening;
}

void PowerWatch::stop()
{
    m_ready = {};
    m_socket.reset();
    m_settle = {};
    m_settling = false;
}

ipc::Io<void> PowerWatch::listen()
{
    auto socket = open_kernel_events();
    if (!socket) return tl::unexpected(socket.error());
    auto ready = m_loop.on_ready(socket->get(), EPOLLIN, [this](std::uint32_t) { kernel_spoke(); });
    if (!ready) return tl::unexpected(ready.error());
    m_socket = std::move(*socket);
    m_ready = std::move(*ready);
    return {};
}

void PowerWatch::kernel_spoke()
{
    std::array<char, 8192> buffer{};
    bool ours = false;
    for (;;) {
        sockaddr_nl from{};
        socklen_t length = sizeof from;
        auto const got =
            ::recvfrom(m_socket.get(), buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &length);
        if (got < 0 && errno == ENOBUFS) ours = true; // some were lost: perhaps ours
        if (got < 0 && (errno == EINTR || errno == ENOBUFS)) continue;
        if (got < 0) break;
        ours = ours || (from.nl_pid == 0 && is_about_power({buffer.data(), static_cast<std::size_t>(got)}));
    }
    if (ours) look_in(kPowerSettle);
}

void PowerWatch::look_in(std::chrono::milliseconds time)
{
    if (m_settling) return;
    auto settle = m_loop.at(m_loop.boot_time() + time, time / 10, [this] {
        m_settling = false;
        auto const told = m_told; // which may stop this
        told(read_power_supplies(m_folder));
    });
    if (!settle) return;
    m_settle = std::move(*settle);
    m_settling = true;
}

PowerSupplies read_power_supplies(std::string const& folder)
{
    auto const close = [](DIR* directory) { ::closedir(directory); };
    std::unique_ptr<DIR, decltype(close)> const listing(::opendir(folder.c_str()), close);
    bool connected = false, charging = false, discharging = false;
    std::size_t batteries = 0, seen = 0;
    int charge = 0;
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
        int percent = 0;
        auto const capacity = read_line(supply + "capacity");
        std::from_chars(capacity.data(), capacity.data() + capacity.size(), percent);
        charge = std::max(charge, capacity.empty() ? 100 : percent);
        charging = charging || status == "Charging";
        discharging = discharging || status == "Discharging";
    }
    PowerSupplies supplies;
    supplies.external = connected || batteries == 0;
    if (batteries > 0) {
        supplies.charge_percent = charge;
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

} // namespace latchkey::sources
