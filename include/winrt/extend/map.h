// SPDX-License-Identifier: MIT
// IMap, IMapView and IObservableMap on std::map and std::unordered_map. Included by
// winrt/Windows.Foundation.Collections.h.
#pragma once

#include "winrt/extend/collection.h"
#include "winrt/extend/vector.h"

#include <map>
#include <unordered_map>

namespace winrt::impl {
[[noreturn]] inline void key_is_missing()
{
    throw hresult_out_of_bounds(L"the map has no such key");
}

// What GetView gives of an author's own map that is no IMapView itself. As the map is, so is the view.
template <typename D, typename K, typename V>
struct map_view_over final : implements<map_view_over<D, K, V>, collections::IMapView<K, V>,
                                        collections::IIterable<collections::IKeyValuePair<K, V>>> {
    explicit map_view_over(D* owner) { m_owner.copy_from(owner); }

    V Lookup(K const& key) const { return m_owner->Lookup(key); }
    uint32_t Size() const { return m_owner->Size(); }
    bool HasKey(K const& key) const { return m_owner->HasKey(key); }
    void Split(collections::IMapView<K, V>& first, collections::IMapView<K, V>& second) const
    {
        m_owner->Split(first, second);
    }
    collections::IIterator<collections::IKeyValuePair<K, V>> First() const { return m_owner->First(); }

private:
    com_ptr<D> m_owner;
};
} // namespace winrt::impl

namespace winrt {
template <typename D, typename K, typename V, typename Version = impl::constant_version, typename Lock = impl::no_lock>
struct map_view_base : iterable_base<D, impl::collections::IKeyValuePair<K, V>, Version, Lock> {
    V Lookup(K const& key) const
    {
        impl::shared_guard guard(this->m_lock);
        auto const& values = this->container();
        auto const found = values.find(key);
        if (found == values.end()) impl::key_is_missing();
        return found->second;
    }
    uint32_t Size() const noexcept
    {
        impl::shared_guard guard(this->m_lock);
        return static_cast<uint32_t>(this->container().size());
    }
    bool HasKey(K const& key) const
    {
        impl::shared_guard guard(this->m_lock);
        auto const& values = this->container();
        return values.find(key) != values.end();
    }
    /// Maps here do not split; both halves are null, as the interface allows.
    void Split(impl::collections::IMapView<K, V>& first, impl::collections::IMapView<K, V>& second) const noexcept
    {
        first = nullptr;
        second = nullptr;
    }
};

// What leaves the container is let go after the lock, as in vector_base.
template <typename D, typename K, typename V, typename Lock = impl::no_lock>
struct map_base : map_view_base<D, K, V, impl::collection_version, Lock> {
    /// This map where it may only be read, not a copy: it shows what changes later.
    impl::collections::IMapView<K, V> GetView()
    {
        if constexpr (std::is_convertible_v<D const&, impl::collections::IMapView<K, V>>)
            return static_cast<D const&>(*this);
        else
            return make<impl::map_view_over<D, K, V>>(static_cast<D*>(this));
    }

    /// True when the key was there and has a new value.
    bool Insert(K const& key, V const& value)
    {
        V replaced = value;
        bool existed = false;
        {
            impl::exclusive_guard guard(this->m_lock);
            auto& values = this->container();
            this->increment_version();
            auto const found = values.find(key);
            existed = found != values.end();
            if (existed) {
                std::swap(found->second, replaced);
            } else {
                values.emplace(key, value);
            }
        }
        self().map_changed(existed ? impl::collections::CollectionChange::ItemChanged
                                   : impl::collections::CollectionChange::ItemInserted,
                           key);
        return existed;
    }
    void Remove(K const& key)
    {
        V removed{impl::empty_value<V>()};
        {
            impl::exclusive_guard guard(this->m_lock);
            auto& values = this->container();
            auto const found = values.find(key);
            if (found == values.end()) impl::key_is_missing();
            this->increment_version();
            std::swap(found->second, removed);
            values.erase(found);
        }
        self().map_changed(impl::collections::CollectionChange::ItemRemoved, key);
    }
    void Clear()
    {
        std::remove_cvref_t<decltype(self().get_container())> removed;
        {
            impl::exclusive_guard guard(this->m_lock);
            this->increment_version();
            std::swap(this->container(), removed);
        }
        self().map_changed(impl::collections::CollectionChange::Reset, impl::empty_value<K>());
    }

    // What an observable map tells.
    void map_changed(impl::collections::CollectionChange, K const&) const noexcept {}

private:
    D& self() noexcept { return static_cast<D&>(*this); }
};

namespace impl {
template <typename K>
struct map_change final : implements<map_change<K>, collections::IMapChangedEventArgs<K>> {
    map_change(collections::CollectionChange change, K const& key) : m_change(change), m_key(key) {}

    collections::CollectionChange CollectionChange() const noexcept { return m_change; }
    K Key() const { return m_key; }

private:
    collections::CollectionChange m_change;
    K const m_key;
};
} // namespace impl

template <typename D, typename K, typename V, typename Lock = impl::no_lock>
struct observable_map_base : map_base<D, K, V, Lock> {
    event_token MapChanged(impl::collections::MapChangedEventHandler<K, V> const& handler)
    {
        return m_changed.add(handler);
    }
    void MapChanged(event_token token) { m_changed.remove(token); }

