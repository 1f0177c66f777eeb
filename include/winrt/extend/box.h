// SPDX-License-Identifier: MIT
// Values as objects: box_value puts a value into an IReference<T> that is also an IPropertyValue, unbox_value takes it
// out. Included by winrt/Windows.Foundation.h.
#pragma once

#include "winrt/Windows.Foundation.h"

namespace winrt::impl {
inline constexpr hresult error_type_mismatch{static_cast<int32_t>(0x80028CA0)};
inline constexpr hresult error_overflow{static_cast<int32_t>(0x8002000A)};

template <typename T>
inline constexpr auto property_type_v = Windows::Foundation::PropertyType::OtherType;
#define WINRT_IMPL_PROPERTY_TYPE(TYPE, NAME)                                                                           \
    template <>                                                                                                        \
    inline constexpr auto property_type_v<TYPE> = Windows::Foundation::PropertyType::NAME;
WINRT_IMPL_PROPERTY_TYPE(uint8_t, UInt8)
WINRT_IMPL_PROPERTY_TYPE(int16_t, Int16)
WINRT_IMPL_PROPERTY_TYPE(uint16_t, UInt16)
WINRT_IMPL_PROPERTY_TYPE(int32_t, Int32)
WINRT_IMPL_PROPERTY_TYPE(uint32_t, UInt32)
WINRT_IMPL_PROPERTY_TYPE(int64_t, Int64)
WINRT_IMPL_PROPERTY_TYPE(uint64_t, UInt64)
WINRT_IMPL_PROPERTY_TYPE(float, Single)
WINRT_IMPL_PROPERTY_TYPE(double, Double)
WINRT_IMPL_PROPERTY_TYPE(char16_t, Char16)
WINRT_IMPL_PROPERTY_TYPE(bool, Boolean)
WINRT_IMPL_PROPERTY_TYPE(hstring, String)
WINRT_IMPL_PROPERTY_TYPE(guid, Guid)
WINRT_IMPL_PROPERTY_TYPE(Windows::Foundation::DateTime, DateTime)
WINRT_IMPL_PROPERTY_TYPE(Windows::Foundation::TimeSpan, TimeSpan)
WINRT_IMPL_PROPERTY_TYPE(Windows::Foundation::Point, Point)
WINRT_IMPL_PROPERTY_TYPE(Windows::Foundation::Size, Size)
WINRT_IMPL_PROPERTY_TYPE(Windows::Foundation::Rect, Rect)
#undef WINRT_IMPL_PROPERTY_TYPE

[[noreturn]] inline void property_is_of_another_type()
{
    throw hresult_error(error_type_mismatch, L"the value in this box has another type");
}

// A boxed T as IPropertyValue: numbers convert to numbers that can hold them, everything else only to itself.
template <typename T>
class property_value {
public:
    explicit property_value(T const& value) : m_value(value) {}

    T Value() const { return m_value; }

    Windows::Foundation::PropertyType Type() const noexcept { return property_type_v<T>; }
    bool IsNumericScalar() const noexcept { return is_number<T>; }

    uint8_t GetUInt8() const { return number<uint8_t>(); }
    int16_t GetInt16() const { return number<int16_t>(); }
    uint16_t GetUInt16() const { return number<uint16_t>(); }
    int32_t GetInt32() const { return number<int32_t>(); }
    uint32_t GetUInt32() const { return number<uint32_t>(); }
    int64_t GetInt64() const { return number<int64_t>(); }
    uint64_t GetUInt64() const { return number<uint64_t>(); }
    float GetSingle() const { return number<float>(); }
    double GetDouble() const { return number<double>(); }
    char16_t GetChar16() const { return same<char16_t>(); }
    bool GetBoolean() const { return same<bool>(); }
    hstring GetString() const { return same<hstring>(); }
    guid GetGuid() const { return same<guid>(); }
    Windows::Foundation::DateTime GetDateTime() const { return same<Windows::Foundation::DateTime>(); }
    Windows::Foundation::TimeSpan GetTimeSpan() const { return same<Windows::Foundation::TimeSpan>(); }
    Windows::Foundation::Point GetPoint() const { return same<Windows::Foundation::Point>(); }
    Windows::Foundation::Size GetSize() const { return same<Windows::Foundation::Size>(); }
    Windows::Foundation::Rect GetRect() const { return same<Windows::Foundation::Rect>(); }

