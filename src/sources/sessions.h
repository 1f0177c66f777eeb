// SPDX-License-Identifier: MIT
#pragma once

// The user's sessions and presence, as logind tells them.
//   sessions   the fact Session: one of the user's sessions is in front. SessionConnected, SessionDisconnected follow
//   it;
//              SessionStart fires when the user's first session begins while the broker runs
//   presence   the fact UserPresence: a session is in front, not locked, and not idle by the desktop's measure
// Without logind both are unknown.

#include "sources/sources.h"
#include "sources/system_bus.h"

namespace latchkey::sources {

std::unique_ptr<Source> make_session_source(SystemBus& bus, Happened happened);
std::unique_ptr<Source> make_presence_source(SystemBus& bus, Happened happened);

} // namespace latchkey::sources
