// SPDX-License-Identifier: MIT
// winrt::hstring: the Windows Runtime's immutable, shared string, with Windows' memory layout but 4-byte characters
// (UTF-32). It copies by counting, is never null as a C string, and takes UTF-8 wherever it takes wide text.
//
// The memory is handled here, by the layout that liblatchkey.so uses too, so that no string call leaves the module.
#pragma once

#include "winrt/base/guid.h"
#include "winrt/base/meta.h"
#include "winrt/base/prelude.h"

#include <charconv>

namespace winrt::impl {
// A reference lives in its maker's memory and is copied when kept; the flags and first fields are Windows' layout.
struct string_header {
    uint32_t flags;
    uint32_t length;
    uint32_t padding1;
    uint32_t padding2;
    wchar_t const* text;
};
static_assert(sizeof(string_header) == 24);

inline constexpr uint32_t string_is_reference = 1;
inline constexpr size_t max_string_length = 0x1FFFFFFF;

struct shared_string {
    string_header header;
    std::atomic<int32_t> references;
    wchar_t characters[1];
};
static_assert(sizeof(std::atomic<int32_t>) == 4);

// Makes room for length characters and their terminator; null when length is 0.
inline shared_string* allocate_string(size_t length)
{
    if (length == 0) return nullptr;
    if (length > max_string_length) throw std::length_error("a string of the Windows Runtime has fewer characters");
    void* const memory = std::malloc(offsetof(shared_string, characters) + (length + 1) * sizeof(wchar_t));
    if (!memory) throw std::bad_alloc();
    auto const string = static_cast<shared_string*>(memory);
    string->header = {0, static_cast<uint32_t>(length), 0, 0, string->characters};
    new (&string->references) std::atomic<int32_t>(1);
    string->characters[length] = 0;
    return string;
}

inline void* create_string(wchar_t const* text, size_t length)
{
    auto const string = allocate_string(length);
    if (string) std::memcpy(string->characters, text, length * sizeof(wchar_t));
    return string;
}

inline void* duplicate_string(void* handle)
{
    if (!handle) return nullptr;
    auto const header = static_cast<string_header*>(handle);
    if (header->flags & string_is_reference) return create_string(header->text, header->length);
    static_cast<shared_string*>(handle)->references.fetch_add(1, std::memory_order_relaxed);
    return handle;
}

inline void release_string(void* handle) noexcept
{
    if (!handle) return;
    auto const header = static_cast<string_header*>(handle);
    if (header->flags & string_is_reference) return;
    if (static_cast<shared_string*>(handle)->references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        std::free(handle);
    }
}

inline std::wstring_view string_view_of(void* handle) noexcept
{
    if (!handle) return {L"", 0};
    auto const header = static_cast<string_header*>(handle);
    return {header->text, header->length};
}

inline constexpr char32_t replacement_character = 0xFFFD;

// Reads one character of UTF-8 and moves begin past it; malformed bytes are read as U+FFFD, one for each maximal part
// of a sequence.
inline char32_t decode_utf8(char const*& begin, char const* end) noexcept
{
    auto const lead = static_cast<uint8_t>(*begin++);
    if (lead < 0x80) return lead;
    int trailing = 0;
    char32_t code = 0;
    uint8_t low = 0x80;
    uint8_t high = 0xBF;
    if (lead >= 0xC2 && lead <= 0xDF) {
        trailing = 1;
        code = lead & 0x1F;
    } else if ((lead & 0xF0) == 0xE0) {
        trailing = 2;
        code = lead & 0x0F;
        if (lead == 0xE0) low = 0xA0;
        if (lead == 0xED) high = 0x9F;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        trailing = 3;
        code = lead & 0x07;
        if (lead == 0xF0) low = 0x90;
        if (lead == 0xF4) high = 0x8F;
    } else {
        return replacement_character;
    }
    for (; trailing > 0; --trailing) {
        if (begin == end) return replacement_character;
        auto const byte = static_cast<uint8_t>(*begin);
        if (byte < low || byte > high) return replacement_character;
        low = 0x80;
        high = 0xBF;
        code = (code << 6) | (byte & 0x3F);
        ++begin;
    }
    return code;
}

inline void* create_string_from_utf8(std::string_view text)
{
    size_t length = 0;
    for (char const *at = text.data(), *const end = at + text.size(); at != end; ++length) {
        decode_utf8(at, end);
    }
    auto const string = allocate_string(length);
    if (!string) return nullptr;
    wchar_t* out = string->characters;
    for (char const *at = text.data(), *const end = at + text.size(); at != end;) {
        *out++ = static_cast<wchar_t>(decode_utf8(at, end));
    }
    return string;
}

inline void append_utf8(std::string& text, wchar_t character)
{
    auto code = static_cast<char32_t>(character);
    if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) code = replacement_character;
    if (code < 0x80) {
        text += static_cast<char>(code);
        return;
    }
    if (code < 0x800) {
        text += static_cast<char>(0xC0 | (code >> 6));
    } else {
        if (code < 0x10000) {
            text += static_cast<char>(0xE0 | (code >> 12));
        } else {
            text += static_cast<char>(0xF0 | (code >> 18));
            text += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
        }
        text += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    }
    text += static_cast<char>(0x80 | (code & 0x3F));
}
} // namespace winrt::impl

