// SPDX-License-Identifier: MIT
// winrt::com_ptr: a counted pointer to an implementation (what make_self gives) or to a raw ABI interface.
#pragma once

#include "winrt/base/object.h"

namespace winrt {
template <typename T>
struct com_ptr {
    using type = impl::abi_t<T>; // an implementation is its own, and may be only declared here

    com_ptr(std::nullptr_t = nullptr) noexcept {}
    com_ptr(void* pointer, take_ownership_from_abi_t) noexcept : m_pointer(static_cast<type*>(pointer)) {}
    com_ptr(com_ptr const& other) noexcept : m_pointer(other.m_pointer) { impl::add_ref(m_pointer); }
    template <typename U, std::enable_if_t<std::is_convertible_v<U*, T*>, int> = 0>
    com_ptr(com_ptr<U> const& other) noexcept : m_pointer(other.get())
    {
        impl::add_ref(m_pointer);
    }
    com_ptr(com_ptr&& other) noexcept : m_pointer(std::exchange(other.m_pointer, nullptr)) {}
    template <typename U, std::enable_if_t<std::is_convertible_v<U*, T*>, int> = 0>
    com_ptr(com_ptr<U>&& other) noexcept : m_pointer(other.detach())
    {}
    ~com_ptr() noexcept { release(); }

    com_ptr& operator=(com_ptr const& other) noexcept
    {
        copy_from(other.m_pointer);
        return *this;
    }
    com_ptr& operator=(com_ptr&& other) noexcept
    {
        if (this != &other) attach(other.detach());
        return *this;
    }
    template <typename U>
    com_ptr& operator=(com_ptr<U> const& other) noexcept
    {
        copy_from(other.get());
        return *this;
    }
    template <typename U>
    com_ptr& operator=(com_ptr<U>&& other) noexcept
    {
        attach(other.detach());
        return *this;
    }

    explicit operator bool() const noexcept { return m_pointer != nullptr; }
    type* operator->() const noexcept { return m_pointer; }
    type& operator*() const noexcept { return *m_pointer; }
    type* get() const noexcept { return m_pointer; }

    /// Where a function is to leave a pointer; releases what is held.
    type** put() noexcept
    {
        release();
        return &m_pointer;
    }
    void** put_void() noexcept { return reinterpret_cast<void**>(put()); }

    void attach(type* value) noexcept
    {
        release();
        m_pointer = value;
    }
    type* detach() noexcept { return std::exchange(m_pointer, nullptr); }

    void copy_from(type* other) noexcept
    {
        if (m_pointer == other) return;
        impl::add_ref(other);
        release();
        m_pointer = other;
    }
    template <typename U>
    void copy_to(U** other) const noexcept
    {
        impl::add_ref(m_pointer);
        *other = m_pointer;
    }

    template <typename To>
    impl::com_ref<To> as() const
    {
        if (!m_pointer) return nullptr;
        void* result{};
        check_hresult(m_pointer->QueryInterface(id_of<To>(), &result));
        return impl::wrap_reference<To>(result);
    }
    template <typename To>
    impl::com_ref<To> try_as() const noexcept
    {
        if (!m_pointer) return nullptr;
        void* result{};
        m_pointer->QueryInterface(id_of<To>(), &result);
        return impl::wrap_reference<To>(result);
    }
    template <typename To>
    void as(To& to) const
    {
        if constexpr (impl::is_projected_pointer_v<To>)
            check_hresult(impl::query_pointer(unknown(), to));
        else
            to = as<impl::held_type<To>>();
    }
    template <typename To>
    bool try_as(To& to) const noexcept
    {
        if constexpr (impl::is_projected_pointer_v<To>)
            impl::query_pointer(unknown(), to);
        else
            to = try_as<impl::held_type<To>>();
        return static_cast<bool>(to);
    }
    hresult as(guid const& id, void** result) const noexcept { return m_pointer->QueryInterface(id, result); }

    /// Calls function(args…, iid, void**) and keeps what it gives; throws when it fails.
    template <typename F, typename... Args>
    void capture(F function, Args&&... args)
    {
        check_hresult(function(std::forward<Args>(args)..., guid_of<T>(), put_void()));
    }
    template <typename O, typename M, typename... Args>
    void capture(com_ptr<O> const& object, M method, Args&&... args)
    {
        check_hresult((object.get()->*method)(std::forward<Args>(args)..., guid_of<T>(), put_void()));
    }

