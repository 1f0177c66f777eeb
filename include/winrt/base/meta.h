// SPDX-License-Identifier: MIT
// The vocabulary that generated headers specialise: what kind of type something is, what it looks like at the ABI, and
// which members an interface gives to the classes that have it.
#pragma once

#include "winrt/base/guid.h"
#include "winrt/base/prelude.h"

namespace winrt {
struct hstring;

template <typename T>
struct com_ptr;
template <typename T>
struct weak_ref;
template <typename T>
struct com_array;
template <typename T>
struct array_view;

/// Says that a constructor takes over the reference that it is handed.
struct take_ownership_from_abi_t {};
inline constexpr take_ownership_from_abi_t take_ownership_from_abi{};

/// Says that an event registration ends with the revoker that it returns.
struct auto_revoke_t {};
inline constexpr auto_revoke_t auto_revoke{};

/// An HRESULT: negative is failure.
struct hresult {
    int32_t value{};

    constexpr hresult() noexcept = default;
    constexpr hresult(int32_t code) noexcept : value(code) {}
    constexpr operator int32_t() const noexcept { return value; }
};

/// What an event gives for a handler, and takes to forget it.
struct event_token {
    int64_t value{};

    explicit operator bool() const noexcept { return value != 0; }
    friend bool operator==(event_token left, event_token right) noexcept { return left.value == right.value; }
};
} // namespace winrt

namespace winrt::Windows::Foundation {
enum class TrustLevel : int32_t { BaseTrust, PartialTrust, FullTrust };

enum class AsyncStatus : int32_t;

struct IUnknown;
struct IInspectable;
struct IActivationFactory;

struct IAsyncAction;
template <typename TProgress>
struct IAsyncActionWithProgress;
template <typename TResult>
struct IAsyncOperation;
template <typename TResult, typename TProgress>
struct IAsyncOperationWithProgress;

template <typename T>
struct IReference;
template <typename T>
struct IReferenceArray;

namespace Collections {
template <typename T>
struct IIterable;
template <typename T>
struct IIterator;
template <typename T>
struct IVector;
template <typename T>
struct IVectorView;
template <typename T>
struct IObservableVector;
template <typename K, typename V>
struct IKeyValuePair;
template <typename K, typename V>
struct IMap;
template <typename K, typename V>
struct IMapView;
template <typename K, typename V>
struct IObservableMap;
} // namespace Collections
} // namespace winrt::Windows::Foundation

