// SPDX-License-Identifier: MIT
// How moments, durations, results and states are written for people. Pure, but for the time zone, which is the user's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace latchkey::cli {

// Local time: "09:15:00" of the day of now, else "2026-11-21 09:15:00". 0: "never".
std::string time_text(std::uint64_t at_us, std::uint64_t now_us);

// "0.3 s", "45 s", "2 min", "1 h 5 min", "3 d 2 h"
std::string duration_text(std::uint64_t us);

// "ok", or "failed (0x80004005)" with what it said
std::string result_text(std::int32_t result, std::string_view text);
std::string hresult_text(std::int32_t result);

// Of a BackgroundAccessStatus: "allowed", "not decided", "denied by the user".
std::string_view access_text(std::int32_t status);
// Whether the user could change something by `latchkey allow`.
bool needs_allowing(std::int32_t status, std::string_view profile);

// The broker's sentences have moments as "2026-11-21 09:15:00 UTC"; people read them as they read all others.
std::string in_local_time(std::string sentence, std::uint64_t now_us);

// The first letters of an id, enough to name it by.
std::string short_id(std::string_view id);

// What somebody else wrote, fit for a terminal, whole.
std::string safe(std::string_view text);

std::uint64_t now_us();

} // namespace latchkey::cli
