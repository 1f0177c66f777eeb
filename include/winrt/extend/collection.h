// SPDX-License-Identifier: MIT
// What vectors and maps have in common: iterators that notice when their collection has changed, key-value pairs,
// locks. Included by winrt/Windows.Foundation.Collections.h.
#pragma once

#include "winrt/Windows.Foundation.Collections.h"

namespace winrt::impl {
namespace collections = Windows::Foundation::Collections;

// The lock of a single_threaded collection does nothing.
struct no_lock {
    void lock() const noexcept {}
    void unlock() const noexcept {}
    void lock_shared() const noexcept {}
    void unlock_shared() const noexcept {}
};

template <typename Lock>
struct exclusive_guard {
    explicit exclusive_guard(Lock& lock) : m_lock(lock) { m_lock.lock(); }
    exclusive_guard(exclusive_guard const&) = delete;
    exclusive_guard& operator=(exclusive_guard const&) = delete;
    ~exclusive_guard() { m_lock.unlock(); }

private:
    Lock& m_lock;
};
template <typename Lock>
struct shared_guard {
    explicit shared_guard(Lock& lock) : m_lock(lock) { m_lock.lock_shared(); }
    shared_guard(shared_guard const&) = delete;
    shared_guard& operator=(shared_guard const&) = delete;
    ~shared_guard() { m_lock.unlock_shared(); }

private:
    Lock& m_lock;
};

// Counts changes, so that iterators can tell.
class collection_version {
public:
    class snapshot {
    public:
        explicit snapshot(collection_version const& version) noexcept : m_seen(version.current()) {}
        void check(collection_version const& version) const
        {
            if (m_seen != version.current()) throw hresult_changed_state(L"the collection has changed since");
        }

    private:
        uint32_t m_seen;
    };

    void increment() noexcept { m_version.fetch_add(1, std::memory_order_relaxed); }

private:
    uint32_t current() const noexcept { return m_version.load(std::memory_order_relaxed); }

    std::atomic<uint32_t> m_version{0};
};

// For collections that never change.
struct constant_version {
    struct snapshot {
        explicit snapshot(constant_version const&) noexcept {}
        void check(constant_version const&) const noexcept {}
    };
};

template <typename K, typename V>
struct key_value_pair final : implements<key_value_pair<K, V>, collections::IKeyValuePair<K, V>> {
    key_value_pair(K const& key, V const& value) : m_key(key), m_value(value) {}

    K Key() const { return m_key; }
    V Value() const { return m_value; }

private:
    K const m_key;
    V const m_value;
};

// What an iterator gives for an element of the container.
template <typename T>
struct element {
    template <typename Value>
    static T of(Value const& value)
    {
        return value;
    }
};
template <typename K, typename V>
struct element<collections::IKeyValuePair<K, V>> {
    template <typename Value>
    static collections::IKeyValuePair<K, V> of(Value const& value)
    {
        return make<key_value_pair<K, V>>(value.first, value.second);
    }
};

// A walk over D's container, which it keeps alive.
template <typename D, typename T>
struct collection_iterator final : implements<collection_iterator<D, T>, collections::IIterator<T>> {
    explicit collection_iterator(D* owner)
        : m_seen(owner->version()), m_current(owner->get_container().begin()), m_end(owner->get_container().end())
    {
        m_owner.copy_from(owner);
    }

    T Current() const
    {
        shared_guard guard(m_owner->collection_lock());
        m_seen.check(m_owner->version());
        if (m_current == m_end) throw hresult_out_of_bounds(L"the iterator is past the last element");
        return element<T>::of(*m_current);
    }
    bool HasCurrent() const
    {
        shared_guard guard(m_owner->collection_lock());
        m_seen.check(m_owner->version());
        return m_current != m_end;
    }
    bool MoveNext()
    {
        exclusive_guard guard(m_owner->collection_lock());
        m_seen.check(m_owner->version());
        if (m_current != m_end) ++m_current;
        return m_current != m_end;
    }
    uint32_t GetMany(array_view<T> values)
    {
        exclusive_guard guard(m_owner->collection_lock());
        m_seen.check(m_owner->version());
        uint32_t count = 0;
        for (; count < values.size() && m_current != m_end; ++count, ++m_current) {
            values[count] = element<T>::of(*m_current);
        }
        return count;
    }

private:
    using iterator_type = decltype(std::declval<D const&>().get_container().begin());

    com_ptr<D> m_owner;
    typename D::version_type::snapshot m_seen;
    iterator_type m_current;
    iterator_type const m_end;
};
} // namespace winrt::impl

namespace winrt {
/// Bases of an author's own collection class D, which derives from implements<D, …> too and has get_container(), const
/// and not. They give D the members of IIterable, IVectorView, IVector, IMapView, IMap and their observable forms. Lock
/// is winrt::slim_mutex for a class that several threads use.
template <typename D, typename T, typename Version = impl::constant_version, typename Lock = impl::no_lock>
struct iterable_base {
    using version_type = Version;

    impl::collections::IIterator<T> First()
    {
        impl::shared_guard guard(m_lock);
        return make<impl::collection_iterator<D, T>>(static_cast<D*>(this));
    }

    version_type const& version() const noexcept { return m_version; }
    Lock& collection_lock() const noexcept { return m_lock; }

protected:
    void increment_version() noexcept { m_version.increment(); }

    auto& container() noexcept { return static_cast<D&>(*this).get_container(); }
    auto const& container() const noexcept { return static_cast<D const&>(*this).get_container(); }

    mutable Lock m_lock;

private:
    version_type m_version;
};
} // namespace winrt
