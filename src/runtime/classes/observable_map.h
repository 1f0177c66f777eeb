// SPDX-License-Identifier: MIT
//
// What PropertySet, ValueSet and StringMap share: a map with text keys, in the order of its keys, that tells when it
// changes. Safe to use from any thread; handlers are called without the lock. An iterator holds the map and refuses to
// go on, with 0x8000000C, once the map has changed; a view from GetView is a copy of the moment.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include <winrt/Windows.Foundation.Collections.h>

namespace latchkey::runtime {

namespace collections = winrt::Windows::Foundation::Collections;

template <typename V>
using Pair = collections::IKeyValuePair<winrt::hstring, V>;

template <typename V>
struct PairObject : winrt::implements<PairObject<V>, Pair<V>> {
    PairObject(winrt::hstring const& key, V const& value) : m_key(key), m_value(value) {}
    winrt::hstring Key() const { return m_key; }
    V Value() const { return m_value; }

private:
    winrt::hstring m_key;
    V m_value;
};

template <typename V>
std::vector<Pair<V>> pairs_of(std::map<winrt::hstring, V> const& values)
{
    std::vector<Pair<V>> pairs;
    pairs.reserve(values.size());
    for (auto const& [key, value] : values)
        pairs.push_back(winrt::make<PairObject<V>>(key, value));
    return pairs;
}

// Over the pairs of one moment. unchanged is asked before each step.
template <typename V, typename Unchanged>
struct PairIterator : winrt::implements<PairIterator<V, Unchanged>, collections::IIterator<Pair<V>>> {
    PairIterator(std::vector<Pair<V>>&& pairs, Unchanged const& unchanged)
        : m_pairs(std::move(pairs)), m_unchanged(unchanged)
    {}

    Pair<V> Current() const
    {
        check();
        winrt::slim_lock_guard const guard(m_lock);
        if (m_position >= m_pairs.size()) throw winrt::hresult_out_of_bounds(L"the iterator is at the end");
        return m_pairs[m_position];
    }
    bool HasCurrent() const
    {
        check();
        winrt::slim_lock_guard const guard(m_lock);
        return m_position < m_pairs.size();
    }
    bool MoveNext()
    {
        check();
        winrt::slim_lock_guard const guard(m_lock);
        if (m_position < m_pairs.size()) ++m_position;
        return m_position < m_pairs.size();
    }
    uint32_t GetMany(winrt::array_view<Pair<V>> items)
    {
        check();
        winrt::slim_lock_guard const guard(m_lock);
        uint32_t count = 0;
        while (count < items.size() && m_position < m_pairs.size())
            items[count++] = m_pairs[m_position++];
        return count;
    }

private:
    void check() const
    {
        if (!m_unchanged()) throw winrt::hresult_changed_state(L"the collection changed while it was being read");
    }

    mutable winrt::slim_mutex m_lock;
    std::vector<Pair<V>> m_pairs;
    size_t m_position = 0;
    Unchanged m_unchanged;
};

struct AlwaysUnchanged {
    bool operator()() const { return true; }
};

template <typename V>
struct MapView
    : winrt::implements<MapView<V>, collections::IMapView<winrt::hstring, V>, collections::IIterable<Pair<V>>> {
    explicit MapView(std::map<winrt::hstring, V> const& values) : m_values(values) {}

    V Lookup(winrt::hstring const& key) const
    {
        auto const found = m_values.find(key);
        if (found == m_values.end()) throw winrt::hresult_out_of_bounds(L"there is no key \"" + key + L"\"");
        return found->second;
    }
    uint32_t Size() const { return static_cast<uint32_t>(m_values.size()); }
    bool HasKey(winrt::hstring const& key) const { return m_values.contains(key); }
    // A view may decline to be split, as Windows' do when they are small.
    void Split(collections::IMapView<winrt::hstring, V>& first, collections::IMapView<winrt::hstring, V>& second) const
    {
        first = nullptr;
        second = nullptr;
    }
    collections::IIterator<Pair<V>> First() const
    {
        return winrt::make<PairIterator<V, AlwaysUnchanged>>(pairs_of(m_values), AlwaysUnchanged{});
    }

private:
    std::map<winrt::hstring, V> m_values;
};

struct MapChange : winrt::implements<MapChange, collections::IMapChangedEventArgs<winrt::hstring>> {
    MapChange(collections::CollectionChange change, winrt::hstring const& key) : m_change(change), m_key(key) {}
    collections::CollectionChange CollectionChange() const { return m_change; }
    winrt::hstring Key() const { return m_key; }

private:
    collections::CollectionChange m_change;
    winrt::hstring m_key;
};

// D is the class; it may have accept(V const&), which throws for a value that the class does not take.
template <typename D, typename V>
class ObservableMap {
public:
    static constexpr size_t kMaxEntries = 1'000'000;

