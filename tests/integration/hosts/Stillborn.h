// SPDX-License-Identifier: MIT
#pragma once
#include "Stillborn.g.h"

namespace winrt::HostTasks::implementation {
struct Stillborn : StillbornT<Stillborn> {
    Stillborn() { throw hresult_access_denied(L"the constructor refused"); }
    void Run(Windows::ApplicationModel::Background::IBackgroundTaskInstance const&) {}
};
} // namespace winrt::HostTasks::implementation

namespace winrt::HostTasks::factory_implementation {
struct Stillborn : StillbornT<Stillborn, implementation::Stillborn> {};
} // namespace winrt::HostTasks::factory_implementation
