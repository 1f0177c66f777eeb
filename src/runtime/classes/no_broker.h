// SPDX-License-Identifier: MIT
//
// What members answer that need the broker, in a process that has no package identity.
#pragma once

#include <string>
#include <string_view>

#include <winrt/base.h>

namespace latchkey::runtime {

inline constexpr int32_t kNoPackageIdentity = static_cast<int32_t>(0x80070490);

// member: "BackgroundTaskBuilder.Register"
[[noreturn]] inline void throw_no_package_identity(std::wstring_view member)
{
    throw winrt::hresult_error(kNoPackageIdentity,
                               winrt::hstring{std::wstring{member} + L": this process has no package identity, and "
                                                                     L"only packages have background tasks"});
}

} // namespace latchkey::runtime
