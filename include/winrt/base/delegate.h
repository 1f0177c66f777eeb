// SPDX-License-Identifier: MIT
// Delegates: callable references. Any lambda, function or member function becomes one; the member function's object may
// be a raw pointer (which must outlive the delegate), a counted reference, or a weak one (then a call after the
// object's end does nothing). A lambda beside a weak reference is not called either once the object is gone.
#pragma once

#include "winrt/base/weak.h"

namespace winrt::impl {
template <typename F>
struct bound_function {
    F* function;

    template <typename... Args>
    decltype(auto) operator()(Args&&... args) const
    {
        return function(std::forward<Args>(args)...);
    }
};

// O: a pointer of any kind that keeps its object alive, or a raw one.
template <typename O, typename M>
struct bound_method {
    O object;
    M method;

    template <typename... Args>
    decltype(auto) operator()(Args&&... args) const
    {
        return ((*object).*method)(std::forward<Args>(args)...);
    }
};

template <typename O, typename M>
struct weakly_bound_method {
    weakly_bound_method(O&& of, M&& called) : object(std::move(of)), method(std::move(called)) {}

    O object;
    M method;

    template <typename... Args>
    void operator()(Args&&... args)
    {
        if constexpr (requires { object.lock(); }) {
            if (auto const strong = object.lock()) call(*strong, std::forward<Args>(args)...);
        } else {
            if (auto const strong = object.get()) call(*strong, std::forward<Args>(args)...);
        }
    }

private:
    template <typename Object, typename... Args>
    void call(Object& strong, Args&&... args)
    {
        if constexpr (std::is_member_function_pointer_v<M>)
            (strong.*method)(std::forward<Args>(args)...);
        else
            method(std::forward<Args>(args)...);
    }
};

// Calls a member of a projected type, whose reference is the object itself.
template <typename O, typename M>
bound_method<O*, M> bind_method(O* object, M method)
{
    return {object, method};
}
template <typename O, typename M>
bound_method<com_ptr<O>, M> bind_method(com_ptr<O>&& object, M method)
{
    return {std::move(object), method};
}
template <typename O, typename M>
bound_method<std::shared_ptr<O>, M> bind_method(std::shared_ptr<O>&& object, M method)
{
    return {std::move(object), method};
}
template <typename O, typename M>
weakly_bound_method<weak_ref<O>, M> bind_method(weak_ref<O>&& object, M method)
{
    return {std::move(object), std::move(method)};
}
template <typename O, typename M>
weakly_bound_method<std::weak_ptr<O>, M> bind_method(std::weak_ptr<O>&& object, M method)
{
    return {std::move(object), std::move(method)};
}

// The object behind a delegate: a reference count, and the handler as a base. delegate<D, H> (generated) adds Invoke.
template <typename D, typename H>
struct implements_delegate : abi_t<D>, H {
    explicit implements_delegate(H&& handler) : H(std::move(handler)) {}
    implements_delegate(implements_delegate const&) = delete;
    implements_delegate& operator=(implements_delegate const&) = delete;

    int32_t WINRT_CALL QueryInterface(guid const& id, void** object) noexcept final
    {
        if (id == guid_v<D> || id == guid_v<Windows::Foundation::IUnknown> || id == iid_agile_object) {
            *object = static_cast<abi_t<D>*>(this);
            AddRef();
            return error_ok;
        }
        *object = nullptr;
        return error_no_interface;
    }
    uint32_t WINRT_CALL AddRef() noexcept final { return m_references.fetch_add(1, std::memory_order_relaxed) + 1; }
    uint32_t WINRT_CALL Release() noexcept final
    {
        uint32_t const left = m_references.fetch_sub(1, std::memory_order_acq_rel) - 1;
        if (left == 0) delete static_cast<delegate<D, H>*>(this);
        return left;
    }

private:
    std::atomic<uint32_t> m_references{1};
};

template <typename D, typename H>
void* make_delegate(H&& handler)
{
    static_assert(std::is_rvalue_reference_v<H&&>, "the handler moves into the delegate");
    return static_cast<abi_t<D>*>(new delegate<D, H>(std::move(handler)));
}

template <typename L, typename D>
concept delegate_handler = !std::is_base_of_v<Windows::Foundation::IUnknown, std::remove_cvref_t<L>> &&
                           !std::is_same_v<std::remove_cvref_t<L>, std::nullptr_t> && std::is_class_v<L>;

// What every projected delegate derives from; operator() is generated.
template <typename D>
struct delegate_base : Windows::Foundation::IUnknown {
    delegate_base(std::nullptr_t = nullptr) noexcept {}
    delegate_base(void* object, take_ownership_from_abi_t) noexcept : IUnknown(object, take_ownership_from_abi) {}

