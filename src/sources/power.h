// SPDX-License-Identifier: MIT
#pragma once

// Where the machine's power comes from: the fact ExternalPower, which maintenance triggers wait for, and the trigger
// PowerStateChange. Read from the kernel's power supplies; looked at again when the kernel announces that one changed.

#include "sources/power_watch.h"
#include "sources/sources.h"

namespace latchkey::sources {

std::unique_ptr<Source> make_power_source(ipc::EventLoop& loop, Happened happened,
                                          std::string folder = "/sys/class/power_supply");

} // namespace latchkey::sources
