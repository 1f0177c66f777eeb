// SPDX-License-Identifier: MIT
#pragma once
#include "Actor.g.h"

namespace winrt::HostTasks::implementation {
struct Actor : ActorT<Actor> {
    void Run(Windows::ApplicationModel::Background::IBackgroundTaskInstance const& instance);

private:
    Windows::ApplicationModel::Background::BackgroundTaskDeferral m_deferral{nullptr};
};
} // namespace winrt::HostTasks::implementation

namespace winrt::HostTasks::factory_implementation {
struct Actor : ActorT<Actor, implementation::Actor> {};
} // namespace winrt::HostTasks::factory_implementation
