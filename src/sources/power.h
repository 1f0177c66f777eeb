// SPDX-License-Identifier: MIT
#pragma once

// Where the machine's power comes from: the fact ExternalPower, which maintenance triggers wait for, and the trigger
// PowerStateChange. Read from the kernel's power supplies; looked at again when the kernel announces that one changed.

#include "sources/sources.h"

#include <string_view>

namespace latchkey::sources {

// A cable that was pulled changes the charger and the battery one after the other; they are looked at together.
inline constexpr std::chrono::milliseconds kPowerSettle{200};
inline constexpr std::size_t kMaxPowerSupplies = 64;

// As Windows.System.Power.BatteryStatus.
enum class BatteryStatus : std::uint8_t { NotPresent = 0, Discharging = 1, Idle = 2, Charging = 3 };

struct PowerSupplies {
    bool external = true; // a machine without a battery has no other power
    BatteryStatus battery = BatteryStatus::NotPresent;

    friend bool operator==(PowerSupplies const&, PowerSupplies const&) = default;
};

// What a folder such as /sys/class/power_supply says. Batteries of devices (a mouse) and a UPS do not count; a folder
// that is not there is a machine without a battery.
PowerSupplies read_power_supplies(std::string const& folder);
// Whether one message of the kernel's is about a power supply.
bool is_about_power(std::string_view message);

std::unique_ptr<Source> make_power_source(ipc::EventLoop& loop, Happened happened,
                                          std::string folder = "/sys/class/power_supply");

} // namespace latchkey::sources