    template <typename L, std::enable_if_t<delegate_handler<L, D>, int> = 0>
    delegate_base(L handler) : IUnknown(make_delegate<D>(std::move(handler)), take_ownership_from_abi)
    {}
    template <typename R, typename... Args>
    delegate_base(R (*function)(Args...)) : delegate_base(bound_function<R(Args...)>{function})
    {}
    template <typename R, typename... Args>
    delegate_base(R (*function)(Args...) noexcept) : delegate_base(bound_function<R(Args...)>{function})
    {}
    template <typename O, typename M>
    delegate_base(O* object, M method) : delegate_base(bind_method(object, method))
    {}
    template <typename O, typename M>
    delegate_base(com_ptr<O> const& object, M method) : delegate_base(bind_method(com_ptr<O>(object), method))
    {}
    template <typename O, typename M>
    delegate_base(weak_ref<O> const& object, M method)
        : delegate_base(bind_method(weak_ref<O>(object), std::move(method)))
    {}
    template <typename O, typename M>
    delegate_base(std::shared_ptr<O> const& object, M method)
        : delegate_base(bind_method(std::shared_ptr<O>(object), method))
    {}
    template <typename O, typename M>
    delegate_base(std::weak_ptr<O> const& object, M method)
        : delegate_base(bind_method(std::weak_ptr<O>(object), std::move(method)))
    {}
};

// A delegate of C++ only (winrt::delegate<Args…>): what event<> of a class may use when no metadata names one.
template <typename R, typename... Args>
struct WINRT_IMPL_ABI_DECL cpp_delegate_abi : unknown_abi {
    virtual R invoke(Args const&... args) = 0;
};
} // namespace winrt::impl

namespace winrt {
/// A delegate for use within one module: delegate<Args...>, or delegate<R(Args...)> for one that gives a value.
/// Exceptions pass through. Not for the ABI.
template <typename... Args>
struct delegate;
} // namespace winrt

namespace winrt::impl {
template <typename... Args>
struct abi<winrt::delegate<Args...>> {
    using type = cpp_delegate_abi<void, Args...>;
};
template <typename... Args>
inline constexpr guid guid_v<winrt::delegate<Args...>>{
    0x5C1E0C35, 0x1B0D, 0x4F0B, {0x9A, 0x3E, 0x6B, 0x0B, 0x1F, 0x64, 0x9E, 0x21}};

template <typename R, typename... Args>
struct abi<winrt::delegate<R(Args...)>> {
    using type = cpp_delegate_abi<R, Args...>;
};

template <typename H, typename R, typename... Args>
struct delegate<winrt::delegate<R(Args...)>, H> final : implements_delegate<winrt::delegate<R(Args...)>, H> {
    explicit delegate(H&& handler) : implements_delegate<winrt::delegate<R(Args...)>, H>(std::move(handler)) {}
    R invoke(Args const&... args) final { return (*this)(args...); }
};
template <typename H, typename... Args>
struct delegate<winrt::delegate<Args...>, H> final : implements_delegate<winrt::delegate<Args...>, H> {
    explicit delegate(H&& handler) : implements_delegate<winrt::delegate<Args...>, H>(std::move(handler)) {}
    void invoke(Args const&... args) final { (*this)(args...); }
};
} // namespace winrt::impl

namespace winrt {
template <typename... Args>
struct delegate : impl::delegate_base<delegate<Args...>> {
    using impl::delegate_base<delegate<Args...>>::delegate_base;

    void operator()(Args const&... args) const
    {
        static_cast<impl::abi_t<delegate>*>(get_abi(static_cast<Windows::Foundation::IUnknown const&>(*this)))
            ->invoke(args...);
    }
};

template <typename R, typename... Args>
struct delegate<R(Args...)> : impl::delegate_base<delegate<R(Args...)>> {
    using impl::delegate_base<delegate<R(Args...)>>::delegate_base;

    R operator()(Args const&... args) const
    {
        return static_cast<impl::abi_t<delegate>*>(get_abi(static_cast<Windows::Foundation::IUnknown const&>(*this)))
            ->invoke(args...);
    }
};
} // namespace winrt