    /// The same, false in the place of an exception.
    template <typename F, typename... Args>
    bool try_capture(F function, Args&&... args)
    {
        return hresult(function(std::forward<Args>(args)..., guid_of<T>(), put_void())) >= 0;
    }
    template <typename O, typename M, typename... Args>
    bool try_capture(com_ptr<O> const& object, M method, Args&&... args)
    {
        return hresult((object.get()->*method)(std::forward<Args>(args)..., guid_of<T>(), put_void())) >= 0;
    }

    friend bool operator==(com_ptr const& left, com_ptr const& right) noexcept
    {
        return left.m_pointer == right.m_pointer;
    }
    friend bool operator==(com_ptr const& left, std::nullptr_t) noexcept { return !left.m_pointer; }
    friend bool operator<(com_ptr const& left, com_ptr const& right) noexcept
    {
        return std::less<type*>{}(left.m_pointer, right.m_pointer);
    }
    friend void swap(com_ptr& left, com_ptr& right) noexcept { std::swap(left.m_pointer, right.m_pointer); }

private:
    template <typename To>
    static constexpr guid const& id_of() noexcept
    {
        if constexpr (impl::implementation_type<To>)
            return guid_of<typename To::default_interface>();
        else
            return guid_of<To>();
    }

    // Some IUnknown of the object.
    void* unknown() const noexcept
    {
        if constexpr (impl::implementation_type<T>) {
            return m_pointer ? static_cast<impl::weak_reference_source_abi*>(m_pointer) : nullptr;
        } else {
            return m_pointer;
        }
    }

    void release() noexcept
    {
        if (type* const pointer = std::exchange(m_pointer, nullptr)) pointer->Release();
    }

    type* m_pointer{};
};

/// What function(args…, iid, void**) gives, as a T: a projected type, else a com_ptr<T>. Throws when it fails.
template <typename T, typename F, typename... Args>
impl::com_ref<T> capture(F function, Args&&... args)
{
    void* result{};
    check_hresult(function(std::forward<Args>(args)..., guid_of<T>(), &result));
    return impl::wrap_reference<T>(result);
}
template <typename T, typename O, typename M, typename... Args>
impl::com_ref<T> capture(com_ptr<O> const& object, M method, Args&&... args)
{
    void* result{};
    check_hresult((object.get()->*method)(std::forward<Args>(args)..., guid_of<T>(), &result));
    return impl::wrap_reference<T>(result);
}

/// The same, null in the place of an exception.
template <typename T, typename F, typename... Args>
impl::com_ref<T> try_capture(F function, Args&&... args)
{
    void* result{};
    function(std::forward<Args>(args)..., guid_of<T>(), &result);
    return impl::wrap_reference<T>(result);
}
template <typename T, typename O, typename M, typename... Args>
impl::com_ref<T> try_capture(com_ptr<O> const& object, M method, Args&&... args)
{
    void* result{};
    (object.get()->*method)(std::forward<Args>(args)..., guid_of<T>(), &result);
    return impl::wrap_reference<T>(result);
}

template <typename T>
auto get_abi(com_ptr<T> const& object) noexcept
{
    return object.get();
}
template <typename T>
auto put_abi(com_ptr<T>& object) noexcept
{
    return object.put_void();
}
template <typename T>
void* detach_abi(com_ptr<T>& object) noexcept
{
    return object.detach();
}
template <typename T>
void attach_abi(com_ptr<T>& object, void* value) noexcept
{
    object.attach(static_cast<typename com_ptr<T>::type*>(value));
}

namespace impl {
// D of an implementation, from the pointer of one of its interfaces.
template <typename D, typename I>
D* implementation_of(void* interface_pointer) noexcept;

template <typename T>
com_ref<T> wrap_reference(void* owned) noexcept
{
    if constexpr (projected_object<T>) {
        return T{owned, take_ownership_from_abi};
    } else if constexpr (implementation_type<T>) {
        return {owned ? implementation_of<T, typename T::default_interface>(owned) : nullptr, take_ownership_from_abi};
    } else {
        return {owned, take_ownership_from_abi};
    }
}
} // namespace impl
} // namespace winrt
