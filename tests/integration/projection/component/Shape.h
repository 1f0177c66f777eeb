// SPDX-License-Identifier: MIT
#pragma once
#include "Shape.g.h"

namespace winrt::Sample::implementation {
struct Shape : ShapeT<Shape> {
    winrt::hstring Describe() const { return L"a " + overridable<IShapeOverrides>().Kind(); }
    winrt::hstring Kind() const { return L"shape"; }
};
} // namespace winrt::Sample::implementation

namespace winrt::Sample::factory_implementation {
struct Shape : ShapeT<Shape, implementation::Shape> {};
} // namespace winrt::Sample::factory_implementation
