// SPDX-License-Identifier: MIT
// Arrays at the ABI: array_view refers to elements of somebody else, com_array owns task memory that the other side
// may free.
#pragma once

#include "winrt/base/abi.h"

namespace winrt {
namespace impl {
template <typename T>
struct array_access;
}

template <typename T>
struct array_view {
    using value_type = T;
    using size_type = uint32_t;
    using reference = T&;
    using const_reference = T const&;
    using pointer = T*;
    using const_pointer = T const*;
    using iterator = T*;
    using const_iterator = T const*;
    using reverse_iterator = std::reverse_iterator<iterator>;
    using const_reverse_iterator = std::reverse_iterator<const_iterator>;

    array_view() noexcept = default;
    array_view(pointer data, size_type size) noexcept : m_data(data), m_size(size) {}
    array_view(pointer first, pointer last) noexcept : m_data(first), m_size(static_cast<size_type>(last - first)) {}
    array_view(std::initializer_list<std::remove_const_t<T>> values) noexcept
        : m_data(values.begin()), m_size(static_cast<size_type>(values.size()))
    {}
    template <typename C, size_type N>
    array_view(C (&values)[N]) noexcept : m_data(values), m_size(N)
    {}
    template <typename C, size_t N>
    array_view(std::array<C, N>& values) noexcept : m_data(values.data()), m_size(static_cast<size_type>(N))
    {}
    template <typename C, size_t N>
    array_view(std::array<C, N> const& values) noexcept : m_data(values.data()), m_size(static_cast<size_type>(N))
    {}
    template <typename C>
    array_view(std::vector<C>& values) noexcept : m_data(values.data()), m_size(static_cast<size_type>(values.size()))
    {}
    template <typename C>
    array_view(std::vector<C> const& values) noexcept
        : m_data(values.data()), m_size(static_cast<size_type>(values.size()))
    {}
    template <typename C, size_t extent>
    array_view(std::span<C, extent> values) noexcept
        : m_data(values.data()), m_size(static_cast<size_type>(values.size()))
    {}
    operator std::span<T>() const noexcept { return {m_data, m_size}; }
    template <typename U, std::enable_if_t<std::is_convertible_v<U (*)[], T (*)[]>, int> = 0>
    array_view(array_view<U> const& other) noexcept : m_data(other.data()), m_size(other.size())
    {}

    reference operator[](size_type position) const noexcept
    {
        WINRT_ASSERT(position < m_size);
        return m_data[position];
    }
    reference at(size_type position) const
    {
        if (position >= m_size) throw std::out_of_range("array_view::at");
        return m_data[position];
    }
    reference front() const noexcept { return (*this)[0]; }
    reference back() const noexcept { return (*this)[m_size - 1]; }
    pointer data() const noexcept { return m_data; }
    bool empty() const noexcept { return m_size == 0; }
    size_type size() const noexcept { return m_size; }

    iterator begin() const noexcept { return m_data; }
    iterator end() const noexcept { return m_data + m_size; }
    const_iterator cbegin() const noexcept { return m_data; }
    const_iterator cend() const noexcept { return m_data + m_size; }
    reverse_iterator rbegin() const noexcept { return reverse_iterator(end()); }
    reverse_iterator rend() const noexcept { return reverse_iterator(begin()); }

protected:
    pointer m_data{};
    size_type m_size{};
};

template <typename C, size_t N>
array_view(C (&)[N]) -> array_view<C>;
template <typename C>
array_view(std::vector<C>&) -> array_view<C>;
template <typename C>
array_view(std::vector<C> const&) -> array_view<C const>;
template <typename C, size_t N>
array_view(std::array<C, N>&) -> array_view<C>;
template <typename C, size_t N>
array_view(std::array<C, N> const&) -> array_view<C const>;
template <typename C, size_t extent>
array_view(std::span<C, extent>) -> array_view<C>;

namespace impl {
template <typename T, typename U>
concept same_elements = std::is_same_v<std::remove_cv_t<T>, std::remove_cv_t<U>>;
}

// By their elements; com_array too.
template <typename T, impl::same_elements<T> U>
bool operator==(array_view<T> const& left, array_view<U> const& right) noexcept
{
    if (left.size() != right.size()) return false;
    for (uint32_t index = 0; index < left.size(); ++index) {
        if (!(left[index] == right[index])) return false;
    }
    return true;
}
template <typename T, impl::same_elements<T> U>
bool operator<(array_view<T> const& left, array_view<U> const& right) noexcept
{
    for (uint32_t index = 0; index < left.size() && index < right.size(); ++index) {
        if (left[index] < right[index]) return true;
        if (right[index] < left[index]) return false;
    }
    return left.size() < right.size();
}

/// Owns elements in task memory.
template <typename T>
struct com_array : array_view<T> {
    using typename array_view<T>::value_type;
    using typename array_view<T>::size_type;

