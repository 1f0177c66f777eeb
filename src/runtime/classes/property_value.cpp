// SPDX-License-Identifier: MIT
#include "runtime/classes/factories.h"

#include <Foundation/PropertyValue.g.h>

namespace {

using namespace winrt;
using namespace winrt::Windows::Foundation;

// winrt's own boxes hold single values; this one holds an array.
template <typename T>
inline constexpr PropertyType array_type_v = static_cast<PropertyType>(static_cast<int32_t>(impl::property_type_v<T>) +
                                                                       1024);
template <>
inline constexpr PropertyType array_type_v<IInspectable> = PropertyType::InspectableArray;

template <typename T>
struct PropertyArray : implements<PropertyArray<T>, IReferenceArray<T>, IPropertyValue> {
    explicit PropertyArray(array_view<T const> values) : m_values(values.begin(), values.end()) {}

    com_array<T> Value() const { return com_array<T>(m_values.begin(), m_values.end()); }
    PropertyType Type() const { return array_type_v<T>; }
    bool IsNumericScalar() const { return false; }

#define LATCHKEY_MEMBERS(NAME, TYPE)                                                                                   \
    TYPE Get##NAME() const                                                                                             \
    {                                                                                                                  \
        impl::property_is_of_another_type();                                                                           \
    }                                                                                                                  \
    void Get##NAME##Array(com_array<TYPE>& value) const                                                                \
    {                                                                                                                  \
        copy(value);                                                                                                   \
    }
    LATCHKEY_MEMBERS(UInt8, uint8_t)
    LATCHKEY_MEMBERS(Int16, int16_t)
    LATCHKEY_MEMBERS(UInt16, uint16_t)
    LATCHKEY_MEMBERS(Int32, int32_t)
    LATCHKEY_MEMBERS(UInt32, uint32_t)
    LATCHKEY_MEMBERS(Int64, int64_t)
    LATCHKEY_MEMBERS(UInt64, uint64_t)
    LATCHKEY_MEMBERS(Single, float)
    LATCHKEY_MEMBERS(Double, double)
    LATCHKEY_MEMBERS(Char16, char16_t)
    LATCHKEY_MEMBERS(Boolean, bool)
    LATCHKEY_MEMBERS(String, hstring)
    LATCHKEY_MEMBERS(Guid, guid)
    LATCHKEY_MEMBERS(DateTime, DateTime)
    LATCHKEY_MEMBERS(TimeSpan, TimeSpan)
    LATCHKEY_MEMBERS(Point, Point)
    LATCHKEY_MEMBERS(Size, Size)
    LATCHKEY_MEMBERS(Rect, Rect)
#undef LATCHKEY_MEMBERS
    void GetInspectableArray(com_array<IInspectable>& value) const
    {
        copy(value);
    }

private:
    template <typename N>
    void copy(com_array<N>& value) const
    {
        if constexpr (std::is_same_v<N, T>)
            value = Value();
        else
            impl::property_is_of_another_type();
    }

    com_array<T> m_values;
};

template <typename T>
IInspectable box_array(array_view<T const> values)
{
    return make<PropertyArray<T>>(values);
}

} // namespace

namespace winrt::Windows::Foundation::implementation {

struct PropertyValue {
    static IInspectable CreateEmpty() { return nullptr; }
    static IInspectable CreateInspectable(IInspectable const& value) { return value; }
    static IInspectable CreateInspectableArray(array_view<IInspectable const> value) { return box_array(value); }

#define LATCHKEY_MEMBERS(NAME, TYPE)                                                                                   \
    static IInspectable Create##NAME(TYPE const& value)                                                                \
    {                                                                                                                  \
        return make<impl::reference<TYPE>>(value);                                                                     \
    }                                                                                                                  \
    static IInspectable Create##NAME##Array(array_view<TYPE const> value)                                              \
    {                                                                                                                  \
        return box_array(value);                                                                                       \
    }
    LATCHKEY_MEMBERS(UInt8, uint8_t)
    LATCHKEY_MEMBERS(Int16, int16_t)
    LATCHKEY_MEMBERS(UInt16, uint16_t)
    LATCHKEY_MEMBERS(Int32, int32_t)
    LATCHKEY_MEMBERS(UInt32, uint32_t)
    LATCHKEY_MEMBERS(Int64, int64_t)
    LATCHKEY_MEMBERS(UInt64, uint64_t)
    LATCHKEY_MEMBERS(Single, float)
    LATCHKEY_MEMBERS(Double, double)
    LATCHKEY_MEMBERS(Char16, char16_t)
    LATCHKEY_MEMBERS(Boolean, bool)
    LATCHKEY_MEMBERS(String, hstring)
    LATCHKEY_MEMBERS(Guid, guid)
    LATCHKEY_MEMBERS(DateTime, Windows::Foundation::DateTime)
    LATCHKEY_MEMBERS(TimeSpan, Windows::Foundation::TimeSpan)
    LATCHKEY_MEMBERS(Point, Windows::Foundation::Point)
    LATCHKEY_MEMBERS(Size, Windows::Foundation::Size)
    LATCHKEY_MEMBERS(Rect, Windows::Foundation::Rect)
#undef LATCHKEY_MEMBERS
};

} // namespace winrt::Windows::Foundation::implementation

namespace winrt::Windows::Foundation::factory_implementation {

struct PropertyValue : PropertyValueT<PropertyValue, implementation::PropertyValue> {};

} // namespace winrt::Windows::Foundation::factory_implementation

LATCHKEY_FACTORY(property_value_factory, winrt::Windows::Foundation::factory_implementation::PropertyValue)
