// SPDX-License-Identifier: MIT
//
// Windows.Storage.ApplicationData: settings that the broker keeps (a call is over when it is committed; nothing is kept
// in this process), and the folders of the package's data.
#pragma once

#include <string>

#include <winrt/Windows.Storage.h>

namespace latchkey::runtime {

// SignalDataChanged, here or in another process of the package: raises DataChanged on the events' pool thread.
void application_data_changed();

// path is the container's in the broker's words: "" LocalSettings, "\Roaming" RoamingSettings.
winrt::Windows::Storage::ApplicationDataContainer
make_container(std::string path, winrt::hstring const& name, winrt::Windows::Storage::ApplicationDataLocality locality);

winrt::Windows::Storage::StorageFolder make_folder(std::string const& path);

} // namespace latchkey::runtime
