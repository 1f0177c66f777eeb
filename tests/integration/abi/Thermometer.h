// SPDX-License-Identifier: MIT
#pragma once

#include "Thermometer.g.h"

namespace winrt::AbiSample::implementation {

struct Thermometer : ThermometerT<Thermometer> {
    double Celsius() const { return m_celsius; }
    void Celsius(double value) { m_celsius = value; }
    hstring Describe(hstring const& prefix) const { return prefix + to_hstring(static_cast<int32_t>(m_celsius)); }
    int32_t Sum(array_view<int32_t const> values) const;
    Windows::Foundation::Point Shift(Windows::Foundation::Point const& point, float by) const
    {
        return {point.X + by, point.Y - by};
    }
    bool IsNil(guid const& id) const { return id == guid{}; }
    void Fail(hstring const& why) const { throw hresult_access_denied(why); }
    hstring Visit(Windows::Foundation::IClosable const& thing) const;
    void CountTo(int32_t last, NumberHandler const& handler) const;
    com_array<uint8_t> Bytes(uint8_t count) const;

private:
    double m_celsius = 20;
};

} // namespace winrt::AbiSample::implementation

namespace winrt::AbiSample::factory_implementation {

struct Thermometer : ThermometerT<Thermometer, implementation::Thermometer> {};

} // namespace winrt::AbiSample::factory_implementation
