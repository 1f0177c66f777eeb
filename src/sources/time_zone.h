// SPDX-License-Identifier: MIT
#pragma once

// The machine's time zone: TimeZoneChange fires when local time becomes another one, be it that somebody chose another
// zone or that summer time began. Another zone with the same offset changes nothing, so nothing fires. A change while
// the broker does not run is not told.

#include "sources/sources.h"
#include "sources/system_bus.h"

namespace latchkey::sources {

// Choosing a zone takes several steps (unlink, link, rename); they are looked at together.
inline constexpr std::chrono::milliseconds kTimeZoneSettle{100};

// localtime: the file or symbolic link that chooses the zone.
std::unique_ptr<Source> make_time_zone_source(ipc::EventLoop& loop, SystemBus& bus, Happened happened,
                                              std::string localtime = "/etc/localtime");

} // namespace latchkey::sources
