// SPDX-License-Identifier: MIT
// IUnknown and IInspectable as C++ sees them: one counted pointer to an interface of an object, the base of every
// projected interface, class and delegate.
#pragma once

#include "winrt/base/error.h"
#include "winrt/base/identity.h"
#include "winrt/base/meta.h"

namespace winrt {
template <typename D, typename... I>
struct implements;
}

namespace winrt::impl {
template <typename T>
concept implementation_type = requires
{
    typename T::implements_type;
};

template <typename T>
inline void add_ref(T* object) noexcept
{
    if (object) object->AddRef();
}

inline unknown_abi* as_unknown(void* object) noexcept
{
    return static_cast<unknown_abi*>(object);
}

// What as<T>() gives: T when it is a projected type, else a com_ptr to T.
template <typename T>
using com_ref = std::conditional_t<projected_object<T>, T, com_ptr<T>>;

// What to ask for so that the answer fits into a T.
template <typename T>
struct held {
    using type = T;
};
template <typename T>
struct held<com_ptr<T>> {
    using type = T;
};
template <typename T>
using held_type = typename held<T>::type;

// A com_ptr to a projected interface holds the raw vtable pointer.
template <typename T>
inline constexpr bool is_projected_pointer_v = false;
template <typename T>
inline constexpr bool is_projected_pointer_v<com_ptr<T>> = projected_object<T>;

template <typename P>
hresult query_pointer(void* object, P& to) noexcept
{
    void** const result = to.put_void();
    return object ? hresult(as_unknown(object)->QueryInterface(guid_of<held_type<P>>(), result)) : hresult();
}

template <typename T>
com_ref<T> wrap_reference(void* owned) noexcept;

// The pointer that answers for T on the object, with a reference; null and the code when it has none.
template <typename T>
void* query(void* object, hresult& code) noexcept
{
    void* result{};
    if constexpr (implementation_type<T>) {
        code = as_unknown(object)->QueryInterface(guid_of<typename T::default_interface>(), &result);
    } else {
        code = as_unknown(object)->QueryInterface(guid_of<T>(), &result);
    }
    return code < 0 ? nullptr : result;
}

template <typename T>
com_ref<T> query_as(void* object)
{
    if (!object) return wrap_reference<T>(nullptr);
    hresult code;
    void* const result = query<T>(object, code);
    check_hresult(code);
    return wrap_reference<T>(result);
}

template <typename T>
com_ref<T> query_try_as(void* object) noexcept
{
    if (!object) return wrap_reference<T>(nullptr);
    hresult code;
    return wrap_reference<T>(query<T>(object, code));
}

// Types that as<T>() takes out of a box (IReference<T>) rather than asks for as an interface.
template <typename T>
inline constexpr bool is_boxed_value_v = has_category_v<T> && !is_object_v<T>;

// Defined in extend/Windows.Foundation.h.
template <typename T>
T unbox_as(Windows::Foundation::IInspectable const& box);
template <typename T>
std::optional<T> try_unbox_as(Windows::Foundation::IInspectable const& box) noexcept;
} // namespace winrt::impl

namespace winrt::Windows::Foundation {
struct IUnknown {
    IUnknown() noexcept = default;
    IUnknown(std::nullptr_t) noexcept {}
    IUnknown(void* object, take_ownership_from_abi_t) noexcept : m_object(object) {}
    IUnknown(IUnknown const& other) noexcept : m_object(other.m_object) { impl::add_ref(other.unknown()); }
    IUnknown(IUnknown&& other) noexcept : m_object(std::exchange(other.m_object, nullptr)) {}
    ~IUnknown() noexcept { release(); }

    IUnknown& operator=(IUnknown const& other) noexcept
    {
        if (m_object != other.m_object) {
            impl::add_ref(other.unknown());
            release();
            m_object = other.m_object;
        }
        return *this;
    }
    IUnknown& operator=(IUnknown&& other) noexcept
    {
        if (this != &other) {
            release();
            m_object = std::exchange(other.m_object, nullptr);
        }
        return *this;
    }
    IUnknown& operator=(std::nullptr_t) noexcept
    {
        release();
        return *this;
    }

