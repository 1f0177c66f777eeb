// SPDX-License-Identifier: MIT
#pragma once

// The file to which the tasks and apps of a package print, logs/FAMILY.log. One that has grown large is put aside when
// it is opened again (PATH.1, in place of the one before), so that a task that prints a little each day fills no disk.

#include "ipc/fd.h"

#include <string>

#include <sys/types.h>

namespace latchkey::hosts {

inline constexpr off_t kMaxLogBytes = 4 << 20; // one that is larger is put aside

// For appending, made when absent. When it cannot be had, /dev/null: they run although what they print cannot be kept.
ipc::Fd open_package_log(std::string const& path);

} // namespace latchkey::hosts
