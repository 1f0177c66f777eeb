// SPDX-License-Identifier: MIT
#pragma once
#include "Stamp.g.h"

#include <time.h>

namespace winrt::BenchTasks::implementation {
struct Stamp : StampT<Stamp> {
    static void Run(Windows::ApplicationModel::Background::IBackgroundTaskInstance const& instance)
    {
        timespec now{};
        ::clock_gettime(CLOCK_MONOTONIC, &now);
        // As many nanoseconds as fit: the benchmark knows the rest.
        instance.Progress(static_cast<uint32_t>(now.tv_sec * 1'000'000'000 + now.tv_nsec));
    }
};
} // namespace winrt::BenchTasks::implementation

namespace winrt::BenchTasks::factory_implementation {
struct Stamp : StampT<Stamp, implementation::Stamp> {};
} // namespace winrt::BenchTasks::factory_implementation