    explicit operator bool() const noexcept { return m_object != nullptr; }

    /// Another interface of the same object; throws hresult_no_interface when it has none. Of a value type (int32_t,
    /// hstring, an enum, a struct): the value in this box.
    template <typename T>
    auto as() const;
    /// The same, empty in the place of an exception: a null reference, or a std::optional for a value type.
    template <typename T>
    auto try_as() const noexcept;
    template <typename T>
    void as(T& to) const
    {
        if constexpr (impl::is_projected_pointer_v<T>) {
            check_hresult(impl::query_pointer(m_object, to));
        } else {
            to = as<impl::held_type<T>>();
        }
    }
    // A value type is emptied when it is not what is in the box.
    template <typename T>
    bool try_as(T& to) const noexcept
    {
        if constexpr (impl::is_projected_pointer_v<T>) {
            impl::query_pointer(m_object, to);
            return static_cast<bool>(to);
        } else if constexpr (impl::is_boxed_value_v<T>) {
            auto found = try_as<T>();
            to = found ? *std::move(found) : T{};
            return found.has_value();
        } else {
            to = try_as<impl::held_type<T>>();
            return static_cast<bool>(to);
        }
    }

    /// As Windows' as(GUID) form: the interface named at run time.
    hresult as(guid const& id, void** result) const noexcept { return unknown()->QueryInterface(id, result); }

    friend void* get_abi(IUnknown const& object) noexcept;
    friend void** put_abi(IUnknown& object) noexcept;
    friend void* detach_abi(IUnknown& object) noexcept;

protected:
    impl::unknown_abi* unknown() const noexcept { return impl::as_unknown(m_object); }

private:
    void release() noexcept
    {
        if (void* const object = std::exchange(m_object, nullptr)) impl::as_unknown(object)->Release();
    }

    void* m_object{};
};

inline void* get_abi(IUnknown const& object) noexcept
{
    return object.m_object;
}
inline void** put_abi(IUnknown& object) noexcept
{
    object.release();
    return &object.m_object;
}
inline void* detach_abi(IUnknown& object) noexcept
{
    return std::exchange(object.m_object, nullptr);
}
inline void* detach_abi(IUnknown&& object) noexcept
{
    return detach_abi(object);
}
inline void attach_abi(IUnknown& object, void* value) noexcept
{
    *put_abi(object) = value;
}
inline void copy_from_abi(IUnknown& object, void* value) noexcept
{
    impl::add_ref(impl::as_unknown(value));
    attach_abi(object, value);
}
inline void copy_to_abi(IUnknown const& object, void*& value) noexcept
{
    value = get_abi(object);
    impl::add_ref(impl::as_unknown(value));
}
inline void swap(IUnknown& left, IUnknown& right) noexcept
{
    void* const object = detach_abi(left);
    attach_abi(left, detach_abi(right));
    attach_abi(right, object);
}

struct IInspectable : IUnknown {
    IInspectable(std::nullptr_t = nullptr) noexcept {}
    IInspectable(void* object, take_ownership_from_abi_t) noexcept : IUnknown(object, take_ownership_from_abi) {}
};
} // namespace winrt::Windows::Foundation

namespace winrt {
using Windows::Foundation::attach_abi;
using Windows::Foundation::copy_from_abi;
using Windows::Foundation::copy_to_abi;
using Windows::Foundation::detach_abi;
using Windows::Foundation::get_abi;
using Windows::Foundation::put_abi;

/// Adds a reference to an ABI pointer and wraps it.
template <typename T>
T from_abi(void* object) noexcept
{
    impl::add_ref(impl::as_unknown(object));
    return T{object, take_ownership_from_abi};
}
} // namespace winrt

