// SPDX-License-Identifier: MIT
// What people read about tasks, made from the broker's records. Pure: the moment comes in, so a test knows every word.
#pragma once

#include "ipc/dictionary.h"

#include <cstdint>
#include <string>
#include <vector>

namespace latchkey::cli {

// The name, or the entry point of a task without one, or its id.
std::string task_name(ipc::Dictionary const& task);
// "TimeZoneChange, once, if InternetAvailable"
std::string when_text(ipc::Dictionary const& task);

std::string list_text(std::vector<ipc::Dictionary> const& tasks, std::uint64_t now_us);
std::string show_text(ipc::Dictionary const& task, std::uint64_t now_us);
// The answer comes last, where a terminal shows it.
std::string why_text(ipc::Dictionary const& why, std::uint64_t now_us);

// "09:15:00  13 Latched  mail-sync  …", one line with its end.
std::string event_text(ipc::Dictionary const& event, std::uint64_t now_us);

} // namespace latchkey::cli
