// SPDX-License-Identifier: MIT
// What projected functions take for collections: a collection of the Windows Runtime, which is passed on as it is, or a
// standard container or braced list, of which a collection is made. Elements of an rvalue are moved, others copied, so
// the receiver may keep what it was given. The async_ names are for functions that return before they are done.
#pragma once

#include "winrt/base/object.h"

namespace winrt::impl {
// Defined in extend/Windows.Foundation.Collections.h: collections that own the values, with one reference.
template <typename T, typename Values>
void* new_iterable(Values&& values);
template <typename T, typename Values>
void* new_vector_view(Values&& values);
template <typename T, typename Values>
void* new_vector(Values&& values);
template <typename K, typename V, typename Values>
void* new_map_view(Values&& values);
template <typename K, typename V, typename Values>
void* new_map(Values&& values);
template <typename K, typename V, typename Values>
void* new_iterable_of_pairs(Values&& values);

template <typename C>
concept map_container = requires
{
    typename std::remove_cvref_t<C>::key_type;
    typename std::remove_cvref_t<C>::mapped_type;
};
template <typename C, typename T>
inline constexpr bool is_vector_of = false;
template <typename T, typename Allocator>
inline constexpr bool is_vector_of<std::vector<T, Allocator>, T> = true;
template <typename C, typename T>
concept vector_container = is_vector_of<std::remove_cvref_t<C>, T>;
template <typename C, typename I>
concept collection_of = !std::is_same_v<std::remove_cvref_t<C>, std::nullptr_t> && std::is_convertible_v<C const&, I>;

// Borrows a reference, or owns one.
template <typename I>
class collection_param {
public:
    collection_param(collection_param const&) = delete;
    collection_param& operator=(collection_param const&) = delete;

    operator I const&() const noexcept { return *reinterpret_cast<I const*>(&m_object); }

protected:
    collection_param() noexcept = default;
    explicit collection_param(void* owned) noexcept : m_object(owned), m_owned(owned != nullptr) {}
    template <typename C>
    collection_param(C const& collection, std::true_type)
    {
        if constexpr (std::is_base_of_v<I, C>) {
            m_object = get_abi(static_cast<I const&>(collection));
        } else {
            I converted = collection;
            m_object = detach_abi(converted);
            m_owned = m_object != nullptr;
        }
    }
    ~collection_param()
    {
        if (m_owned) as_unknown(m_object)->Release();
    }

private:
    friend void* get_abi(collection_param const& collection) noexcept { return collection.m_object; }

    void* m_object{};
    bool m_owned{};
};
} // namespace winrt::impl

namespace winrt::param {
template <typename T>
struct iterable : impl::collection_param<Windows::Foundation::Collections::IIterable<T>> {
    using interface_type = Windows::Foundation::Collections::IIterable<T>;
    using base_type = impl::collection_param<interface_type>;

    iterable(std::nullptr_t) noexcept {}
    template <impl::collection_of<interface_type> C>
    iterable(C const& collection) : base_type(collection, std::true_type{})
    {}
    template <impl::vector_container<T> C>
    iterable(C&& values) : base_type(impl::new_iterable<T>(std::vector<T>(std::forward<C>(values))))
    {}
    iterable(std::initializer_list<T> values) : base_type(impl::new_iterable<T>(std::vector<T>(values))) {}
    template <typename Iterator, typename = typename std::iterator_traits<Iterator>::iterator_category>
    iterable(Iterator first, Iterator last) : base_type(impl::new_iterable<T>(std::vector<T>(first, last)))
    {}
};

template <typename K, typename V>
struct iterable<Windows::Foundation::Collections::IKeyValuePair<K, V>>
    : impl::collection_param<
          Windows::Foundation::Collections::IIterable<Windows::Foundation::Collections::IKeyValuePair<K, V>>> {
    using interface_type =
        Windows::Foundation::Collections::IIterable<Windows::Foundation::Collections::IKeyValuePair<K, V>>;
    using base_type = impl::collection_param<interface_type>;

    iterable(std::nullptr_t) noexcept {}
    template <impl::collection_of<interface_type> C>
    iterable(C const& collection) : base_type(collection, std::true_type{})
    {}
    template <impl::map_container C>
    requires(!impl::collection_of<C, interface_type>) iterable(C&& values)
        : base_type(impl::new_iterable_of_pairs<K, V>(std::forward<C>(values)))
    {}
    iterable(std::initializer_list<std::pair<K const, V>> values) : base_type(impl::new_iterable_of_pairs<K, V>(values))
    {}
};

template <typename T>
struct vector_view : impl::collection_param<Windows::Foundation::Collections::IVectorView<T>> {
    using interface_type = Windows::Foundation::Collections::IVectorView<T>;
    using base_type = impl::collection_param<interface_type>;