    void map_changed(impl::collections::CollectionChange change, K const& key)
    {
        if (!m_changed) return;
        impl::collections::IObservableMap<K, V> const sender = static_cast<D&>(*this);
        m_changed(sender, make<impl::map_change<K>>(change, key));
    }

private:
    event<impl::collections::MapChangedEventHandler<K, V>> m_changed;
};

namespace impl {
template <typename K, typename V>
using pair_iterable = collections::IIterable<collections::IKeyValuePair<K, V>>;

template <typename K, typename V, typename Container>
struct map_view_of final : implements<map_view_of<K, V, Container>, collections::IMapView<K, V>, pair_iterable<K, V>>,
                           contained<Container>,
                           map_view_base<map_view_of<K, V, Container>, K, V> {
    using contained<Container>::contained;
};
template <typename K, typename V, typename Container, typename Lock>
struct map_of final : implements<map_of<K, V, Container, Lock>, collections::IMap<K, V>, collections::IMapView<K, V>,
                                 pair_iterable<K, V>>,
                      contained<Container>,
                      map_base<map_of<K, V, Container, Lock>, K, V, Lock> {
    using contained<Container>::contained;
};
template <typename K, typename V, typename Container, typename Lock>
struct observable_map_of final : implements<observable_map_of<K, V, Container, Lock>, collections::IObservableMap<K, V>,
                                            collections::IMap<K, V>, collections::IMapView<K, V>, pair_iterable<K, V>>,
                                 contained<Container>,
                                 observable_map_base<observable_map_of<K, V, Container, Lock>, K, V, Lock> {
    using contained<Container>::contained;
};

// The container to keep: a map of these types moves or is copied, anything else fills a std::map.
template <typename K, typename V, typename Values>
auto map_container_of(Values&& values)
{
    if constexpr (map_container<Values>) {
        using container = std::remove_cvref_t<Values>;
        static_assert(std::is_same_v<typename container::key_type, K> &&
                          std::is_same_v<typename container::mapped_type, V>,
                      "the map's types must be those of the parameter");
        return container(std::forward<Values>(values));
    } else {
        return std::map<K, V>(values.begin(), values.end());
    }
}

template <typename K, typename V, typename Values>
void* new_iterable_of_pairs(Values&& values)
{
    auto container = map_container_of<K, V>(std::forward<Values>(values));
    pair_iterable<K, V> made =
        make<iterable_of<collections::IKeyValuePair<K, V>, decltype(container)>>(std::move(container));
    return winrt::detach_abi(made);
}
template <typename K, typename V, typename Values>
void* new_map_view(Values&& values)
{
    auto container = map_container_of<K, V>(std::forward<Values>(values));
    collections::IMapView<K, V> made = make<map_view_of<K, V, decltype(container)>>(std::move(container));
    return winrt::detach_abi(made);
}
template <typename K, typename V, typename Values>
void* new_map(Values&& values)
{
    auto container = map_container_of<K, V>(std::forward<Values>(values));
    collections::IMap<K, V> made = make<map_of<K, V, decltype(container), no_lock>>(std::move(container));
    return winrt::detach_abi(made);
}
} // namespace impl

/// Collections on a std::map or std::unordered_map, which moves in. single_threaded ones must be used by one thread at
/// a time; the order of the unordered ones is the container's.
template <typename K, typename V, typename Compare = std::less<K>,
          typename Allocator = std::allocator<std::pair<K const, V>>>
impl::collections::IMap<K, V> single_threaded_map(std::map<K, V, Compare, Allocator>&& values = {})
{
    return make<impl::map_of<K, V, std::map<K, V, Compare, Allocator>, impl::no_lock>>(std::move(values));
}
template <typename K, typename V, typename Hash, typename Equal, typename Allocator>
impl::collections::IMap<K, V> single_threaded_map(std::unordered_map<K, V, Hash, Equal, Allocator>&& values)
{
    return make<impl::map_of<K, V, std::unordered_map<K, V, Hash, Equal, Allocator>, impl::no_lock>>(std::move(values));
}
template <typename K, typename V>
impl::collections::IMap<K, V> single_threaded_unordered_map(std::unordered_map<K, V>&& values = {})
{
    return single_threaded_map(std::move(values));
}
template <typename K, typename V>
impl::collections::IMap<K, V> multi_threaded_map(std::map<K, V>&& values = {})
{
    return make<impl::map_of<K, V, std::map<K, V>, slim_mutex>>(std::move(values));
}
template <typename K, typename V>
impl::collections::IMap<K, V> multi_threaded_map(std::unordered_map<K, V>&& values)
{
    return make<impl::map_of<K, V, std::unordered_map<K, V>, slim_mutex>>(std::move(values));
}
template <typename K, typename V>
impl::collections::IObservableMap<K, V> single_threaded_observable_map(std::map<K, V>&& values = {})
{
    return make<impl::observable_map_of<K, V, std::map<K, V>, impl::no_lock>>(std::move(values));
}
template <typename K, typename V>
impl::collections::IObservableMap<K, V> single_threaded_observable_map(std::unordered_map<K, V>&& values)
{
    return make<impl::observable_map_of<K, V, std::unordered_map<K, V>, impl::no_lock>>(std::move(values));
}
template <typename K, typename V>
impl::collections::IObservableMap<K, V> multi_threaded_observable_map(std::map<K, V>&& values = {})
{
    return make<impl::observable_map_of<K, V, std::map<K, V>, slim_mutex>>(std::move(values));
}
} // namespace winrt
