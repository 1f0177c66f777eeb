// SPDX-License-Identifier: MIT
#pragma once
#include "Animal.g.h"
namespace winrt::Probe::implementation {
struct Animal : AnimalT<Animal> {
    Animal() = default;
    Animal(hstring const& name) : m_name(name) {}
    hstring Name() { return m_name; }
    hstring Sound() { return L"..."; }
    hstring Speak() { return m_name + L" says " + overridable<Probe::IAnimalOverrides>().Sound(); }
    int32_t Secret() { return 42; }
    hstring m_name{L"animal"};
};
} // namespace winrt::Probe::implementation
namespace winrt::Probe::factory_implementation {
struct Animal : AnimalT<Animal, implementation::Animal> {};
} // namespace winrt::Probe::factory_implementation
