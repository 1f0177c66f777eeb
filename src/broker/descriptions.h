// SPDX-License-Identifier: MIT
#pragma once

// What the broker tells of tasks, events and conditions: the dictionaries that data/org.latchkey.Broker1.xml documents
// for List, Explain and Log, made from the values of the rules and of the store.

#include "core/broker.h"
#include "ipc/dictionary.h"
#include "store/store.h"

#include <string>
#include <string_view>

namespace latchkey::broker {

// One word for where a task stands: idle, latched, buffered, running, spent, quarantined, throttled, not-allowed.
std::string_view state_word(core::Verdict verdict);

// The keys of List.
ipc::Dictionary describe(core::Explanation const& why, store::Activations const& activations);

// The keys of Explain: conditions and runs are lists of dictionaries here. history: of this task, newest first; its
// runs are found in it.
ipc::Dictionary describe_fully(core::Explanation const& why, store::Activations const& activations,
                               std::vector<store::HistoryRow> const& history, core::Broker const& rules,
                               core::Now const& now);
// How many runs Explain tells.
inline constexpr std::size_t kMaxRunsTold = 10;

// The keys of Log and of the signal Event.
ipc::Dictionary describe(core::HistoryEvent const& event, std::string_view task_name, std::string_view entry_point,
                         core::Broker const& rules);
// The event in words.
std::string sentence(core::HistoryEvent const& event, std::string_view task_name, std::string_view entry_point);

} // namespace latchkey::broker