    V Lookup(winrt::hstring const& key) const
    {
        winrt::slim_lock_guard const guard(m_lock);
        auto const found = m_values.find(key);
        if (found == m_values.end()) throw winrt::hresult_out_of_bounds(L"there is no key \"" + key + L"\"");
        return found->second;
    }
    uint32_t Size() const
    {
        winrt::slim_lock_guard const guard(m_lock);
        return static_cast<uint32_t>(m_values.size());
    }
    bool HasKey(winrt::hstring const& key) const
    {
        winrt::slim_lock_guard const guard(m_lock);
        return m_values.contains(key);
    }
    collections::IMapView<winrt::hstring, V> GetView() const
    {
        winrt::slim_lock_guard const guard(m_lock);
        return winrt::make<MapView<V>>(m_values);
    }
    bool Insert(winrt::hstring const& key, V const& value)
    {
        static_cast<D*>(this)->accept(value);
        bool replaced = false;
        V leaving = value; // let go after the lock: its end may use this map
        {
            winrt::slim_lock_guard const guard(m_lock);
            if (m_values.size() >= kMaxEntries && !m_values.contains(key))
                throw winrt::hresult_error(static_cast<int32_t>(0x80070718), L"the map has 1,000,000 entries already");
            auto const [at, added] = m_values.try_emplace(key, value);
            replaced = !added;
            if (replaced) std::swap(at->second, leaving);
            ++m_version;
        }
        changed(replaced ? collections::CollectionChange::ItemChanged : collections::CollectionChange::ItemInserted,
                key);
        return replaced;
    }
    void Remove(winrt::hstring const& key)
    {
        typename std::map<winrt::hstring, V>::node_type leaving;
        {
            winrt::slim_lock_guard const guard(m_lock);
            leaving = m_values.extract(key);
            if (!leaving) throw winrt::hresult_out_of_bounds(L"there is no key \"" + key + L"\"");
            ++m_version;
        }
        changed(collections::CollectionChange::ItemRemoved, key);
    }
    void Clear()
    {
        std::map<winrt::hstring, V> leaving;
        {
            winrt::slim_lock_guard const guard(m_lock);
            m_values.swap(leaving);
            ++m_version;
        }
        changed(collections::CollectionChange::Reset, {});
    }
    collections::IIterator<Pair<V>> First()
    {
        winrt::slim_lock_guard const guard(m_lock);
        auto const unchanged = [strong = static_cast<D*>(this)->get_strong(), version = m_version] {
            return strong->version() == version;
        };
        return winrt::make<PairIterator<V, decltype(unchanged)>>(pairs_of(m_values), unchanged);
    }

    winrt::event_token MapChanged(collections::MapChangedEventHandler<winrt::hstring, V> const& handler)
    {
        return m_changed.add(handler);
    }
    void MapChanged(winrt::event_token const& token) { m_changed.remove(token); }

    uint64_t version() const
    {
        winrt::slim_lock_guard const guard(m_lock);
        return m_version;
    }
    void accept(V const&) const {}

private:
    void changed(collections::CollectionChange change, winrt::hstring const& key)
    {
        if (m_changed) {
            collections::IObservableMap<winrt::hstring, V> const sender = *static_cast<D*>(this);
            m_changed(sender, winrt::make<MapChange>(change, key));
        }
    }

    mutable winrt::slim_mutex m_lock;
    std::map<winrt::hstring, V> m_values;
    uint64_t m_version = 0;
    winrt::event<collections::MapChangedEventHandler<winrt::hstring, V>> m_changed;
};

} // namespace latchkey::runtime