namespace winrt {
struct hstring {
    using value_type = wchar_t;
    using size_type = uint32_t;
    using const_reference = wchar_t const&;
    using pointer = wchar_t*;
    using const_pointer = wchar_t const*;
    using const_iterator = std::wstring_view::const_iterator;
    using const_reverse_iterator = std::wstring_view::const_reverse_iterator;

    hstring() noexcept = default;
    hstring(std::nullptr_t) = delete;
    hstring(void* handle, take_ownership_from_abi_t) noexcept : m_handle(handle) {}
    hstring(hstring const& other) : m_handle(impl::duplicate_string(other.m_handle)) {}
    hstring(hstring&& other) noexcept : m_handle(std::exchange(other.m_handle, nullptr)) {}

    hstring(wchar_t const* text) : hstring(std::wstring_view(text)) {}
    hstring(wchar_t const* text, size_type length) : hstring(std::wstring_view(text, length)) {}
    hstring(std::wstring_view text) : m_handle(impl::create_string(text.data(), text.size())) {}
    hstring(std::wstring const& text) : hstring(std::wstring_view(text)) {}
    hstring(std::initializer_list<wchar_t> text) : hstring(std::wstring_view(text.begin(), text.size())) {}

    /// UTF-8, which Windows' hstring does not take.
    hstring(char const* text) : hstring(std::string_view(text)) {}
    hstring(std::string_view text) : m_handle(impl::create_string_from_utf8(text)) {}
    hstring(std::string const& text) : hstring(std::string_view(text)) {}

    ~hstring() { impl::release_string(m_handle); }

    hstring& operator=(std::nullptr_t) = delete;
    hstring& operator=(hstring const& other)
    {
        if (this != &other) {
            hstring copy(other);
            std::swap(m_handle, copy.m_handle);
        }
        return *this;
    }
    hstring& operator=(hstring&& other) noexcept
    {
        if (this != &other) {
            clear();
            m_handle = std::exchange(other.m_handle, nullptr);
        }
        return *this;
    }
    hstring& operator=(std::wstring_view text) { return *this = hstring(text); }
    hstring& operator=(std::wstring const& text) { return *this = hstring(text); }
    hstring& operator=(wchar_t const* text) { return *this = hstring(text); }
    hstring& operator=(std::initializer_list<wchar_t> text) { return *this = hstring(text); }

    operator std::wstring_view() const noexcept { return impl::string_view_of(m_handle); }

    void clear() noexcept { impl::release_string(std::exchange(m_handle, nullptr)); }

    bool empty() const noexcept { return !m_handle; }
    size_type size() const noexcept { return static_cast<size_type>(view().size()); }
    wchar_t const* data() const noexcept { return view().data(); }
    /// Never null, always terminated.
    wchar_t const* c_str() const noexcept { return view().data(); }

