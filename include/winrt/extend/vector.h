// SPDX-License-Identifier: MIT
// IVector, IVectorView and IObservableVector on std::vector. Included by winrt/Windows.Foundation.Collections.h.
#pragma once

#include "winrt/extend/collection.h"

namespace winrt::impl {
[[noreturn]] inline void index_is_out_of_bounds()
{
    throw hresult_out_of_bounds(L"the index is not below the number of elements");
}

// std::swap, also for the proxies of std::vector<bool>.
template <typename Iterator, typename T>
void swap_element(Iterator at, T& value)
{
    T element = std::move(*at);
    *at = std::move(value);
    value = std::move(element);
}

// What GetView gives of an author's own vector that is no IVectorView itself. As the vector is, so is the view.
template <typename D, typename T>
struct vector_view_over final
    : implements<vector_view_over<D, T>, collections::IVectorView<T>, collections::IIterable<T>> {
    explicit vector_view_over(D* owner) { m_owner.copy_from(owner); }

    T GetAt(uint32_t index) const { return m_owner->GetAt(index); }
    uint32_t Size() const { return m_owner->Size(); }
    bool IndexOf(T const& value, uint32_t& index) const { return m_owner->IndexOf(value, index); }
    uint32_t GetMany(uint32_t start, array_view<T> values) const { return m_owner->GetMany(start, values); }
    collections::IIterator<T> First() const { return m_owner->First(); }

private:
    com_ptr<D> m_owner;
};
} // namespace winrt::impl

namespace winrt {
template <typename D, typename T, typename Version = impl::constant_version, typename Lock = impl::no_lock>
struct vector_view_base : iterable_base<D, T, Version, Lock> {
    T GetAt(uint32_t index) const
    {
        impl::shared_guard guard(this->m_lock);
        auto const& values = this->container();
        if (index >= values.size()) impl::index_is_out_of_bounds();
        return values[index];
    }
    uint32_t Size() const noexcept
    {
        impl::shared_guard guard(this->m_lock);
        return static_cast<uint32_t>(this->container().size());
    }
    bool IndexOf(T const& value, uint32_t& index) const
    {
        impl::shared_guard guard(this->m_lock);
        auto const& values = this->container();
        for (index = 0; index < values.size(); ++index) {
            if (values[index] == value) return true;
        }
        index = 0;
        return false;
    }
    uint32_t GetMany(uint32_t start, array_view<T> values) const
    {
        impl::shared_guard guard(this->m_lock);
        auto const& all = this->container();
        if (start > all.size()) impl::index_is_out_of_bounds();
        uint32_t count = 0;
        for (; count < values.size() && start + count < all.size(); ++count) {
            values[count] = all[start + count];
        }
        return count;
    }
};

// In each change, what leaves the container is declared before the lock is taken, so that it is let go after the lock:
// its end may use the collection.
template <typename D, typename T, typename Lock = impl::no_lock>
struct vector_base : vector_view_base<D, T, impl::collection_version, Lock> {
    /// This vector where it may only be read, not a copy: it shows what changes later.
    impl::collections::IVectorView<T> GetView()
    {
        if constexpr (std::is_convertible_v<D const&, impl::collections::IVectorView<T>>)
            return static_cast<D const&>(*this);
        else
            return make<impl::vector_view_over<D, T>>(static_cast<D*>(this));
    }

    void SetAt(uint32_t index, T const& value)
    {
        T replaced = value;
        {
            impl::exclusive_guard guard(this->m_lock);
            auto& values = this->container();
            if (index >= values.size()) impl::index_is_out_of_bounds();
            this->increment_version();
            impl::swap_element(values.begin() + index, replaced);
        }
        self().vector_changed(impl::collections::CollectionChange::ItemChanged, index);
    }
    void InsertAt(uint32_t index, T const& value)
    {
        {
            impl::exclusive_guard guard(this->m_lock);
            auto& values = this->container();
            if (index > values.size()) impl::index_is_out_of_bounds();
            this->increment_version();
            values.insert(values.begin() + index, value);
        }
        self().vector_changed(impl::collections::CollectionChange::ItemInserted, index);
    }
    void RemoveAt(uint32_t index)
    {
        T removed{impl::empty_value<T>()};
        {
            impl::exclusive_guard guard(this->m_lock);
            auto& values = this->container();
            if (index >= values.size()) impl::index_is_out_of_bounds();
            this->increment_version();
            impl::swap_element(values.begin() + index, removed);
            values.erase(values.begin() + index);
        }
        self().vector_changed(impl::collections::CollectionChange::ItemRemoved, index);
    }
    void Append(T const& value)
    {
        uint32_t index = 0;
        {
            impl::exclusive_guard guard(this->m_lock);
            auto& values = this->container();
            this->increment_version();
            values.push_back(value);
            index = static_cast<uint32_t>(values.size() - 1);
        }
        self().vector_changed(impl::collections::CollectionChange::ItemInserted, index);
    }
    void RemoveAtEnd()
    {
        T removed{impl::empty_value<T>()};
        uint32_t index = 0;
        {
            impl::exclusive_guard guard(this->m_lock);
            auto& values = this->container();
            if (values.empty()) impl::index_is_out_of_bounds();
            this->increment_version();
            index = static_cast<uint32_t>(values.size() - 1);
            impl::swap_element(values.begin() + index, removed);
            values.pop_back();
        }
        self().vector_changed(impl::collections::CollectionChange::ItemRemoved, index);
    }
    void Clear() { replace_all({}); }
    void ReplaceAll(array_view<T const> values) { replace_all({values.begin(), values.end()}); }

