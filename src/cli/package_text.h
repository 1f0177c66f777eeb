// SPDX-License-Identifier: MIT
// What people read about packages and about the broker's machine, made from the broker's records. Pure.
#pragma once

#include "ipc/dictionary.h"

#include <string>
#include <string_view>
#include <vector>

namespace latchkey::cli {

std::string packages_text(std::vector<ipc::Dictionary> const& packages);

// After an installation: what is there now and what it may do.
std::string installed_text(ipc::Dictionary const& installed, std::string_view profile);

// "Tasks.Mail on timer, systemEvent", one a line.
std::string declared_text(ipc::Dictionary const& installed, std::string_view indent);

// What works here and what does not, with what to do about it.
std::string findings_text(std::vector<ipc::Dictionary> const& findings);

} // namespace latchkey::cli
