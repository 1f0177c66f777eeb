// SPDX-License-Identifier: MIT
#pragma once

// The ways to name a task: its id, a prefix of that of at least four digits, its NAME, or PACKAGE/NAME.

#include "broker/call.h"
#include "core/broker.h"

#include <string_view>

namespace latchkey::broker {

inline constexpr std::size_t kMinPrefixDigits = 4;
inline constexpr std::size_t kMaxMatchesListed = 10; // in the message of AmbiguousTask

// family: only tasks of this package (empty: of all). A caller does not learn that tasks of others exist.
Judged<core::TaskId> find_task(core::Broker const& rules, std::string_view word, std::string_view family);

} // namespace latchkey::broker