    void GetUInt8Array(com_array<uint8_t>&) const { property_is_of_another_type(); }
    void GetInt16Array(com_array<int16_t>&) const { property_is_of_another_type(); }
    void GetUInt16Array(com_array<uint16_t>&) const { property_is_of_another_type(); }
    void GetInt32Array(com_array<int32_t>&) const { property_is_of_another_type(); }
    void GetUInt32Array(com_array<uint32_t>&) const { property_is_of_another_type(); }
    void GetInt64Array(com_array<int64_t>&) const { property_is_of_another_type(); }
    void GetUInt64Array(com_array<uint64_t>&) const { property_is_of_another_type(); }
    void GetSingleArray(com_array<float>&) const { property_is_of_another_type(); }
    void GetDoubleArray(com_array<double>&) const { property_is_of_another_type(); }
    void GetChar16Array(com_array<char16_t>&) const { property_is_of_another_type(); }
    void GetBooleanArray(com_array<bool>&) const { property_is_of_another_type(); }
    void GetStringArray(com_array<hstring>&) const { property_is_of_another_type(); }
    void GetInspectableArray(com_array<Windows::Foundation::IInspectable>&) const { property_is_of_another_type(); }
    void GetGuidArray(com_array<guid>&) const { property_is_of_another_type(); }
    void GetDateTimeArray(com_array<Windows::Foundation::DateTime>&) const { property_is_of_another_type(); }
    void GetTimeSpanArray(com_array<Windows::Foundation::TimeSpan>&) const { property_is_of_another_type(); }
    void GetPointArray(com_array<Windows::Foundation::Point>&) const { property_is_of_another_type(); }
    void GetSizeArray(com_array<Windows::Foundation::Size>&) const { property_is_of_another_type(); }
    void GetRectArray(com_array<Windows::Foundation::Rect>&) const { property_is_of_another_type(); }

private:
    template <typename N>
    static constexpr bool is_number =
        std::is_arithmetic_v<N> && !std::is_same_v<N, bool> && !std::is_same_v<N, char16_t>;

    template <typename N>
    N same() const
    {
        if constexpr (std::is_same_v<N, T>)
            return m_value;
        else
            property_is_of_another_type();
    }

    template <typename N>
    N number() const
    {
        if constexpr (std::is_same_v<N, T>) {
            return m_value;
        } else if constexpr (is_number<T>) {
            if constexpr (std::is_floating_point_v<N>) {
                return static_cast<N>(m_value);
            } else if constexpr (std::is_floating_point_v<T>) {
                // Written so that NaN fails; the upper limit is a power of two and exact.
                constexpr auto limit = static_cast<long double>(std::numeric_limits<N>::max()) + 1;
                auto const wide = static_cast<long double>(m_value);
                if (!(wide > static_cast<long double>(std::numeric_limits<N>::min()) - 1 && wide < limit)) overflow();
                return static_cast<N>(m_value);
            } else {
                auto const converted = static_cast<N>(m_value);
                if (static_cast<T>(converted) != m_value || (converted < N{}) != (m_value < T{})) overflow();
                return converted;
            }
        } else {
            property_is_of_another_type();
        }
    }

    [[noreturn]] static void overflow()
    {
        throw hresult_error(error_overflow, L"the value in this box does not fit the type asked for");
    }

