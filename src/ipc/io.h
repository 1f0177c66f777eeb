// SPDX-License-Identifier: MIT
#pragma once

// When the world outside fails: a full disk, a bus that is gone, a descriptor that cannot be had. The step in words and
// the reason; whoever gets one either handles it or prints text(), never both.

#include <string>
#include <system_error>

#include <tl/expected.hpp>

namespace latchkey::ipc {

struct IoError {
    std::error_code code;
    std::string what; // the step, e.g. "bind /run/user/1000/latchkey/broker"

    std::string text() const { return what + ": " + code.message(); }
};

template <class T>
using Io = tl::expected<T, IoError>;

// From an errno value, or from the negative errno that libsystemd returns.
inline tl::unexpected<IoError> io_error(int error, std::string what)
{
    return tl::unexpected(
        IoError{std::error_code(error < 0 ? -error : error, std::generic_category()), std::move(what)});
}

} // namespace latchkey::ipc
