// SPDX-License-Identifier: MIT
#pragma once
#include "Dog.h"
#include "Puppy.g.h"
namespace winrt::Probe::implementation {
struct Puppy : PuppyT<Puppy> {
    Puppy() = default;
    hstring Sound() { return L"yip " + to_hstring(Secret()); }
    int32_t Age() { return m_age; }
    void Age(int32_t a) { m_age = a; }
    int32_t m_age = 1;
};
} // namespace winrt::Probe::implementation
namespace winrt::Probe::factory_implementation {
struct Puppy : PuppyT<Puppy, implementation::Puppy> {};
} // namespace winrt::Probe::factory_implementation