namespace winrt::impl {
// COM's identity: two references are to one object when its IUnknown is the same pointer.
inline bool same_object(void* left, void* right) noexcept
{
    if (left == right) return true;
    if (!left || !right) return false;
    Windows::Foundation::IUnknown const first = query_try_as<Windows::Foundation::IUnknown>(left);
    Windows::Foundation::IUnknown const second = query_try_as<Windows::Foundation::IUnknown>(right);
    return get_abi(first) == get_abi(second);
}

// What WINRT_IMPL_SHIM gives for an interface that D does not derive from.
template <typename I>
class held_interface {
public:
    explicit held_interface(void* owned) noexcept : m_object(owned) {}
    held_interface(held_interface const&) = delete;
    held_interface& operator=(held_interface const&) = delete;
    ~held_interface() { as_unknown(m_object)->Release(); }

    abi_t<I>* operator->() const noexcept { return static_cast<abi_t<I>*>(m_object); }

private:
    void* m_object;
};

template <typename I, typename D>
inline auto shim(D const& object)
{
    if constexpr (std::is_base_of_v<I, D>) {
        return static_cast<abi_t<I>*>(get_abi(static_cast<Windows::Foundation::IUnknown const&>(object)));
    } else {
        hresult code;
        void* const result = query<I>(get_abi(static_cast<Windows::Foundation::IUnknown const&>(object)), code);
        check_hresult(code);
        return held_interface<I>(result);
    }
}
} // namespace winrt::impl

namespace winrt::Windows::Foundation {
inline bool operator==(IUnknown const& left, IUnknown const& right) noexcept
{
    return impl::same_object(get_abi(left), get_abi(right));
}
inline bool operator==(IUnknown const& left, std::nullptr_t) noexcept
{
    return get_abi(left) == nullptr;
}
inline bool operator<(IUnknown const& left, IUnknown const& right) noexcept
{
    if (get_abi(left) == get_abi(right)) return false;
    if (!left || !right) return get_abi(left) < get_abi(right);
    return get_abi(impl::query_try_as<IUnknown>(get_abi(left))) < get_abi(impl::query_try_as<IUnknown>(get_abi(right)));
}
inline bool operator>(IUnknown const& left, IUnknown const& right) noexcept
{
    return right < left;
}
inline bool operator<=(IUnknown const& left, IUnknown const& right) noexcept
{
    return !(right < left);
}
inline bool operator>=(IUnknown const& left, IUnknown const& right) noexcept
{
    return !(left < right);
}

template <typename T>
auto IUnknown::as() const
{
    if constexpr (impl::is_boxed_value_v<T>) {
        return impl::unbox_as<T>(impl::query_as<IInspectable>(m_object));
    } else {
        return impl::query_as<T>(m_object);
    }
}

template <typename T>
auto IUnknown::try_as() const noexcept
{
    if constexpr (impl::is_boxed_value_v<T>) {
        return impl::try_unbox_as<T>(impl::query_try_as<IInspectable>(m_object));
    } else {
        return impl::query_try_as<T>(m_object);
    }
}
} // namespace winrt::Windows::Foundation

namespace winrt {
/// The interfaces that an object says it has.
com_array<guid> get_interfaces(Windows::Foundation::IInspectable const& object);

inline hstring get_class_name(Windows::Foundation::IInspectable const& object)
{
    void* name{};
    check_hresult(static_cast<impl::inspectable_abi*>(get_abi(object))->GetRuntimeClassName(&name));
    return {name, take_ownership_from_abi};
}

inline Windows::Foundation::TrustLevel get_trust_level(Windows::Foundation::IInspectable const& object)
{
    Windows::Foundation::TrustLevel level{};
    check_hresult(static_cast<impl::inspectable_abi*>(get_abi(object))->GetTrustLevel(&level));
    return level;
}
} // namespace winrt
