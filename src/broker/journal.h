// SPDX-License-Identifier: MIT
#pragma once

// What the broker says beside D-Bus: lines for people, events for the journal, its state for the service manager.

#include "core/history.h"

#include <string>
#include <string_view>

namespace latchkey::broker {

// One line on stderr: the journal when systemd started us, else the broker's log or a terminal.
void say(std::string_view line);

// Whether there is a journal that takes structured events. Asked once at start.
bool journal_is_there();
// An event of the history with its fields: LATCHKEY_EVENT, LATCHKEY_TASK, LATCHKEY_PACKAGE, LATCHKEY_NAME.
void write_to_journal(core::HistoryEvent const& event, std::string const& text, std::string_view task_name);

// READY=1, RELOADING=1, STOPPING=1, STATUS=… to the service manager; nothing when there is none.
void tell_service_manager(std::string const& state);

} // namespace latchkey::broker
