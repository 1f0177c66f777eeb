// SPDX-License-Identifier: MIT
// Weak references: winrt::weak_ref, and the block that an implementation shares with them. agile_ref is here too; with
// one apartment it is a plain reference.
#pragma once

#include "winrt/base/com_ptr.h"
#include "winrt/base/lock.h"

namespace winrt::impl {
// The part of an implementation that a weak reference needs. It is also the implementation's IWeakReferenceSource: the
// first slots are that interface's, the rest follow them.
struct WINRT_IMPL_ABI_DECL weak_target : weak_reference_source_abi {
    // Adds a reference unless there is none left.
    virtual bool try_add_ref() noexcept = 0;

protected:
    ~weak_target() = default;
};

// Outlives the object. The lock is held while an object is being resolved, and taken by an object whose last reference
// is gone before it dies, so that try_add_ref never meets a dead object.
class weak_block final : public weak_reference_abi {
public:
    explicit weak_block(weak_target* target) noexcept : m_target(target) {}

    int32_t WINRT_CALL QueryInterface(guid const& id, void** object) noexcept override
    {
        if (id == iid_weak_reference || id == guid_v<Windows::Foundation::IUnknown> || id == iid_agile_object) {
            *object = static_cast<weak_reference_abi*>(this);
            AddRef();
            return error_ok;
        }
        *object = nullptr;
        return error_no_interface;
    }
    uint32_t WINRT_CALL AddRef() noexcept override { return m_references.fetch_add(1, std::memory_order_relaxed) + 1; }
    uint32_t WINRT_CALL Release() noexcept override
    {
        uint32_t const left = m_references.fetch_sub(1, std::memory_order_acq_rel) - 1;
        if (left == 0) delete this;
        return left;
    }
    int32_t WINRT_CALL Resolve(guid const& id, void** object) noexcept override
    {
        *object = nullptr;
        if (!lock_target()) return error_ok;
        int32_t const result = m_target->QueryInterface(id, object);
        m_target->Release();
        return result;
    }

    // True when the object lives and has one more reference for the caller.
    bool lock_target() noexcept
    {
        slim_lock_guard const guard(m_lock);
        return m_target && m_target->try_add_ref();
    }
    void object_is_gone() noexcept
    {
        slim_lock_guard const guard(m_lock);
        m_target = nullptr;
    }

private:
    ~weak_block() = default;

    std::atomic<uint32_t> m_references{1};
    slim_mutex m_lock;
    weak_target* m_target;
};
} // namespace winrt::impl

namespace winrt::impl {
// Asked only once O is known: T may be only declared before.
template <typename O, typename T>
struct refers_to : std::is_convertible<O const&, com_ref<T>> {};
} // namespace winrt::impl

namespace winrt {
/// Refers to an object without keeping it alive. T: a projected type or an implementation.
template <typename T>
struct weak_ref {
    weak_ref(std::nullptr_t = nullptr) noexcept {}
    // Templates, so that T may be only declared where a weak_ref<T> is a member.
    template <typename O>
    requires(!std::is_same_v<O, weak_ref> && !std::is_same_v<O, std::nullptr_t> && impl::refers_to<O, T>::value)
        weak_ref(O const& object)
    {
        refer_to(object);
    }

    /// The object, or null when it is gone.
    [[nodiscard]] auto get() const noexcept
    {
        using reference = impl::com_ref<T>;
        if (!m_reference) return reference{nullptr};
        if constexpr (impl::implementation_type<T>) {
            if (!static_cast<impl::weak_block*>(m_reference.get())->lock_target()) return reference{nullptr};
            return reference{m_implementation, take_ownership_from_abi};
        } else {
            void* object{};
            m_reference->Resolve(guid_of<T>(), &object);
            return impl::wrap_reference<T>(object);
        }
    }

    explicit operator bool() const noexcept { return static_cast<bool>(m_reference); }
    auto put() noexcept { return m_reference.put(); }

private:
    template <typename D, typename... I>
    friend struct implements;
    weak_ref(com_ptr<impl::weak_reference_abi>&& reference, T* object) noexcept
        : m_reference(std::move(reference)), m_implementation(object)
    {}

    template <typename O>
    void refer_to(O const& given)
    {
        impl::com_ref<T> const object = given;
        if (!object) return;
        if constexpr (impl::implementation_type<T>) {
            m_reference = object->get_weak_reference();
            m_implementation = object.get();
        } else {
            com_ptr<impl::weak_reference_source_abi> source;
            check_hresult(static_cast<impl::unknown_abi*>(winrt::get_abi(object))
                              ->QueryInterface(impl::iid_weak_reference_source, source.put_void()));
            check_hresult(source->GetWeakReference(m_reference.put_void()));
        }
    }

    com_ptr<impl::weak_reference_abi> m_reference;
    T* m_implementation{}; // of an implementation: where it is while it lives
};

template <typename T>
weak_ref<T> make_weak(T const& object)
{
    return object;
}
template <typename T>
weak_ref<T> make_weak(com_ptr<T> const& object)
{
    return object;
}

/// A reference for use in any apartment; there is one.
template <typename T>
struct agile_ref {
    agile_ref(std::nullptr_t = nullptr) noexcept {}
    agile_ref(impl::com_ref<T> const& object) : m_object(object) {}

    [[nodiscard]] impl::com_ref<T> get() const noexcept { return m_object; }
    explicit operator bool() const noexcept { return static_cast<bool>(m_object); }

private:
    impl::com_ref<T> m_object{nullptr};
};
template <typename T>
agile_ref(T const&) -> agile_ref<T>;
template <typename T>
agile_ref(com_ptr<T> const&) -> agile_ref<T>;

template <typename T>
agile_ref<T> make_agile(T const& object)
{
    return object;
}
} // namespace winrt
