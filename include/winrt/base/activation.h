// SPDX-License-Identifier: MIT
// Factories of runtime classes: found by the runtime's RoGetActivationFactory, kept for the next call.
#pragma once

#include "winrt/base/implements.h"

namespace winrt::impl {
template <>
struct abi<Windows::Foundation::IActivationFactory> {
    struct WINRT_IMPL_ABI_DECL type : inspectable_abi {
        virtual int32_t WINRT_CALL ActivateInstance(void** instance) noexcept = 0;
    };
};
} // namespace winrt::impl

namespace winrt::Windows::Foundation {
/// Makes instances of a class that has a default constructor; every factory has this interface.
struct IActivationFactory : IInspectable {
    IActivationFactory(std::nullptr_t = nullptr) noexcept {}
    IActivationFactory(void* object, take_ownership_from_abi_t) noexcept : IInspectable(object, take_ownership_from_abi)
    {}

    IInspectable ActivateInstance() const
    {
        void* instance{};
        check_hresult(static_cast<impl::abi_t<IActivationFactory>*>(get_abi(*this))->ActivateInstance(&instance));
        return {instance, take_ownership_from_abi};
    }
    template <typename T>
    T ActivateInstance() const
    {
        return ActivateInstance().as<T>();
    }
};
} // namespace winrt::Windows::Foundation

namespace winrt::impl {
template <typename D>
struct produce<D, Windows::Foundation::IActivationFactory> : produce_base<D, Windows::Foundation::IActivationFactory> {
    int32_t WINRT_CALL ActivateInstance(void** instance) noexcept final
    try {
        clear_abi(instance);
        typename D::abi_guard guard(this->shim());
        *instance = detach_from<Windows::Foundation::IInspectable>(this->shim().ActivateInstance());
        return 0;
    } catch (...) {
        return to_hresult();
    }
};

inline hresult find_factory(std::wstring_view class_name, guid const& id, void** factory) noexcept
{
    string_header header{string_is_reference, static_cast<uint32_t>(class_name.size()), 0, 0, class_name.data()};
    static_assert(sizeof(guid) == sizeof(LatchkeyGuid));
    return RoGetActivationFactory(&header, reinterpret_cast<LatchkeyGuid const*>(&id), factory);
}

// One kept factory. Entries are constant-initialised statics, listed from their first use on, and never destroyed: at
// the end of the process the libraries that own the factories may be gone first.
struct kept_factory {
    void* factory{};
    kept_factory* next{};
    bool listed{};
};

struct factory_cache {
    slim_mutex lock;
    kept_factory* first{};

    static factory_cache& instance() noexcept
    {
        static constinit factory_cache cache;
        return cache;
    }

    // The kept factory with one more reference, null when there is none.
    void* find(kept_factory& entry) noexcept
    {
        slim_shared_lock_guard const guard(lock);
        add_ref(as_unknown(entry.factory));
        return entry.factory;
    }

    void keep(kept_factory& entry, void* factory) noexcept
    {
        slim_lock_guard const guard(lock);
        if (entry.factory) return;
        as_unknown(factory)->AddRef();
        entry.factory = factory;
        if (!entry.listed) {
            entry.listed = true;
            entry.next = first;
            first = &entry;
        }
    }

    void clear() noexcept
    {
        // Released outside the lock: a factory's end may ask for another factory.
        for (;;) {
            void* factory = nullptr;
            {
                slim_lock_guard const guard(lock);
                for (kept_factory* entry = first; entry && !factory; entry = entry->next) {
                    factory = std::exchange(entry->factory, nullptr);
                }
            }
            if (!factory) return;
            as_unknown(factory)->Release();
        }
    }
};

inline hresult get_factory(kept_factory& entry, std::wstring_view class_name, guid const& id, void** factory) noexcept
{
    *factory = factory_cache::instance().find(entry);
    if (*factory) return error_ok;
    hresult const result = find_factory(class_name, id, factory);
    if (result >= 0) factory_cache::instance().keep(entry, *factory);
    return result;
}

template <typename Class, typename I>
inline constinit kept_factory kept_factory_v{};

template <typename Class, typename I>
I kept_factory_of()
{
    void* factory{};
    check_hresult(get_factory(kept_factory_v<Class, I>, name_of<Class>(), guid_v<I>, &factory));
    return {factory, take_ownership_from_abi};
}

template <typename Class, typename I, typename F>
auto call_factory(F&& callback)
{
    return callback(kept_factory_of<Class, I>());
}

template <typename Class>
Class activate_instance()
{
    return kept_factory_of<Class, Windows::Foundation::IActivationFactory>().template ActivateInstance<Class>();
}
} // namespace winrt::impl

namespace winrt {
/// The factory of a class, kept for the next call. Throws hresult_class_not_registered when nobody implements it.
template <typename Class, typename I = Windows::Foundation::IActivationFactory>
I get_activation_factory()
{
    return impl::kept_factory_of<Class, I>();
}
/// The factory of a class known by its name at run time.
template <typename I = Windows::Foundation::IActivationFactory>
I get_activation_factory(param::hstring const& class_name)
{
    void* factory{};
    check_hresult(impl::find_factory(static_cast<hstring const&>(class_name), guid_of<I>(), &factory));
    return {factory, take_ownership_from_abi};
}

/// The same, null in the place of an exception.
template <typename Class, typename I = Windows::Foundation::IActivationFactory>
I try_get_activation_factory() noexcept
{
    void* factory{};
    impl::get_factory(impl::kept_factory_v<Class, I>, impl::name_of<Class>(), impl::guid_v<I>, &factory);
    return {factory, take_ownership_from_abi};
}
template <typename Class, typename I = Windows::Foundation::IActivationFactory>
I try_get_activation_factory(hresult_error& failure) noexcept
{
    void* factory{};
    hresult const result =
        impl::get_factory(impl::kept_factory_v<Class, I>, impl::name_of<Class>(), impl::guid_v<I>, &factory);
    failure = result < 0 ? hresult_error(result, take_ownership_from_abi) : hresult_error(impl::error_ok);
    return {factory, take_ownership_from_abi};
}
template <typename I = Windows::Foundation::IActivationFactory>
I try_get_activation_factory(param::hstring const& class_name) noexcept
{
    void* factory{};
    impl::find_factory(static_cast<hstring const&>(class_name), guid_of<I>(), &factory);
    return {factory, take_ownership_from_abi};
}

/// Lets go of every kept factory of this module.
inline void clear_factory_cache() noexcept
{
    impl::factory_cache::instance().clear();
}

/// There is one apartment, which is multi-threaded; the names are Windows'.
enum class apartment_type : int32_t { multi_threaded, single_threaded };

inline void init_apartment(apartment_type = apartment_type::multi_threaded)
{
    check_hresult(RoInitialize(1));
}
inline void uninit_apartment() noexcept
{
    RoUninitialize();
}
} // namespace winrt