    const_iterator begin() const noexcept { return view().begin(); }
    const_iterator end() const noexcept { return view().end(); }
    const_iterator cbegin() const noexcept { return view().cbegin(); }
    const_iterator cend() const noexcept { return view().cend(); }
    const_reverse_iterator rbegin() const noexcept { return view().rbegin(); }
    const_reverse_iterator rend() const noexcept { return view().rend(); }
    const_reverse_iterator crbegin() const noexcept { return view().crbegin(); }
    const_reverse_iterator crend() const noexcept { return view().crend(); }

    const_reference operator[](size_type position) const noexcept
    {
        WINRT_ASSERT(position < size());
        return data()[position];
    }
    const_reference front() const noexcept { return (*this)[0]; }
    const_reference back() const noexcept { return (*this)[size() - 1]; }

    bool starts_with(std::wstring_view text) const noexcept { return view().starts_with(text); }
    bool ends_with(std::wstring_view text) const noexcept { return view().ends_with(text); }
    bool starts_with(wchar_t character) const noexcept { return view().starts_with(character); }
    bool ends_with(wchar_t character) const noexcept { return view().ends_with(character); }

    // Comparison: by code point, with anything that is wide text. Friends, so that two views that are no hstring at all
    // are not compared through one in code that says "using namespace winrt".
    friend bool operator==(hstring const& left, hstring const& right) noexcept
    {
        return left.m_handle == right.m_handle || std::wstring_view(left) == std::wstring_view(right);
    }
    friend auto operator<=>(hstring const& left, hstring const& right) noexcept
    {
        return std::wstring_view(left) <=> std::wstring_view(right);
    }
    friend bool operator==(hstring const& left, std::wstring_view right) noexcept
    {
        return std::wstring_view(left) == right;
    }
    friend auto operator<=>(hstring const& left, std::wstring_view right) noexcept
    {
        return std::wstring_view(left) <=> right;
    }
    friend bool operator==(hstring const& left, std::wstring const& right) noexcept
    {
        return std::wstring_view(left) == std::wstring_view(right);
    }
    friend auto operator<=>(hstring const& left, std::wstring const& right) noexcept
    {
        return std::wstring_view(left) <=> std::wstring_view(right);
    }
    friend bool operator==(hstring const& left, wchar_t const* right) noexcept
    {
        return std::wstring_view(left) == std::wstring_view(right);
    }
    friend auto operator<=>(hstring const& left, wchar_t const* right) noexcept
    {
        return std::wstring_view(left) <=> std::wstring_view(right);
    }
    friend bool operator==(hstring const&, std::nullptr_t) = delete;

private:
    std::wstring_view view() const noexcept { return *this; }

    friend void* get_abi(hstring const& string) noexcept;
    friend void** put_abi(hstring& string) noexcept;
    friend void* detach_abi(hstring& string) noexcept;
    friend void swap(hstring& left, hstring& right) noexcept;

