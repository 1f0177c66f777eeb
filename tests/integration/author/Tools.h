// SPDX-License-Identifier: MIT
#pragma once
#include "Tools.g.h"
namespace winrt::Probe::implementation {
struct Tools {
    Tools() = default;
    static int32_t Add(int32_t a, int32_t b) { return a + b; }
    static hstring Version() { return L"1.0"; }
    static event_token Said(Windows::Foundation::EventHandler<hstring> const& h) { return s_said.add(h); }
    static void Said(event_token const& t) noexcept { s_said.remove(t); }
    static void Say(std::wstring_view text) { s_said(nullptr, hstring(text)); }
    static inline event<Windows::Foundation::EventHandler<hstring>> s_said;
};
} // namespace winrt::Probe::implementation
namespace winrt::Probe::factory_implementation {
struct Tools : ToolsT<Tools, implementation::Tools, static_lifetime> {};
} // namespace winrt::Probe::factory_implementation
