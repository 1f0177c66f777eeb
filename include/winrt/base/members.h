// SPDX-License-Identifier: MIT
// Members that people wrote for interfaces of Windows.Foundation, beside those that follow from metadata. They must be
// known before the interfaces are defined; what they do is in extend/.
#pragma once

#include "winrt/base/abi.h"
#include "winrt/base/chrono.h"

namespace winrt::impl {
template <typename D, typename I, typename Result>
struct waitable {
    /// Blocks until it has ended and gives its result; throws its failure, and hresult_canceled when it was canceled.
    Result get() const;
    /// Blocks until it has ended or the time is over.
    Windows::Foundation::AsyncStatus wait_for(Windows::Foundation::TimeSpan const& timeout) const;
};

template <typename D>
struct consume_extend<D, Windows::Foundation::IAsyncAction> : waitable<D, Windows::Foundation::IAsyncAction, void> {};
template <typename D, typename P>
struct consume_extend<D, Windows::Foundation::IAsyncActionWithProgress<P>>
    : waitable<D, Windows::Foundation::IAsyncActionWithProgress<P>, void> {};
template <typename D, typename T>
struct consume_extend<D, Windows::Foundation::IAsyncOperation<T>>
    : waitable<D, Windows::Foundation::IAsyncOperation<T>, T> {};
template <typename D, typename T, typename P>
struct consume_extend<D, Windows::Foundation::IAsyncOperationWithProgress<T, P>>
    : waitable<D, Windows::Foundation::IAsyncOperationWithProgress<T, P>, T> {};

// Defined in extend/box.h: a box with one reference.
template <typename T>
void* new_reference(T const& value);

// An IReference<T> is made from a T or a std::optional<T>, and converts to the latter.
template <typename T, typename From>
inline constexpr bool makes_interface<Windows::Foundation::IReference<T>, From> =
    !std::is_base_of_v<Windows::Foundation::IUnknown, From> && !std::is_same_v<From, std::nullptr_t> &&
    (std::is_convertible_v<From, T> || std::is_same_v<From, std::optional<T>> || std::is_same_v<From, std::nullopt_t>);
template <typename T>
struct interface_maker<Windows::Foundation::IReference<T>> {
    template <typename From>
    static void* make(From const& from)
    {
        if constexpr (std::is_same_v<From, std::nullopt_t>)
            return nullptr;
        else if constexpr (std::is_same_v<From, std::optional<T>>)
            return from ? new_reference<T>(*from) : nullptr;
        else
            return new_reference<T>(from);
    }
};
template <typename D, typename T>
struct consume_extend<D, Windows::Foundation::IReference<T>> {
    operator std::optional<T>() const
    {
        auto const& self = static_cast<D const&>(*this);
        if (!self) return std::nullopt;
        return self.Value();
    }
};

// What TryLookup gives: a null reference for a missing object, a std::optional for any other type.
template <typename V>
using maybe = std::conditional_t<is_object_v<V>, V, std::optional<V>>;

template <typename V>
maybe<V> nothing() noexcept
{
    if constexpr (std::is_same_v<maybe<V>, V>)
        return V{nullptr};
    else
        return std::nullopt;
}

template <typename D, typename I, typename K, typename V>
struct try_lookup {
    /// The value of a key, or nothing; throws no exception for a missing key.
    maybe<V> TryLookup(param_type<K> const& key) const
    {
        V result{empty_value<V>()};
        hresult const code = WINRT_IMPL_SHIM(I)->Lookup(bind_in(key), put_abi(result));
        if (code == error_out_of_bounds) return nothing<V>();
        check_hresult(code);
        return result;
    }
};
template <typename D, typename K, typename V>
struct consume_extend<D, Windows::Foundation::Collections::IMapView<K, V>>
    : try_lookup<D, Windows::Foundation::Collections::IMapView<K, V>, K, V> {};
template <typename D, typename K, typename V>
struct consume_extend<D, Windows::Foundation::Collections::IMap<K, V>>
    : try_lookup<D, Windows::Foundation::Collections::IMap<K, V>, K, V> {
    /// Removes the key; false when it was not there.
    bool TryRemove(param_type<K> const& key) const
    {
        hresult const code = WINRT_IMPL_SHIM(Windows::Foundation::Collections::IMap<K, V>)->Remove(bind_in(key));
        if (code == error_out_of_bounds) return false;
        check_hresult(code);
        return true;
    }
};

// An IIterator is an input iterator; the one past the end is null.
template <typename D, typename T>
struct consume_extend<D, Windows::Foundation::Collections::IIterator<T>> {
    using iterator_concept = std::input_iterator_tag;
    using iterator_category = std::input_iterator_tag;
    using value_type = T;
    using difference_type = ptrdiff_t;
    using pointer = T*;
    using reference = T;

