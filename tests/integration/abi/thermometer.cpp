// SPDX-License-Identifier: MIT
#include "Thermometer.h"

#include <numeric>

#include <winrt/Windows.Foundation.h>

namespace winrt::AbiSample::implementation {

int32_t Thermometer::Sum(array_view<int32_t const> values) const
{
    return std::accumulate(values.begin(), values.end(), 0);
}

void Thermometer::CountTo(int32_t last, NumberHandler const& handler) const
{
    for (int32_t number = 1; number <= last; ++number)
        handler(number);
}

hstring Thermometer::Visit(Windows::Foundation::IClosable const& thing) const
{
    thing.Close();
    return L"closed " + get_class_name(thing);
}

com_array<uint8_t> Thermometer::Bytes(uint8_t count) const
{
    com_array<uint8_t> bytes(count);
    std::iota(bytes.begin(), bytes.end(), uint8_t{0});
    return bytes;
}

} // namespace winrt::AbiSample::implementation
