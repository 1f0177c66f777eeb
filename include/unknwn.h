// SPDX-License-Identifier: MIT
// C++/WinRT sources include it before winrt/base.h, to say that they use classic COM as well, and get a part of Win32
// with it. Here the only IUnknown is winrt::Windows::Foundation::IUnknown; the leftovers of Win32 are those of the
// other file.
#pragma once

#include "winrt/linux/windows_compat.h"