    void* m_handle{};
};

inline void* get_abi(hstring const& string) noexcept
{
    return string.m_handle;
}
inline void** put_abi(hstring& string) noexcept
{
    string.clear();
    return &string.m_handle;
}
inline void* detach_abi(hstring& string) noexcept
{
    return std::exchange(string.m_handle, nullptr);
}
inline void* detach_abi(hstring&& string) noexcept
{
    return detach_abi(string);
}
inline void attach_abi(hstring& string, void* value) noexcept
{
    *put_abi(string) = value;
}
inline void copy_from_abi(hstring& string, void* value)
{
    attach_abi(string, impl::duplicate_string(value));
}
inline void copy_to_abi(hstring const& string, void*& value)
{
    value = impl::duplicate_string(get_abi(string));
}
/// A string for the ABI made from text, owned by whoever receives it.
inline void* detach_abi(std::wstring_view text)
{
    return impl::create_string(text.data(), text.size());
}
inline void* detach_abi(wchar_t const* text)
{
    return detach_abi(std::wstring_view(text));
}
inline void swap(hstring& left, hstring& right) noexcept
{
    std::swap(left.m_handle, right.m_handle);
}

// ---- Joining ----------------------------------------------------------------------------------------------------

namespace impl {
inline hstring joined(std::wstring_view left, std::wstring_view right)
{
    auto const string = allocate_string(left.size() + right.size());
    if (!string) return {};
    std::memcpy(string->characters, left.data(), left.size() * sizeof(wchar_t));
    std::memcpy(string->characters + left.size(), right.data(), right.size() * sizeof(wchar_t));
    return {string, take_ownership_from_abi};
}
} // namespace impl

inline hstring operator+(hstring const& left, hstring const& right)
{
    return impl::joined(left, right);
}
inline hstring operator+(hstring const& left, std::wstring const& right)
{
    return impl::joined(left, right);
}
inline hstring operator+(std::wstring const& left, hstring const& right)
{
    return impl::joined(left, right);
}
inline hstring operator+(hstring const& left, std::wstring_view right)
{
    return impl::joined(left, right);
}
inline hstring operator+(std::wstring_view left, hstring const& right)
{
    return impl::joined(left, right);
}
inline hstring operator+(hstring const& left, wchar_t const* right)
{
    return impl::joined(left, right);
}
inline hstring operator+(wchar_t const* left, hstring const& right)
{
    return impl::joined(left, right);
}
inline hstring operator+(hstring const& left, wchar_t right)
{
    return impl::joined(left, std::wstring_view(&right, 1));
}
inline hstring operator+(wchar_t left, hstring const& right)
{
    return impl::joined(std::wstring_view(&left, 1), right);
}
hstring operator+(hstring const&, std::nullptr_t) = delete;
hstring operator+(std::nullptr_t, hstring const&) = delete;

/// Whether it goes on behind a character that ends a C string.
inline bool embedded_null(hstring const& text) noexcept
{
    return std::wstring_view(text).find(L'\0') != std::wstring_view::npos;
}

// ---- To and from text -------------------------------------------------------------------------------------------

/// UTF-8 of wide text; what is no character becomes U+FFFD.
inline std::string to_string(std::wstring_view text)
{
    std::string result;
    result.reserve(text.size());
    for (wchar_t character : text) {
        impl::append_utf8(result, character);
    }
    return result;
}

namespace impl {
// The shortest text that reads back as the same number.
template <typename Number>
hstring number_text(Number value)
{
    char buffer[32];
    auto const end = std::to_chars(buffer, buffer + sizeof(buffer), value).ptr;
    return hstring(std::string_view(buffer, static_cast<size_t>(end - buffer)));
}
} // namespace impl

inline hstring to_hstring(int8_t value)
{
    return impl::number_text(static_cast<int32_t>(value));
}
inline hstring to_hstring(uint8_t value)
{
    return impl::number_text(static_cast<uint32_t>(value));
}
inline hstring to_hstring(int16_t value)
{
    return impl::number_text(static_cast<int32_t>(value));
}
inline hstring to_hstring(uint16_t value)
{
    return impl::number_text(static_cast<uint32_t>(value));
}
inline hstring to_hstring(int32_t value)
{
    return impl::number_text(value);
}
inline hstring to_hstring(uint32_t value)
{
    return impl::number_text(value);
}
inline hstring to_hstring(long value)
{
    return impl::number_text(value);
}
inline hstring to_hstring(unsigned long value)
{
    return impl::number_text(value);
}
inline hstring to_hstring(long long value)
{
    return impl::number_text(value);
}
inline hstring to_hstring(unsigned long long value)
{
    return impl::number_text(value);
}
inline hstring to_hstring(float value)
{
    return impl::number_text(value);
}
inline hstring to_hstring(double value)
{
    return impl::number_text(value);
}
inline hstring to_hstring(char16_t value)
{
    wchar_t const character = static_cast<wchar_t>(value);
    return hstring(std::wstring_view(&character, 1));
}
inline hstring to_hstring(wchar_t value)
{
    return hstring(std::wstring_view(&value, 1));
}
inline hstring to_hstring(hstring const& value) noexcept
{
    return value;
}
inline hstring to_hstring(std::string_view utf8)
{
    return hstring(utf8);
}
inline hstring to_hstring(char const* utf8)
{
    return hstring(utf8);
}
inline hstring to_hstring(std::string const& utf8)
{
    return hstring(utf8);
}
/// "true" or "false"; a template so that nothing converts to bool on its way here.
template <typename T, std::enable_if_t<std::is_same_v<T, bool>, int> = 0>
hstring to_hstring(T value)
{
    return value ? hstring(L"true") : hstring(L"false");
}
/// "{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}", lower case.
inline hstring to_hstring(guid const& value)
{
    constexpr std::wstring_view digits = L"0123456789abcdef";
    wchar_t text[38];
    wchar_t* out = text;
    auto append = [&](uint32_t number, int count) {
        for (int shift = count * 4 - 4; shift >= 0; shift -= 4) {
            *out++ = digits[(number >> shift) & 0xF];
        }
    };
    *out++ = L'{';
    append(value.Data1, 8);
    *out++ = L'-';
    append(value.Data2, 4);
    *out++ = L'-';
    append(value.Data3, 4);
    for (size_t index = 0; index < 8; ++index) {
        if (index == 0 || index == 2) *out++ = L'-';
        append(value.Data4[index], 2);
    }
    *out++ = L'}';
    return hstring(std::wstring_view(text, 38));
}

namespace impl {
/// A string of known length that is written in place before it is shared.
class hstring_builder {
public:
    explicit hstring_builder(uint32_t length) : m_string(allocate_string(length)) {}
    hstring_builder(hstring_builder const&) = delete;
    hstring_builder& operator=(hstring_builder const&) = delete;
    ~hstring_builder() { release_string(m_string); }