    T operator*() const { return static_cast<D const&>(*this).Current(); }
    D& operator++()
    {
        auto& self = static_cast<D&>(*this);
        if (!self.MoveNext()) self = nullptr;
        return self;
    }
    void operator++(int) { ++*this; }
};

// Walks a vector by index: one call an element, in the place of the two of an iterator.
template <typename Vector>
class index_iterator {
public:
    using iterator_category = std::random_access_iterator_tag;
    using value_type = decltype(std::declval<Vector const&>().GetAt(0));
    using difference_type = ptrdiff_t;
    using pointer = void;
    using reference = value_type;

    index_iterator() noexcept = default;
    index_iterator(Vector const& vector, uint32_t index) noexcept : m_vector(&vector), m_index(index) {}

    value_type operator*() const { return m_vector->GetAt(m_index); }
    value_type operator[](difference_type offset) const { return *(*this + offset); }
    index_iterator& operator++() noexcept { return *this += 1; }
    index_iterator& operator--() noexcept { return *this -= 1; }
    index_iterator operator++(int) noexcept
    {
        auto const before = *this;
        ++*this;
        return before;
    }
    index_iterator operator--(int) noexcept
    {
        auto const before = *this;
        --*this;
        return before;
    }
    index_iterator& operator+=(difference_type offset) noexcept
    {
        m_index = static_cast<uint32_t>(m_index + offset);
        return *this;
    }
    index_iterator& operator-=(difference_type offset) noexcept { return *this += -offset; }
    friend index_iterator operator+(index_iterator at, difference_type offset) noexcept { return at += offset; }
    friend index_iterator operator+(difference_type offset, index_iterator at) noexcept { return at += offset; }
    friend index_iterator operator-(index_iterator at, difference_type offset) noexcept { return at -= offset; }
    friend difference_type operator-(index_iterator const& left, index_iterator const& right) noexcept
    {
        return static_cast<difference_type>(left.m_index) - static_cast<difference_type>(right.m_index);
    }
    friend bool operator==(index_iterator const& left, index_iterator const& right) noexcept
    {
        return left.m_index == right.m_index;
    }
    friend auto operator<=>(index_iterator const& left, index_iterator const& right) noexcept
    {
        return left.m_index <=> right.m_index;
    }

private:
    Vector const* m_vector{};
    uint32_t m_index{};
};

template <typename C>
concept indexable = projected_object<C> && requires(C const& collection)
{
    collection.GetAt(0);
    collection.Size();
};
template <typename C>
concept walkable = projected_object<C> && !indexable<C> && requires(C const& collection)
{
    collection.First();
};

// Found by range-for: winrt::impl is an associated namespace of every projected type.
template <indexable C>
index_iterator<C> begin(C const& collection) noexcept
{
    return {collection, 0};
}
template <indexable C>
index_iterator<C> end(C const& collection)
{
    return {collection, collection.Size()};
}
template <indexable C>
auto rbegin(C const& collection)
{
    return std::make_reverse_iterator(end(collection));
}
template <indexable C>
auto rend(C const& collection)
{
    return std::make_reverse_iterator(begin(collection));
}
template <walkable C>
auto begin(C const& collection) -> decltype(collection.First())
{
    auto iterator = collection.First();
    if (!iterator.HasCurrent()) iterator = nullptr;
    return iterator;
}
template <walkable C>
auto end(C const& collection) noexcept -> decltype(collection.First())
{
    return nullptr;
}
} // namespace winrt::impl

// ---- for (auto [key, value] : map) ------------------------------------------------------------------------------

namespace winrt::Windows::Foundation::Collections {
template <size_t index, typename K, typename V>
auto get(IKeyValuePair<K, V> const& pair)
{
    if constexpr (index == 0)
        return pair.Key();
    else
        return pair.Value();
}
} // namespace winrt::Windows::Foundation::Collections

template <typename K, typename V>
struct std::tuple_size<winrt::Windows::Foundation::Collections::IKeyValuePair<K, V>>
    : std::integral_constant<size_t, 2> {};
template <typename K, typename V>
struct std::tuple_element<0, winrt::Windows::Foundation::Collections::IKeyValuePair<K, V>> {
    using type = K;
};
template <typename K, typename V>
struct std::tuple_element<1, winrt::Windows::Foundation::Collections::IKeyValuePair<K, V>> {
    using type = V;
};
