// SPDX-License-Identifier: MIT
#pragma once

// IBackgroundTaskInstance.TriggerDetails: the detail of an activation as an object. docs/host-protocol.md, Details.

#include <string_view>

#include <winrt/Windows.Foundation.h>

namespace latchkey::taskhost {

// Null when the trigger has none. Throws hresult_invalid_argument for an ApplicationTrigger's detail that is no
// dictionary.
winrt::Windows::Foundation::IInspectable details_from(std::string_view kind, std::string_view detail);

} // namespace latchkey::taskhost