    com_array() noexcept = default;
    com_array(void* data, size_type size, take_ownership_from_abi_t) noexcept
        : array_view<T>(static_cast<T*>(data), size)
    {}
    explicit com_array(size_type count) : com_array(count, impl::empty_value<T>()) {}
    com_array(size_type count, T const& value)
    {
        allocate(count);
        for (; this->m_size < count; ++this->m_size) {
            new (this->m_data + this->m_size) T(value);
        }
    }
    template <typename Iterator, typename = typename std::iterator_traits<Iterator>::iterator_category>
    com_array(Iterator first, Iterator last)
    {
        allocate(static_cast<size_type>(std::distance(first, last)));
        for (; first != last; ++first, ++this->m_size) {
            new (this->m_data + this->m_size) T(*first);
        }
    }
    template <typename U>
    explicit com_array(std::vector<U> const& values) : com_array(values.begin(), values.end())
    {}
    template <typename U, size_t N>
    explicit com_array(std::array<U, N> const& values) : com_array(values.begin(), values.end())
    {}
    template <typename U, size_t N>
    explicit com_array(U const (&values)[N]) : com_array(values, values + N)
    {}
    template <typename U, size_t extent>
    explicit com_array(std::span<U, extent> values) : com_array(values.begin(), values.end())
    {}
    com_array(std::initializer_list<T> values) : com_array(values.begin(), values.end()) {}
    template <typename U, std::enable_if_t<std::is_convertible_v<U, T> && !std::is_same_v<U, T>, int> = 0>
    com_array(std::initializer_list<U> values) : com_array(values.begin(), values.end())
    {}
    com_array(com_array const&) = delete;
    com_array& operator=(com_array const&) = delete;
    com_array(com_array&& other) noexcept
        : array_view<T>(std::exchange(other.m_data, nullptr), std::exchange(other.m_size, 0))
    {}
    com_array& operator=(com_array&& other) noexcept
    {
        if (this != &other) {
            clear();
            this->m_data = std::exchange(other.m_data, nullptr);
            this->m_size = std::exchange(other.m_size, 0);
        }
        return *this;
    }
    ~com_array() noexcept { clear(); }

    void clear() noexcept
    {
        if (!this->m_data) return;
        for (size_type index = 0; index < this->m_size; ++index) {
            this->m_data[index].~T();
        }
        CoTaskMemFree(static_cast<void*>(const_cast<std::remove_const_t<T>*>(this->m_data)));
        this->m_data = nullptr;
        this->m_size = 0;
    }

    friend void swap(com_array& left, com_array& right) noexcept
    {
        std::swap(left.m_data, right.m_data);
        std::swap(left.m_size, right.m_size);
    }

private:
    template <typename U>
    friend struct impl::array_access;

