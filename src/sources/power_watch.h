// SPDX-License-Identifier: MIT
#pragma once

// The machine's power supplies, as the kernel lists them; told once soon, then when the kernel announces that one
// changed. A cable that was pulled changes the charger and the battery one after the other; they are looked at
// together.

#include "ipc/event_loop.h"
#include "ipc/fd.h"
#include "ipc/io.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace latchkey::sources {

inline constexpr std::chrono::milliseconds kPowerSettle{200};
inline constexpr std::size_t kMaxPowerSupplies = 64;

// As Windows.System.Power.BatteryStatus.
enum class BatteryStatus : std::uint8_t { NotPresent = 0, Discharging = 1, Idle = 2, Charging = 3 };

struct PowerSupplies {
    bool external = true; // a machine without a battery has no other power
    BatteryStatus battery = BatteryStatus::NotPresent;
    int charge_percent = 100; // of the fullest battery

    friend bool operator==(PowerSupplies const&, PowerSupplies const&) = default;
};

// What a folder such as /sys/class/power_supply says. Batteries of devices (a mouse) and a UPS do not count; a folder
// that is not there is a machine without a battery.
PowerSupplies read_power_supplies(std::string const& folder);
// Whether one message of the kernel's is about a power supply.
bool is_about_power(std::string_view message);

class PowerWatch {
public:
    using Told = std::function<void(PowerSupplies const&)>;

    PowerWatch(ipc::EventLoop& loop, std::string folder, Told told);
    PowerWatch(PowerWatch const&) = delete;
    PowerWatch& operator=(PowerWatch const&) = delete;

    // An error: what is now is told, changes are not.
    ipc::Io<void> start();
    void stop();

private:
    ipc::Io<void> listen();
    void kernel_spoke();
    void look_in(std::chrono::milliseconds time);

    ipc::EventLoop& m_loop;
    std::string m_folder;
    Told m_told;
    ipc::Fd m_socket;
    ipc::Source m_ready;
    ipc::Source m_settle;
    bool m_settling = false;
};

} // namespace latchkey::sources
