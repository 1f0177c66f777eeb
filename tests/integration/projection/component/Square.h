// SPDX-License-Identifier: MIT
#pragma once
#include "Square.g.h"

namespace winrt::Sample::implementation {
struct Square : SquareT<Square> {
    double Side() const { return m_side; }
    void Side(double value) { m_side = value; }
    winrt::hstring Kind() const { return m_side > 0 ? winrt::hstring(L"square") : base_kind(); }

private:
    winrt::hstring base_kind() const { return IShapeOverridesT<Square>::Kind(); }
    double m_side = 0;
};
} // namespace winrt::Sample::implementation

namespace winrt::Sample::factory_implementation {
struct Square : SquareT<Square, implementation::Square> {};
} // namespace winrt::Sample::factory_implementation