    vector_view(std::nullptr_t) noexcept {}
    template <impl::collection_of<interface_type> C>
    vector_view(C const& collection) : base_type(collection, std::true_type{})
    {}
    template <impl::vector_container<T> C>
    vector_view(C&& values) : base_type(impl::new_vector_view<T>(std::vector<T>(std::forward<C>(values))))
    {}
    vector_view(std::initializer_list<T> values) : base_type(impl::new_vector_view<T>(std::vector<T>(values))) {}
};

template <typename T>
struct vector : impl::collection_param<Windows::Foundation::Collections::IVector<T>> {
    using interface_type = Windows::Foundation::Collections::IVector<T>;
    using base_type = impl::collection_param<interface_type>;

    vector(std::nullptr_t) noexcept {}
    template <impl::collection_of<interface_type> C>
    vector(C const& collection) : base_type(collection, std::true_type{})
    {}
    template <impl::vector_container<T> C>
    vector(C&& values) : base_type(impl::new_vector<T>(std::vector<T>(std::forward<C>(values))))
    {}
    vector(std::initializer_list<T> values) : base_type(impl::new_vector<T>(std::vector<T>(values))) {}
};

template <typename K, typename V>
struct map_view : impl::collection_param<Windows::Foundation::Collections::IMapView<K, V>> {
    using interface_type = Windows::Foundation::Collections::IMapView<K, V>;
    using base_type = impl::collection_param<interface_type>;

    map_view(std::nullptr_t) noexcept {}
    template <impl::collection_of<interface_type> C>
    map_view(C const& collection) : base_type(collection, std::true_type{})
    {}
    template <impl::map_container C>
    requires(!impl::collection_of<C, interface_type>) map_view(C&& values)
        : base_type(impl::new_map_view<K, V>(std::forward<C>(values)))
    {}
    map_view(std::initializer_list<std::pair<K const, V>> values) : base_type(impl::new_map_view<K, V>(values)) {}
};

template <typename K, typename V>
struct map : impl::collection_param<Windows::Foundation::Collections::IMap<K, V>> {
    using interface_type = Windows::Foundation::Collections::IMap<K, V>;
    using base_type = impl::collection_param<interface_type>;

    map(std::nullptr_t) noexcept {}
    template <impl::collection_of<interface_type> C>
    map(C const& collection) : base_type(collection, std::true_type{})
    {}
    template <impl::map_container C>
    requires(!impl::collection_of<C, interface_type>) map(C&& values)
        : base_type(impl::new_map<K, V>(std::forward<C>(values)))
    {}
    map(std::initializer_list<std::pair<K const, V>> values) : base_type(impl::new_map<K, V>(values)) {}
};

template <typename T>
using async_iterable = iterable<T>;
template <typename T>
using async_vector_view = vector_view<T>;
template <typename T>
using async_vector = vector<T>;
template <typename K, typename V>
using async_map_view = map_view<K, V>;
template <typename K, typename V>
using async_map = map<K, V>;
} // namespace winrt::param
