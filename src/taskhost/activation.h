// SPDX-License-Identifier: MIT
#pragma once

// What the broker asks a host to run, and how the class for it is found.

#include "taskhost/message.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <tl/expected.hpp>
#include <winrt/Windows.ApplicationModel.Background.h>

namespace latchkey::taskhost {

// LATCHKEY_HOST_ACTIVATE, taken apart.
struct Activation {
    std::uint32_t slot = 0;
    LatchkeyGuid instance{};
    LatchkeyGuid task{};
    std::string entry_point;
    std::string name;
    std::string trigger;
    std::string detail_kind;
    std::string detail;
};

// Where the package's classes are: LATCHKEY_HOST_CONFIGURE and LATCHKEY_HOST_CLASSES.
struct ClassPlaces {
    std::map<std::string, std::string, std::less<>> libraries; // by class
    std::vector<std::string> probe_folders;
};

// As it goes into LATCHKEY_HOST_COMPLETED.
struct Failure {
    std::int32_t result = 0;
    std::string message;
};

// Makes an object of the class. The results are told apart in docs/host-protocol.md. Runs code of the package.
tl::expected<winrt::Windows::ApplicationModel::Background::IBackgroundTask, Failure>
make_task(std::string const& entry_point, ClassPlaces const& places);

} // namespace latchkey::taskhost
