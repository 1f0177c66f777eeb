// SPDX-License-Identifier: MIT
#pragma once
#include "Animal.h"
#include "Dog.g.h"
namespace winrt::Probe::implementation {
struct Dog : DogT<Dog> {
    Dog() : DogT<Dog>(L"dog") {}
    hstring Sound() { return L"woof"; }
    int32_t Legs() { return 4; }
    void Fetch() {}
};
} // namespace winrt::Probe::implementation
namespace winrt::Probe::factory_implementation {
struct Dog : DogT<Dog, implementation::Dog> {};
} // namespace winrt::Probe::factory_implementation
