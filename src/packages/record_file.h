// SPDX-License-Identifier: MIT
#pragma once

// Small files that must be whole after any crash. What returns without error is on disk.

#include "ipc/io.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace latchkey::packages {

// Only a plain file; std::errc::file_too_large when it has more bytes.
ipc::Io<std::string> read_record_file(std::string const& path, std::size_t max_bytes);

// Readers see the old or the new content, never a part (0600).
ipc::Io<void> write_record_file(std::string const& folder, std::string const& name, std::string_view bytes);

// Replaces what has the new name.
ipc::Io<void> rename_in(std::string const& folder, std::string const& from, std::string const& to);
// No error when it is not there.
ipc::Io<void> delete_in(std::string const& folder, std::string const& name);

// With what is above it; no error when it is there. Folders that are made are 0700.
ipc::Io<void> make_private_folder(std::string const& path);

} // namespace latchkey::packages
