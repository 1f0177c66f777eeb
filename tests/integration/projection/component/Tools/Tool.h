// SPDX-License-Identifier: MIT
#pragma once
#include "Tools/Tool.g.h"

namespace winrt::Sample::Tools::implementation {
struct Tool {
    static int32_t Double(int32_t value) { return value * 2; }
};
} // namespace winrt::Sample::Tools::implementation

namespace winrt::Sample::Tools::factory_implementation {
struct Tool : ToolT<Tool, implementation::Tool> {};
} // namespace winrt::Sample::Tools::factory_implementation
