// SPDX-License-Identifier: MIT
#include "Stamp.h"

#include "time_stamp.h"

#include <winrt/Windows.ApplicationModel.Background.h>

namespace winrt::DueTasks::implementation {

void Stamp::Run(Windows::ApplicationModel::Background::IBackgroundTaskInstance const&)
{
    auto const stamp = latchkey::bench::stamp_now();
    (void)!::write(STDOUT_FILENO, &stamp, sizeof stamp); // the package's log
}

} // namespace winrt::DueTasks::implementation
