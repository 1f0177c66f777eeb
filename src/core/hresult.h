// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

namespace latchkey::core {

// An HRESULT as an application sees it: negative is failure.
using HResult = std::int32_t;

constexpr HResult hresult(std::uint32_t bits)
{
    return static_cast<HResult>(bits);
}

inline constexpr HResult kOk = 0;
inline constexpr HResult kAccessDenied = hresult(0x80070005);
inline constexpr HResult kInvalidArgument = hresult(0x80070057);
inline constexpr HResult kNotSupported = hresult(0x80070032);
inline constexpr HResult kNotFound = hresult(0x80070490);
inline constexpr HResult kNotEnoughQuota = hresult(0x80070718);
inline constexpr HResult kClassNotRegistered = hresult(0x80040154);
inline constexpr HResult kTypeLoad = hresult(0x80131522);
inline constexpr HResult kInvalidState = hresult(0x8007139f);

// Ends of instances that the task itself did not report.
inline constexpr HResult kHostCrashed = hresult(0x8007042b);    // ERROR_PROCESS_ABORTED
inline constexpr HResult kSiblingCrashed = hresult(0x80010108); // RPC_E_DISCONNECTED: another task ended the host
inline constexpr HResult kIgnoredCancel = hresult(0x800704c7);  // ERROR_CANCELLED
inline constexpr HResult kInterrupted = hresult(0x800703e3);    // ERROR_OPERATION_ABORTED: given up after restarts

constexpr bool failed(HResult result)
{
    return result < 0;
}

// "0x80040154"
std::string to_hex(HResult result);

} // namespace latchkey::core
