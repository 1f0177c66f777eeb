// SPDX-License-Identifier: MIT
#pragma once
#include "Thing.g.h"

namespace winrt::Sample::implementation {
struct Thing : ThingT<Thing> {
    Thing();
    explicit Thing(winrt::hstring const& name);
    ~Thing();

    int32_t Count() const { return m_count; }
    void Count(int32_t value);
    Sample::Mode Mode() const { return m_mode; }
    void Mode(Sample::Mode value) { m_mode = value; }
    Sample::Rights Rights() const { return m_rights; }
    void Rights(Sample::Rights value) { m_rights = value; }
    Sample::Pair Pair() const { return m_pair; }
    void Pair(Sample::Pair const& value) { m_pair = value; }
    winrt::guid Id() const { return m_id; }
    void Id(winrt::guid const& value) { m_id = value; }
    Sample::Thing Self() { return *this; }
    bool register_() const { return m_registered; }
    void register_(bool value) { m_registered = value; }

    winrt::event_token Changed(Sample::ChangedHandler const& handler) { return m_changed.add(handler); }
    void Changed(winrt::event_token const& token) noexcept { m_changed.remove(token); }

    int32_t Sum(winrt::array_view<int32_t const> values) const;
    void Fill(winrt::array_view<winrt::hstring> values) const;
    void Take(winrt::com_array<winrt::hstring>& values) const;
    winrt::com_array<int32_t> Numbers() const { return {1, 2, 3}; }
    bool Split(winrt::hstring const& text, winrt::hstring& first, int32_t& rest) const;
    winrt::hstring Say(winrt::hstring const& text) const { return text; }
    winrt::hstring Say(winrt::hstring const& text, int32_t times) const;
    Sample::IBag<winrt::hstring> Bag() const;
    int32_t Quiet() const { return 7; }

    winrt::hstring Name() const { return m_name; }
    winrt::hstring OldName() const { throw winrt::hresult_not_implemented(L"use Name"); }

    static int32_t Made() { return s_made; }
    static winrt::hstring Join(winrt::hstring const& left, winrt::hstring const& right) { return left + right; }
    static winrt::event_token Born(Sample::ChangedHandler const& handler) { return s_born.add(handler); }
    static void Born(winrt::event_token const& token) noexcept { s_born.remove(token); }

private:
    int32_t m_count = 0;
    Sample::Mode m_mode = Sample::Mode::Off;
    Sample::Rights m_rights = Sample::Rights::None;
    Sample::Pair m_pair{};
    winrt::guid m_id{};
    bool m_registered = false;
    winrt::hstring m_name;
    winrt::event<Sample::ChangedHandler> m_changed;
    static inline int32_t s_made = 0;
    static inline winrt::event<Sample::ChangedHandler> s_born;
};
} // namespace winrt::Sample::implementation

namespace winrt::Sample::factory_implementation {
struct Thing : ThingT<Thing, implementation::Thing> {};
} // namespace winrt::Sample::factory_implementation