    T m_value;
};

template <typename T>
struct reference final
    : implements<reference<T>, Windows::Foundation::IReference<T>, Windows::Foundation::IPropertyValue>,
      property_value<T> {
    using property_value<T>::property_value;
};

template <typename T>
void* new_reference(T const& value)
{
    Windows::Foundation::IReference<T> box = winrt::make<reference<T>>(value);
    return winrt::detach_abi(box);
}

// The value in a box, if it has one of this type. An enum may also come as its number.
template <typename T>
std::optional<T> try_unbox_as(Windows::Foundation::IInspectable const& box) noexcept
{
    if (!box) return std::nullopt;
    if (auto const typed = box.try_as<Windows::Foundation::IReference<T>>()) return typed.Value();
    if constexpr (std::is_enum_v<T>) {
        if (auto const number = box.try_as<Windows::Foundation::IReference<std::underlying_type_t<T>>>()) {
            return static_cast<T>(number.Value());
        }
    }
    return std::nullopt;
}

template <typename T>
T unbox_as(Windows::Foundation::IInspectable const& box)
{
    if (auto value = try_unbox_as<T>(box)) return *std::move(value);
    throw hresult_no_interface(L"this object is not a box of a " + hstring(name_of<T>()));
}

// The runtime's boxes hold arrays; of the types that an IPropertyValue can be.
template <typename T>
Windows::Foundation::IInspectable box_array(array_view<T const> values)
{
    using Windows::Foundation::PropertyValue;
#define WINRT_IMPL_BOX_ARRAY(TYPE, NAME)                                                                               \
    if constexpr (std::is_same_v<T, TYPE>)                                                                             \
        return PropertyValue::Create##NAME##Array(values);                                                             \
    else
    WINRT_IMPL_BOX_ARRAY(uint8_t, UInt8)
    WINRT_IMPL_BOX_ARRAY(int16_t, Int16)
    WINRT_IMPL_BOX_ARRAY(uint16_t, UInt16)
    WINRT_IMPL_BOX_ARRAY(int32_t, Int32)
    WINRT_IMPL_BOX_ARRAY(uint32_t, UInt32)
    WINRT_IMPL_BOX_ARRAY(int64_t, Int64)
    WINRT_IMPL_BOX_ARRAY(uint64_t, UInt64)
    WINRT_IMPL_BOX_ARRAY(float, Single)
    WINRT_IMPL_BOX_ARRAY(double, Double)
    WINRT_IMPL_BOX_ARRAY(char16_t, Char16)
    WINRT_IMPL_BOX_ARRAY(bool, Boolean)
    WINRT_IMPL_BOX_ARRAY(hstring, String)
    WINRT_IMPL_BOX_ARRAY(guid, Guid)
    WINRT_IMPL_BOX_ARRAY(Windows::Foundation::IInspectable, Inspectable)
    WINRT_IMPL_BOX_ARRAY(Windows::Foundation::DateTime, DateTime)
    WINRT_IMPL_BOX_ARRAY(Windows::Foundation::TimeSpan, TimeSpan)
    WINRT_IMPL_BOX_ARRAY(Windows::Foundation::Point, Point)
    WINRT_IMPL_BOX_ARRAY(Windows::Foundation::Size, Size)
    WINRT_IMPL_BOX_ARRAY(Windows::Foundation::Rect, Rect)
    static_assert(std::is_void_v<T>, "box_value takes arrays of the types of IPropertyValue");
#undef WINRT_IMPL_BOX_ARRAY
}

template <typename T>
struct array_element {
    using type = void;
};
template <typename T>
struct array_element<array_view<T>> {
    using type = std::remove_const_t<T>;
};
template <typename T>
struct array_element<com_array<T>> {
    using type = T;
};
template <typename T>
struct array_element<std::vector<T>> {
    using type = T;
};
template <typename T, size_t size>
struct array_element<std::array<T, size>> {
    using type = T;
};
template <typename T>
using array_element_t = typename array_element<T>::type;

template <typename T>
inline constexpr bool is_text_v = std::is_convertible_v<T const&, param::hstring>;
} // namespace winrt::impl

namespace winrt {
/// What an object says of itself.
inline hstring to_hstring(Windows::Foundation::IStringable const& value)
{
    return value.ToString();
}

/// An object that holds the value, or the values of an array. An object is its own box.
inline Windows::Foundation::IInspectable box_value(param::hstring const& value)
{
    return make<impl::reference<hstring>>(static_cast<hstring const&>(value));
}
template <typename T, std::enable_if_t<!impl::is_text_v<T>, int> = 0>
Windows::Foundation::IInspectable box_value(T const& value)
{
    if constexpr (std::is_convertible_v<T const&, Windows::Foundation::IInspectable>) {
        return value;
    } else if constexpr (!std::is_void_v<impl::array_element_t<T>>) {
        return impl::box_array<impl::array_element_t<T>>(value);
    } else if constexpr (impl::has_category_v<T>) {
        return make<impl::reference<T>>(value);
    } else if constexpr (std::is_convertible_v<T const&, Windows::Foundation::TimeSpan>) {
        return make<impl::reference<Windows::Foundation::TimeSpan>>(value);
    } else if constexpr (std::is_convertible_v<T const&, Windows::Foundation::DateTime>) {
        return make<impl::reference<Windows::Foundation::DateTime>>(value);
    } else if constexpr (std::is_integral_v<T>) {
        // long long, where int64_t is long.
        return make<impl::reference<std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t>>>(value);
    } else {
        static_assert(impl::has_category_v<T>, "box_value takes types of the Windows Runtime");
    }
}

/// The value in a box, an array as com_array<T>; throws hresult_no_interface for null and for a box of another type.
template <typename T>
T unbox_value(Windows::Foundation::IInspectable const& box)
{
    if constexpr (std::is_same_v<T, com_array<impl::array_element_t<T>>>) {
        if (!box) throw hresult_no_interface();
        return box.as<Windows::Foundation::IReferenceArray<impl::array_element_t<T>>>().Value();
    } else if constexpr (impl::projected_object<T>) {
        return box.as<T>();
    } else {
        return impl::unbox_as<T>(box);
    }
}

/// The value in a box, or the default for null and for a box of another type.
template <typename T>
T unbox_value_or(Windows::Foundation::IInspectable const& box, std::common_type_t<T> const& default_value)
{
    if constexpr (impl::projected_object<T>) {
        if (T object = box.try_as<T>()) return object;
        return default_value;
    } else {
        if (auto value = impl::try_unbox_as<T>(box)) return *std::move(value);
        return default_value;
    }
}
} // namespace winrt