    void allocate(size_type count)
    {
        if (count == 0) return;
        void* const memory = CoTaskMemAlloc(static_cast<size_t>(count) * sizeof(T));
        if (!memory) throw std::bad_alloc();
        this->m_data = static_cast<T*>(memory);
    }
};

template <typename C>
com_array(uint32_t, C const&) -> com_array<std::decay_t<C>>;
template <typename Iterator, typename = typename std::iterator_traits<Iterator>::iterator_category>
com_array(Iterator, Iterator) -> com_array<std::decay_t<typename std::iterator_traits<Iterator>::value_type>>;
template <typename C>
com_array(std::vector<C> const&) -> com_array<std::decay_t<C>>;
template <typename C, size_t N>
com_array(std::array<C, N> const&) -> com_array<std::decay_t<C>>;
template <typename C, size_t N>
com_array(C const (&)[N]) -> com_array<std::decay_t<C>>;
template <typename C, size_t extent>
com_array(std::span<C, extent>) -> com_array<std::decay_t<C>>;

namespace impl {
// The element pointer as the ABI has it. Elements and their ABI form are the same bytes.
template <typename T>
arg_in<std::remove_const_t<T>>* array_data(T* data) noexcept
{
    return reinterpret_cast<arg_in<std::remove_const_t<T>>*>(const_cast<std::remove_const_t<T>*>(data));
}

// put_size_abi(array) and put_abi(array) are two arguments of one call: the fields themselves are written to.
template <typename T>
struct array_access {
    static uint32_t* size(com_array<T>& array) noexcept { return &array.m_size; }
    static T** data(com_array<T>& array) noexcept { return &array.m_data; }
};

template <typename T>
uint32_t* put_size_abi(com_array<T>& array) noexcept
{
    array.clear();
    return array_access<T>::size(array);
}
} // namespace impl

template <typename T>
auto get_abi(array_view<T> const& array) noexcept
{
    return impl::array_data(array.data());
}
template <typename T>
auto put_abi(array_view<T>& array) noexcept
{
    // The callee writes over the elements without looking at them.
    if constexpr (!std::is_trivially_destructible_v<T>) {
        for (T& element : array)
            element = impl::empty_value<T>();
    }
    return impl::array_data(array.data());
}
template <typename T>
auto put_abi(com_array<T>& array) noexcept
{
    array.clear();
    return reinterpret_cast<impl::arg_in<T>**>(impl::array_access<T>::data(array));
}
template <typename T>
std::pair<uint32_t, impl::arg_in<T>*> detach_abi(com_array<T>& array) noexcept
{
    std::pair<uint32_t, impl::arg_in<T>*> const result{array.size(), impl::array_data(array.data())};
    *impl::array_access<T>::data(array) = nullptr;
    *impl::array_access<T>::size(array) = 0;
    return result;
}
template <typename T>
auto detach_abi(com_array<T>&& array) noexcept
{
    return detach_abi(array);
}

namespace impl {
// In produce: a com_array& for an implementation to fill, handed to the caller when this goes.
template <typename T>
class array_result {
public:
    array_result(uint32_t* size, arg_in<T>** data) noexcept : m_size(size), m_data(data) {}
    array_result(array_result const&) = delete;
    array_result& operator=(array_result const&) = delete;
    ~array_result() { std::tie(*m_size, *m_data) = winrt::detach_abi(m_array); }

    operator com_array<T>&() noexcept { return m_array; }

private:
    uint32_t* m_size;
    arg_in<T>** m_data;
    com_array<T> m_array;
};
} // namespace impl

template <typename T>
impl::array_result<T> detach_abi(uint32_t* size, impl::arg_in<T>** data) noexcept
{
    return {size, data};
}

inline com_array<guid> get_interfaces(Windows::Foundation::IInspectable const& object)
{
    uint32_t size{};
    guid* ids{};
    check_hresult(static_cast<impl::inspectable_abi*>(get_abi(object))->GetIids(&size, &ids));
    return {ids, size, take_ownership_from_abi};
}
} // namespace winrt
