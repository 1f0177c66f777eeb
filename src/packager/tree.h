// SPDX-License-Identifier: MIT
#pragma once

// Whole trees of files that nobody vouches for: a package being unpacked, a task's data being deleted.

#include "ipc/io.h"

#include <string>

namespace latchkey::packager {

// Deeper trees are brought up while they are deleted, so that no depth needs more descriptors than this.
inline constexpr int kMaxOpenFolders = 64;

// Deletes everything in the folder, whatever its permissions; links are deleted and never followed. The folder itself
// stays. No error when it is not there.
ipc::Io<void> empty_tree(std::string const& folder);

// Nothing in it may be written any more, and it is on disk.
ipc::Io<void> seal_tree(std::string const& folder);

} // namespace latchkey::packager
