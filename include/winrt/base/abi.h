// SPDX-License-Identifier: MIT
// Values on their way through a slot: what generated bodies call to pass, receive, clear and hand over.
#pragma once

#include "winrt/base/object.h"
#include "winrt/base/string.h"

namespace winrt::impl {
// Values whose C++ form and ABI form are the same bytes: all but objects and strings, which have functions of their
// own.
template <typename T>
concept plain_value = !projected_object<T> && !std::is_same_v<T, hstring>;
} // namespace winrt::impl

namespace winrt {
// Enums and structs: seen as their ABI form. (Objects, hstring and arrays have better matches.)
template <typename T, std::enable_if_t<impl::plain_value<T> && impl::has_category_v<T>, int> = 0>
auto put_abi(T& value) noexcept
{
    if constexpr (!std::is_trivially_destructible_v<T>) value = T{};
    return reinterpret_cast<impl::abi_t<T>*>(&value);
}
template <typename T, std::enable_if_t<impl::plain_value<T> && impl::has_category_v<T>, int> = 0>
auto const& get_abi(T const& value) noexcept
{
    return reinterpret_cast<impl::abi_t<T> const&>(value);
}
template <typename T, std::enable_if_t<impl::plain_value<T> && impl::has_category_v<T>, int> = 0>
void copy_from_abi(T& value, impl::abi_t<T> const& from)
{
    value = reinterpret_cast<T const&>(from);
}
template <typename T, std::enable_if_t<impl::plain_value<T> && impl::has_category_v<T>, int> = 0>
auto detach_abi(T&& value) noexcept
{
    using plain = std::remove_cvref_t<T>;
    impl::abi_t<plain> result;
    std::memcpy(static_cast<void*>(&result), &value, sizeof(result));
    new (static_cast<void*>(&value)) plain{};
    return result;
}
} // namespace winrt

namespace winrt::impl {
// What passes x by value. get_abi is found for param::… types by their namespace.
template <typename T>
auto bind_in(T const& value) noexcept
{
    if constexpr (std::is_arithmetic_v<T>) {
        return value;
    } else if constexpr (std::is_enum_v<T>) {
        return static_cast<std::underlying_type_t<T>>(value);
    } else if constexpr (plain_value<T> && has_category_v<T>) {
        if constexpr (std::is_same_v<abi_t<T>, T>) {
            return value;
        } else {
            abi_t<T> result;
            std::memcpy(static_cast<void*>(&result), &value, sizeof(result));
            return result;
        }
    } else {
        return get_abi(value);
    }
}

template <typename T>
auto bind_out(T& value) noexcept
{
    return put_abi(value);
}

// Something to receive a T into. (A runtime class without a default constructor, or one that activates, is made null.)
template <typename T>
T empty_value() noexcept
{
    if constexpr (projected_object<T>)
        return T{nullptr};
    else
        return T{};
}

template <typename T>
T const& as_in(arg_in<T> const& value) noexcept
{
    return reinterpret_cast<T const&>(value);
}

template <typename T>
T& as_out(arg_out<T> value) noexcept
{
    return *reinterpret_cast<T*>(value);
}

template <typename T>
void zero_abi([[maybe_unused]] void* value) noexcept
{
    if (value) std::memset(value, 0, sizeof(arg_in<T>));
}
template <typename T>
void zero_abi([[maybe_unused]] void* value, uint32_t size) noexcept
{
    if (value) std::memset(value, 0, sizeof(arg_in<T>) * size);
}

template <typename T>
void clear_abi(T* value) noexcept
{
    if (value) std::memset(static_cast<void*>(value), 0, sizeof(T));
}

// The ABI form of a result, owned by whoever receives it. The parameter makes the conversion to T, or the copy.
template <typename T>
arg_in<T> detach_from(T value) noexcept
{
    if constexpr (std::is_arithmetic_v<T>) {
        return value;
    } else if constexpr (std::is_enum_v<T>) {
        return static_cast<std::underlying_type_t<T>>(value);
    } else {
        return detach_abi(std::move(value));
    }
}

// A T parameter of a generic interface: strings are taken without a copy.
template <typename T>
struct param_type_of {
    using type = T;
};
template <>
struct param_type_of<hstring> {
    using type = param::hstring;
};
template <typename T>
using param_type = typename param_type_of<std::decay_t<T>>::type;
} // namespace winrt::impl
