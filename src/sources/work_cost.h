// SPDX-License-Identifier: MIT
#pragma once

// How much background work costs now: the fact WorkCostNotHigh and the trigger BackgroundWorkCostChange.
//   high    the processors are wanted by more than there are (the kernel's pressure, PSI), or the battery is nearly
//   empty medium  on battery low     otherwise
// Pressure that has gone counts for some seconds more, so that the cost does not flicker. A kernel that has no
// pressure, or does not tell it to ordinary users (before 6.4), leaves the battery.

#include "sources/sources.h"

namespace latchkey::sources {

inline constexpr std::chrono::seconds kPressureCalm{10};
inline constexpr int kNearlyEmptyPercent = 10;

struct WorkCostPlaces {
    std::string pressure = "/proc/pressure/cpu";
    std::string power_supplies = "/sys/class/power_supply";
};

std::unique_ptr<Source> make_work_cost_source(ipc::EventLoop& loop, Happened happened, WorkCostPlaces places = {});

} // namespace latchkey::sources
