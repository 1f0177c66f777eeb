// SPDX-License-Identifier: MIT
#include "sources/power.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace latchkey::sources {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

struct Supplies {
    Supplies()
    {
        std::string pattern = fs::temp_directory_path() / "latchkey-power-XXXXXX";
        path = ::mkdtemp(pattern.data());
    }
    ~Supplies() { fs::remove_all(path); }
    void set(std::string const& supply, std::string const& attribute, std::string const& value) const
    {
        fs::create_directories(path / supply);
        std::ofstream(path / supply / attribute) << value << '\n';
    }
    void battery(std::string const& status) const
    {
        set("BAT0", "type", "Battery");
        set("BAT0", "status", status);
    }
    void charger(bool online) const
    {
        set("AC", "type", "Mains");
        set("AC", "online", online ? "1" : "0");
    }
    PowerSupplies read() const { return read_power_supplies(path); }
    fs::path path;
};

TEST(PowerSuppliesTest, OfAMachineWithoutABatteryAreExternal)
{
    Supplies supplies;
    EXPECT_EQ(supplies.read(), (PowerSupplies{true, BatteryStatus::NotPresent, 100}));
    EXPECT_EQ(read_power_supplies("/nonexistent"), (PowerSupplies{true, BatteryStatus::NotPresent, 100}));
    supplies.charger(false);
    EXPECT_TRUE(supplies.read().external) << "a desktop whose supply says nothing is not on battery";
}

TEST(PowerSuppliesTest, AreExternalWhileTheChargerIsConnected)
{
    Supplies supplies;
    supplies.battery("Charging");
    supplies.charger(true);
    EXPECT_EQ(supplies.read(), (PowerSupplies{true, BatteryStatus::Charging, 100}));
    supplies.battery("Full");
    EXPECT_EQ(supplies.read(), (PowerSupplies{true, BatteryStatus::Idle, 100}));
    supplies.charger(false);
    supplies.battery("Discharging");
    EXPECT_EQ(supplies.read(), (PowerSupplies{false, BatteryStatus::Discharging, 100}));
}

TEST(PowerSuppliesTest, HaveTheChargeOfTheFullestBattery)
{
    Supplies supplies;
    supplies.battery("Discharging");
    supplies.set("BAT0", "capacity", "7");
    supplies.set("BAT1", "type", "Battery");
    supplies.set("BAT1", "capacity", "31");
    EXPECT_EQ(supplies.read().charge_percent, 31);
    supplies.set("BAT1", "capacity", "2");
    EXPECT_EQ(supplies.read().charge_percent, 7);
}

TEST(PowerSuppliesTest, OfDevicesDoNotCount)
{
    Supplies supplies;
    supplies.battery("Discharging");
    supplies.set("BAT0", "scope", "Device");
    EXPECT_EQ(supplies.read(), (PowerSupplies{true, BatteryStatus::NotPresent, 100}));
    supplies.set("BAT0", "scope", "System");
    supplies.set("BAT0", "present", "0");
    EXPECT_EQ(supplies.read(), (PowerSupplies{true, BatteryStatus::NotPresent, 100})) << "a bay without a battery";
}

TEST(PowerSourceTest, TellsASnapshotWhenItIsStarted)
{
    Supplies supplies;
    supplies.battery("Discharging");
    auto loop = ipc::EventLoop::create().value();
    std::vector<core::Event> events;
    auto const source = make_power_source(
        loop, [&](core::Event event) { events.push_back(std::move(event)); }, supplies.path);
    source->start();
    EXPECT_TRUE(events.empty()) << "told from the loop, never from inside a call";
    while (events.empty() && loop.turn(5s).value()) {
    }
    ASSERT_EQ(events.size(), 1U);
    auto const& changed = std::get<core::event::FactChanged>(events[0]);
    EXPECT_EQ(changed.fact, core::Fact::ExternalPower);
    EXPECT_EQ(changed.value, core::FactValue::False);
}

TEST(PowerSourceTest, LooksAgainOnlyWhenTheKernelSpeaksOfPower)
{
    using std::string_view_literals::operator""sv;
    EXPECT_TRUE(is_about_power("change@/devices/AC\0ACTION=change\0SUBSYSTEM=power_supply\0SEQNUM=1\0"sv));
    EXPECT_TRUE(is_about_power("SUBSYSTEM=power_supply"sv));
    EXPECT_FALSE(is_about_power("add@/devices/net\0SUBSYSTEM=net\0NAME=SUBSYSTEM=power_supply\0"sv));
    EXPECT_FALSE(is_about_power("SUBSYSTEM=power_supply2\0"sv));
    EXPECT_FALSE(is_about_power(""sv));
}

} // namespace
} // namespace latchkey::sources
