// SPDX-License-Identifier: MIT
// Accepted and empty. C++/WinRT sources include it before winrt/base.h to say that they use classic COM as well; here
// the only IUnknown is winrt::Windows::Foundation::IUnknown.
#pragma once
