// SPDX-License-Identifier: MIT
// std::hash of projected objects (by identity) and of guids.
#pragma once

#include "winrt/base/object.h"

namespace winrt::impl {
struct hash_base {
    size_t operator()(Windows::Foundation::IUnknown const& value) const noexcept
    {
        Windows::Foundation::IUnknown const identity = query_try_as<Windows::Foundation::IUnknown>(get_abi(value));
        return std::hash<void*>{}(get_abi(identity));
    }
};
} // namespace winrt::impl

template <>
struct std::hash<winrt::guid> {
    size_t operator()(winrt::guid const& value) const noexcept
    {
        uint64_t halves[2];
        std::memcpy(halves, &value, sizeof(halves));
        return static_cast<size_t>(halves[0] ^ (halves[1] * 0x9E3779B97F4A7C15u));
    }
};
template <>
struct std::hash<winrt::Windows::Foundation::IUnknown> : winrt::impl::hash_base {};
template <>
struct std::hash<winrt::Windows::Foundation::IInspectable> : winrt::impl::hash_base {};
template <>
struct std::hash<winrt::Windows::Foundation::IActivationFactory> : winrt::impl::hash_base {};
