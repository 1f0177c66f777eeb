// SPDX-License-Identifier: MIT
#pragma once
#include "Bystander.g.h"

namespace winrt::HostTasks::implementation {
struct Bystander : BystanderT<Bystander> {};
} // namespace winrt::HostTasks::implementation

namespace winrt::HostTasks::factory_implementation {
struct Bystander : BystanderT<Bystander, implementation::Bystander> {};
} // namespace winrt::HostTasks::factory_implementation
