// SPDX-License-Identifier: MIT
#include "Stamp.h"

#include "send_stamp.h"

#include <winrt/Windows.ApplicationModel.Background.h>

namespace winrt::DueTasks::implementation {

void Stamp::Run(Windows::ApplicationModel::Background::IBackgroundTaskInstance const& instance)
{
    auto const stamp = latchkey::bench::stamp_now();
    latchkey::bench::send_stamp(to_string(instance.Task().Name()).c_str(), stamp);
}

} // namespace winrt::DueTasks::implementation
