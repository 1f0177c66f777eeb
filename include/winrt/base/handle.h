// SPDX-License-Identifier: MIT
// Owners of what must be given back. On Linux a handle is a file descriptor.
#pragma once

#include "winrt/base/error.h"

#include <unistd.h>

namespace winrt {
/// Owns a Traits::type; Traits also has close(type) and invalid().
template <typename Traits>
struct handle_type {
    using type = typename Traits::type;

    handle_type() noexcept = default;
    explicit handle_type(type value) noexcept : m_value(value) {}
    handle_type(handle_type&& other) noexcept : m_value(other.detach()) {}
    handle_type& operator=(handle_type&& other) noexcept
    {
        if (this != &other) attach(other.detach());
        return *this;
    }
    ~handle_type() noexcept { close(); }

    explicit operator bool() const noexcept { return m_value != Traits::invalid(); }
    type get() const noexcept { return m_value; }
    type* put() noexcept
    {
        close();
        return &m_value;
    }
    void attach(type value) noexcept
    {
        close();
        m_value = value;
    }
    type detach() noexcept { return std::exchange(m_value, Traits::invalid()); }
    void close() noexcept
    {
        if (*this) Traits::close(detach());
    }
    friend void swap(handle_type& left, handle_type& right) noexcept { std::swap(left.m_value, right.m_value); }

private:
    type m_value = Traits::invalid();
};

namespace impl {
struct descriptor_traits {
    using type = int;
    static void close(type value) noexcept { ::close(value); }
    static constexpr type invalid() noexcept { return -1; }
};
} // namespace impl

using handle_traits = impl::descriptor_traits;
using file_handle_traits = impl::descriptor_traits;
using handle = handle_type<handle_traits>;
using file_handle = handle_type<file_handle_traits>;
} // namespace winrt
