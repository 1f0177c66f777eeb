// SPDX-License-Identifier: MIT
#pragma once
#include "Stamp.g.h"

namespace winrt::DueTasks::implementation {
struct Stamp : StampT<Stamp> {
    void Run(Windows::ApplicationModel::Background::IBackgroundTaskInstance const& instance);
};
} // namespace winrt::DueTasks::implementation

namespace winrt::DueTasks::factory_implementation {
struct Stamp : StampT<Stamp, implementation::Stamp> {};
} // namespace winrt::DueTasks::factory_implementation
