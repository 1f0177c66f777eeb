// SPDX-License-Identifier: MIT
#pragma once

// What one container is for, as the broker tells it to whoever enters it.

#include "container/layers.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace latchkey::container {

inline constexpr std::size_t kMaxPlanBytes = 32768;

struct Plan {
    Network network = Network::None;
    std::string package; // absolute; read-only
    std::string data;    // absolute; writable, and the task's home
    // Absolute folders that programs need beside /usr: where the runtime is. Read-only.
    std::vector<std::string> libraries;

    friend bool operator==(Plan const&, Plan const&) = default;
};

// Between one build's broker and host only. nullopt: these bytes are no plan.
std::string to_bytes(Plan const& plan);
std::optional<Plan> plan_of(std::string_view bytes);

} // namespace latchkey::container