namespace winrt::impl {
// ---- Categories ------------------------------------------------------------------------------------------------

struct basic_category;
struct interface_category;
struct delegate_category;
struct enum_category;
struct class_category;
template <typename... Fields>
struct struct_category;
template <typename... Args>
struct pinterface_category;
template <typename... Args>
struct pdelegate_category;

template <typename T>
struct category {
    using type = void;
};
template <typename T>
using category_t = typename category<T>::type;

// True of types that are a pointer at the ABI; never asks for the type itself to be complete.
template <typename Category>
inline constexpr bool is_object_category = false;
template <>
inline constexpr bool is_object_category<interface_category> = true;
template <>
inline constexpr bool is_object_category<delegate_category> = true;
template <>
inline constexpr bool is_object_category<class_category> = true;
template <typename... Args>
inline constexpr bool is_object_category<pinterface_category<Args...>> = true;
template <typename... Args>
inline constexpr bool is_object_category<pdelegate_category<Args...>> = true;

// Object itself is a basic type of metadata.
template <typename T>
inline constexpr bool is_object_v =
    is_object_category<category_t<T>> || std::is_same_v<T, Windows::Foundation::IInspectable>;

template <typename T>
inline constexpr bool has_category_v = !std::is_void_v<category_t<T>>;

template <typename T>
inline constexpr bool is_class_v = std::is_same_v<category_t<T>, class_category>;

// Projected types that hold one interface pointer.
template <typename T>
concept projected_object = std::is_base_of_v<Windows::Foundation::IUnknown, T>;

// ---- The ABI ----------------------------------------------------------------------------------------------------

struct WINRT_IMPL_ABI_DECL unknown_abi {
    virtual int32_t WINRT_CALL QueryInterface(guid const& id, void** object) noexcept = 0;
    virtual uint32_t WINRT_CALL AddRef() noexcept = 0;
    virtual uint32_t WINRT_CALL Release() noexcept = 0;
};

struct WINRT_IMPL_ABI_DECL inspectable_abi : unknown_abi {
    virtual int32_t WINRT_CALL GetIids(uint32_t* count, guid** ids) noexcept = 0;
    virtual int32_t WINRT_CALL GetRuntimeClassName(void** name) noexcept = 0;
    virtual int32_t WINRT_CALL GetTrustLevel(Windows::Foundation::TrustLevel* level) noexcept = 0;
};

struct WINRT_IMPL_ABI_DECL weak_reference_abi : unknown_abi {
    virtual int32_t WINRT_CALL Resolve(guid const& id, void** object) noexcept = 0;
};
struct WINRT_IMPL_ABI_DECL weak_reference_source_abi : unknown_abi {
    virtual int32_t WINRT_CALL GetWeakReference(void** reference) noexcept = 0;
};

// abi<T>::type: the vtable struct of an interface or delegate, the plain struct of a struct, else the value itself.
template <typename T, typename = void>
struct abi {
    using type = T;
};
template <typename T>
struct abi<T, std::enable_if_t<std::is_enum_v<T>>> {
    using type = std::underlying_type_t<T>;
};
template <typename T>
using abi_t = typename abi<T>::type;

template <>
struct abi<hresult> {
    using type = int32_t;
};
template <>
struct abi<hstring> {
    using type = void*;
};
template <>
struct abi<Windows::Foundation::IUnknown> {
    using type = unknown_abi;
};
template <>
struct abi<Windows::Foundation::IInspectable> {
    using type = inspectable_abi;
};

// How a T is passed: by value as arg_in, by pointer as arg_out. Usable while T is only declared.
template <typename T, bool object>
struct arg_type {
    using in = abi_t<T>;
};
template <typename T>
struct arg_type<T, true> {
    using in = void*;
};
template <typename T>
struct arg : arg_type<T, is_object_v<T>> {};
template <typename T>
using arg_in = typename arg<T>::in;
template <typename T>
using arg_out = arg_in<T>*;

// ---- Members ----------------------------------------------------------------------------------------------------

template <typename I>
struct consume {
    template <typename D>
    struct type {};
};

// Members that people wrote for an interface, beside those that follow from metadata (IMap::TryLookup,
// IAsyncAction::get). A base of each consume_…; specialised in base/, before any interface is defined.
template <typename D, typename I>
struct consume_extend {};

template <typename D, typename I = D>
using consume_t = typename consume<I>::template type<D>;

// What a value other than nullptr or another reference may be to become a generic interface: the generated
// constructor of each generic interface I asks for it (IReference<T> is made from a T).
template <typename I, typename From>
inline constexpr bool makes_interface = false;
template <typename I>
struct interface_maker;

template <typename D, typename I>
struct require_one : consume_t<D, I> {
    operator I() const noexcept { return static_cast<D const*>(this)->template try_as<I>(); }
};
// D has interfaces I... beside the one that it derives from: their members, and the conversion to each.
template <typename D, typename... I>
struct require : require_one<D, I>... {};

template <typename D, typename C>
struct base_one {
    operator C() const noexcept { return static_cast<D const*>(this)->template try_as<C>(); }
};
// D is a runtime class that extends the runtime classes C...
template <typename D, typename... C>
struct base : base_one<D, C>... {};

template <typename T>
struct default_interface {
    using type = T;
};
// The default interface of a runtime class; any other type is its own.
template <typename T>
using default_interface_t = typename default_interface<T>::type;

template <typename D, typename I>
struct produce;
template <typename D, typename I>
struct produce_base;
template <typename D, typename H>
struct delegate;
} // namespace winrt::impl
