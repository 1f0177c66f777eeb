// SPDX-License-Identifier: MIT
#pragma once

// IBackgroundTaskInstance.Task: the registration, as far as the activation tells it, so that a task which asks for its
// name costs no call to the broker. Unregister and TaskGroup ask the broker for the real one.

#include "taskhost/activation.h"

#include <string_view>

#include <winrt/Windows.ApplicationModel.Background.h>

namespace latchkey::taskhost {

winrt::guid guid_of(LatchkeyGuid const& guid);

winrt::Windows::ApplicationModel::Background::BackgroundTaskRegistration
make_registration(Activation const& activation);

// The trigger that a word of the D-Bus interface names ("TimeZoneChange", "TimeTrigger:15"); null for one that cannot
// be made of its word alone.
winrt::Windows::ApplicationModel::Background::IBackgroundTrigger trigger_from(std::string_view word, bool one_shot);

} // namespace latchkey::taskhost
