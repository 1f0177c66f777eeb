// SPDX-License-Identifier: MIT
#pragma once
#include "Clerk.g.h"

namespace winrt::ChaosTasks::implementation {
struct Clerk : ClerkT<Clerk> {
    void Run(Windows::ApplicationModel::Background::IBackgroundTaskInstance const& instance);
};
} // namespace winrt::ChaosTasks::implementation

namespace winrt::ChaosTasks::factory_implementation {
struct Clerk : ClerkT<Clerk, implementation::Clerk> {};
} // namespace winrt::ChaosTasks::factory_implementation
