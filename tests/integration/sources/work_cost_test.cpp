// SPDX-License-Identifier: MIT
#include "listener.h"
#include "sources/work_cost.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include <unistd.h>

namespace latchkey::sources {
namespace {

namespace fs = std::filesystem;
using core::Fact;
using core::FactValue;
using core::SystemTriggerType;

class WorkCost : public ::testing::Test {
protected:
    WorkCost()
    {
        std::string pattern = fs::temp_directory_path() / "latchkey-cost-XXXXXX";
        supplies = ::mkdtemp(pattern.data());
    }
    ~WorkCost() override { fs::remove_all(supplies); }
    void battery(std::string const& status, int percent) const
    {
        fs::create_directories(supplies / "BAT0");
        std::ofstream(supplies / "BAT0/type") << "Battery\n";
        std::ofstream(supplies / "BAT0/status") << status << '\n';
        std::ofstream(supplies / "BAT0/capacity") << percent << '\n';
    }
    std::unique_ptr<Source> start(std::string const& pressure)
    {
        auto source = make_work_cost_source(listener.loop, listener.happened, {pressure, supplies});
        source->start();
        return source;
    }

    fs::path supplies;
    test::Listener listener;
};

TEST_F(WorkCost, OnBatteryIsNotHighBeforeTheBatteryIsNearlyEmpty)
{
    battery("Discharging", 11);
    auto source = start("/nonexistent");
    ASSERT_TRUE(listener.until([&] { return listener.fact(Fact::WorkCostNotHigh) != FactValue::Unknown; }));
    EXPECT_EQ(listener.fact(Fact::WorkCostNotHigh), FactValue::True);
    EXPECT_EQ(source->state().name, "work cost (by the battery only)");
    EXPECT_EQ(listener.fired(SystemTriggerType::BackgroundWorkCostChange), 0) << "the snapshot is no change";
    source->stop();

    battery("Discharging", 10);
    source->start();
    ASSERT_TRUE(listener.until([&] { return listener.fact(Fact::WorkCostNotHigh) == FactValue::False; }));
    source->stop();

    battery("Charging", 10);
    source->start();
    ASSERT_TRUE(listener.until([&] { return listener.fact(Fact::WorkCostNotHigh) == FactValue::True; }));
}

// Real load: four times as many threads that want a processor as there are processors.
TEST_F(WorkCost, IsHighWhileMoreIsWantedOfTheProcessorsThanThereIs)
{
    auto const source = start("/proc/pressure/cpu");
    if (source->state().name != "work cost") GTEST_SKIP() << "the kernel does not tell its pressure to this user";
    std::atomic<bool> enough = false;
    std::vector<std::thread> load;
    for (unsigned number = 0; number < 4 * std::max(1U, std::thread::hardware_concurrency()); ++number) {
        load.emplace_back([&enough] {
            while (!enough) {
            }
        });
    }
    bool const high = listener.until([&] { return listener.fact(Fact::WorkCostNotHigh) == FactValue::False; });
    enough = true;
    for (auto& thread : load)
        thread.join();
    EXPECT_TRUE(high);
}

} // namespace
} // namespace latchkey::sources
