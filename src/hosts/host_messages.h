// SPDX-License-Identifier: MIT
#pragma once

// The broker's side of docs/host-protocol.md: requests are put together, reports are taken apart. A report may be any
// bytes; what breaks a rule is an error with the text that the host's instances complete with.

#include "container/layers.h"
#include "hosts/hosts.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <tl/expected.hpp>

namespace latchkey::hosts {

// CONFIGURE, and as many CLASSES as its classes need. The error says what does not fit.
tl::expected<std::vector<std::string>, std::string> configure_messages(PackagePlace const& place);
tl::expected<std::string, std::string> activate_message(std::uint32_t slot, ActivationWords const& words);
std::string cancel_message(std::uint32_t slot, core::CancellationReason reason);
std::string end_message();

struct Ready {
    std::uint32_t version = 0;
    container::Achieved contained; // nothing: the host says nothing of a container
};
struct Started {
    std::uint32_t slot = 0;
};
struct Completed {
    std::uint32_t slot = 0;
    core::HResult result = core::kOk;
    std::string message; // UTF-8; what a task wrote, cleaned
};
using Report = std::variant<Ready, Started, Completed>;

tl::expected<Report, std::string> parse_report(std::string_view bytes);

} // namespace latchkey::hosts