    wchar_t* data() noexcept { return m_string ? m_string->characters : nullptr; }
    hstring to_hstring() noexcept { return {std::exchange(m_string, nullptr), take_ownership_from_abi}; }

private:
    shared_string* m_string;
};
} // namespace impl

namespace param {
/// What a projected function takes for a string: refers to the caller's text, allocates nothing unless the text is
/// UTF-8 or has no terminator.
struct hstring {
    hstring() noexcept = default;
    hstring(hstring const&) = delete;
    hstring& operator=(hstring const&) = delete;
    hstring(std::nullptr_t) = delete;

    hstring(winrt::hstring const& text) noexcept : m_handle(winrt::get_abi(text)) {}
    hstring(std::wstring const& text) noexcept { refer(text.c_str(), text.size()); }
    hstring(wchar_t const* text) noexcept { refer(text, std::char_traits<wchar_t>::length(text)); }
    // A view may be a piece of something: its text is copied, for receivers may rely on the terminator.
    hstring(std::wstring_view text) : m_owned(text), m_handle(winrt::get_abi(m_owned)) {}
    hstring(std::string_view utf8) : m_owned(utf8), m_handle(winrt::get_abi(m_owned)) {}
    hstring(std::string const& utf8) : hstring(std::string_view(utf8)) {}
    hstring(char const* utf8) : hstring(std::string_view(utf8)) {}

    operator winrt::hstring const&() const noexcept { return *reinterpret_cast<winrt::hstring const*>(&m_handle); }

private:
    friend void* get_abi(hstring const& text) noexcept { return text.m_handle; }

    void refer(wchar_t const* text, size_t length) noexcept
    {
        if (length == 0) return;
        m_header = {impl::string_is_reference, static_cast<uint32_t>(length), 0, 0, text};
        m_handle = &m_header;
    }

    impl::string_header m_header{};
    winrt::hstring m_owned;
    void* m_handle{};
};
} // namespace param
} // namespace winrt

template <>
struct std::hash<winrt::hstring> {
    size_t operator()(winrt::hstring const& value) const noexcept
    {
        return std::hash<std::wstring_view>{}(std::wstring_view(value));
    }
};
