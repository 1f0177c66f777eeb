// SPDX-License-Identifier: MIT
#pragma once

// IBackgroundTaskInstance4.User: the user whose broker started the host.

#include <winrt/Windows.System.h>

namespace latchkey::taskhost {

winrt::Windows::System::User make_user();

} // namespace latchkey::taskhost