    // What an observable vector tells.
    void vector_changed(impl::collections::CollectionChange, uint32_t) const noexcept {}

private:
    D& self() noexcept { return static_cast<D&>(*this); }

    void replace_all(std::vector<T> replaced)
    {
        {
            impl::exclusive_guard guard(this->m_lock);
            this->increment_version();
            auto& values = this->container();
            if constexpr (std::is_same_v<std::remove_cvref_t<decltype(values)>, std::vector<T>>) {
                values.swap(replaced);
            } else {
                values.assign(replaced.begin(), replaced.end());
            }
        }
        self().vector_changed(impl::collections::CollectionChange::Reset, 0);
    }
};

namespace impl {
struct vector_change final : implements<vector_change, collections::IVectorChangedEventArgs> {
    vector_change(collections::CollectionChange change, uint32_t index) noexcept : m_change(change), m_index(index) {}

    collections::CollectionChange CollectionChange() const noexcept { return m_change; }
    uint32_t Index() const noexcept { return m_index; }

private:
    collections::CollectionChange m_change;
    uint32_t m_index;
};
} // namespace impl

template <typename D, typename T, typename Lock = impl::no_lock>
struct observable_vector_base : vector_base<D, T, Lock> {
    event_token VectorChanged(impl::collections::VectorChangedEventHandler<T> const& handler)
    {
        return m_changed.add(handler);
    }
    void VectorChanged(event_token token) { m_changed.remove(token); }

    void vector_changed(impl::collections::CollectionChange change, uint32_t index)
    {
        if (!m_changed) return;
        impl::collections::IObservableVector<T> const sender = static_cast<D&>(*this);
        m_changed(sender, make<impl::vector_change>(change, index));
    }

private:
    event<impl::collections::VectorChangedEventHandler<T>> m_changed;
};

namespace impl {
template <typename Container>
struct contained {
    contained() = default;
    explicit contained(Container&& values) : m_values(std::move(values)) {}

    Container& get_container() noexcept { return m_values; }
    Container const& get_container() const noexcept { return m_values; }

private:
    Container m_values;
};

template <typename T, typename Container = std::vector<T>>
struct iterable_of final : implements<iterable_of<T, Container>, collections::IIterable<T>>,
                           contained<Container>,
                           iterable_base<iterable_of<T, Container>, T> {
    using contained<Container>::contained;
};
template <typename T>
struct vector_view_of final : implements<vector_view_of<T>, collections::IVectorView<T>, collections::IIterable<T>>,
                              contained<std::vector<T>>,
                              vector_view_base<vector_view_of<T>, T> {
    using contained<std::vector<T>>::contained;
};
template <typename T, typename Lock>
struct vector_of final
    : implements<vector_of<T, Lock>, collections::IVector<T>, collections::IVectorView<T>, collections::IIterable<T>>,
      contained<std::vector<T>>,
      vector_base<vector_of<T, Lock>, T, Lock> {
    using contained<std::vector<T>>::contained;
};
template <typename T, typename Lock>
struct observable_vector_of final
    : implements<observable_vector_of<T, Lock>, collections::IObservableVector<T>, collections::IVector<T>,
                 collections::IVectorView<T>, collections::IIterable<T>>,
      contained<std::vector<T>>,
      observable_vector_base<observable_vector_of<T, Lock>, T, Lock> {
    using contained<std::vector<T>>::contained;
};

template <typename T, typename Values>
void* new_iterable(Values&& values)
{
    collections::IIterable<T> made = make<iterable_of<T>>(std::forward<Values>(values));
    return winrt::detach_abi(made);
}
template <typename T, typename Values>
void* new_vector_view(Values&& values)
{
    collections::IVectorView<T> made = make<vector_view_of<T>>(std::forward<Values>(values));
    return winrt::detach_abi(made);
}
template <typename T, typename Values>
void* new_vector(Values&& values)
{
    collections::IVector<T> made = make<vector_of<T, no_lock>>(std::forward<Values>(values));
    return winrt::detach_abi(made);
}
} // namespace impl

/// Collections on a std::vector, which moves in. single_threaded ones must be used by one thread at a time.
template <typename T>
impl::collections::IVector<T> single_threaded_vector(std::vector<T>&& values = {})
{
    return make<impl::vector_of<T, impl::no_lock>>(std::move(values));
}
template <typename T>
impl::collections::IVector<T> multi_threaded_vector(std::vector<T>&& values = {})
{
    return make<impl::vector_of<T, slim_mutex>>(std::move(values));
}
template <typename T>
impl::collections::IObservableVector<T> single_threaded_observable_vector(std::vector<T>&& values = {})
{
    return make<impl::observable_vector_of<T, impl::no_lock>>(std::move(values));
}
template <typename T>
impl::collections::IObservableVector<T> multi_threaded_observable_vector(std::vector<T>&& values = {})
{
    return make<impl::observable_vector_of<T, slim_mutex>>(std::move(values));
}
} // namespace winrt
