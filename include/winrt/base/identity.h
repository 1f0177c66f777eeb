// SPDX-License-Identifier: MIT
// The name and the IID of every type. The IID of an instance of a generic type is computed at compile time, as the
// version 5 UUID of the type's signature.
//
// Grammar of signatures: winrt-on-linux reference section 2.1.
#pragma once

#include "winrt/base/guid.h"
#include "winrt/base/meta.h"

namespace winrt::impl {
// ---- Names ------------------------------------------------------------------------------------------------------

// L"Namespace.Type" as an array with its terminator. Generated headers specialise it, with zcombine for an instance of
// a generic type.
template <typename T>
inline constexpr auto& name_v = L"";

template <typename T>
constexpr std::wstring_view name_of() noexcept
{
    return {std::data(name_v<T>), std::size(name_v<T>) - 1};
}

template <typename T>
inline constexpr size_t array_size_v = 0;
template <size_t size>
inline constexpr size_t array_size_v<wchar_t[size]> = size;
template <size_t size>
inline constexpr size_t array_size_v<std::array<wchar_t, size>> = size;

// Joins arrays that end with a terminator into one that does.
template <typename... Part>
constexpr auto zcombine(Part const&... parts) noexcept
{
    std::array<wchar_t, (array_size_v<std::remove_const_t<Part>> + ...) - sizeof...(Part) + 1> result{};
    wchar_t* end = result.data();
    auto append = [&end](wchar_t const* part, size_t size) {
        for (size_t index = 0; index + 1 < size; ++index) {
            *end++ = part[index];
        }
    };
    (append(std::data(parts), array_size_v<std::remove_const_t<Part>>), ...);
    return result;
}

// ---- IIDs -------------------------------------------------------------------------------------------------------

template <typename T>
inline constexpr guid guid_v{};

// The IID of a generic type itself ("piid"), on each instance.
template <typename T>
inline constexpr guid generic_guid_v{};

// SHA-1 of what is fed to it.
class sha1 {
public:
    constexpr void feed(uint8_t byte) noexcept
    {
        m_block[m_used++] = byte;
        ++m_length;
        if (m_used == sizeof(m_block)) {
            digest_block();
            m_used = 0;
        }
    }

    constexpr void feed(std::string_view text) noexcept
    {
        for (char character : text) {
            feed(static_cast<uint8_t>(character));
        }
    }

    // Names are ASCII; anything else is fed as UTF-8.
    constexpr void feed(std::wstring_view text) noexcept
    {
        for (wchar_t character : text) {
            auto const code = static_cast<uint32_t>(character);
            if (code < 0x80) {
                feed(static_cast<uint8_t>(code));
            } else if (code < 0x800) {
                feed(static_cast<uint8_t>(0xC0 | (code >> 6)));
                feed(static_cast<uint8_t>(0x80 | (code & 0x3F)));
            } else {
                if (code >= 0x10000) {
                    feed(static_cast<uint8_t>(0xF0 | (code >> 18)));
                    feed(static_cast<uint8_t>(0x80 | ((code >> 12) & 0x3F)));
                } else {
                    feed(static_cast<uint8_t>(0xE0 | (code >> 12)));
                }
                feed(static_cast<uint8_t>(0x80 | ((code >> 6) & 0x3F)));
                feed(static_cast<uint8_t>(0x80 | (code & 0x3F)));
            }
        }
    }

    // A guid as it is written, lower case: what signatures contain.
    constexpr void feed(guid const& id) noexcept
    {
        feed_hex(id.Data1, 8);
        feed(uint8_t{'-'});
        feed_hex(id.Data2, 4);
        feed(uint8_t{'-'});
        feed_hex(id.Data3, 4);
        for (size_t index = 0; index < 8; ++index) {
            if (index == 0 || index == 2) feed(uint8_t{'-'});
            feed_hex(id.Data4[index], 2);
        }
    }

    // The first 16 bytes as a version 5 UUID.
    constexpr guid finish_uuid() noexcept
    {
        uint64_t const bits = m_length * 8;
        feed(uint8_t{0x80});
        while (m_used != 56) {
            feed(uint8_t{0});
        }
        for (int shift = 56; shift >= 0; shift -= 8) {
            feed(static_cast<uint8_t>(bits >> shift));
        }
        guid result;
        result.Data1 = m_state[0];
        result.Data2 = static_cast<uint16_t>(m_state[1] >> 16);
        result.Data3 = static_cast<uint16_t>((m_state[1] & 0x0FFF) | 0x5000);
        for (size_t index = 0; index < 8; ++index) {
            result.Data4[index] = static_cast<uint8_t>(m_state[2 + index / 4] >> (24 - 8 * (index % 4)));
        }
        result.Data4[0] = static_cast<uint8_t>((result.Data4[0] & 0x3F) | 0x80);
        return result;
    }

private:
    constexpr void feed_hex(uint32_t number, int digits) noexcept
    {
        for (int shift = digits * 4 - 4; shift >= 0; shift -= 4) {
            feed(static_cast<uint8_t>("0123456789abcdef"[(number >> shift) & 0xF]));
        }
    }

    static constexpr uint32_t rotate(uint32_t value, int bits) noexcept
    {
        return (value << bits) | (value >> (32 - bits));
    }

    constexpr void digest_block() noexcept
    {
        uint32_t words[80]{};
        for (size_t index = 0; index < 16; ++index) {
            for (size_t byte = 0; byte < 4; ++byte) {
                words[index] = (words[index] << 8) | m_block[index * 4 + byte];
            }
        }
        for (size_t index = 16; index < 80; ++index) {
            words[index] = rotate(words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16], 1);
        }
        uint32_t a = m_state[0], b = m_state[1], c = m_state[2], d = m_state[3], e = m_state[4];
        for (size_t index = 0; index < 80; ++index) {
            uint32_t mixed = 0;
            if (index < 20)
                mixed = ((b & c) | (~b & d)) + 0x5A827999;
            else if (index < 40)
                mixed = (b ^ c ^ d) + 0x6ED9EBA1;
            else if (index < 60)
                mixed = ((b & c) | (b & d) | (c & d)) + 0x8F1BBCDC;
            else
                mixed = (b ^ c ^ d) + 0xCA62C1D6;
            mixed += rotate(a, 5) + e + words[index];
            e = d;
            d = c;
            c = rotate(b, 30);
            b = a;
            a = mixed;
        }
        m_state[0] += a;
        m_state[1] += b;
        m_state[2] += c;
        m_state[3] += d;
        m_state[4] += e;
    }

    uint32_t m_state[5]{0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    uint8_t m_block[64]{};
    size_t m_used = 0;
    uint64_t m_length = 0;
};

template <typename T, typename Category>
struct signature;

template <typename T>
constexpr void feed_signature(sha1& hash) noexcept
{
    signature<T, category_t<T>>::feed(hash);
}

template <typename T>
struct basic_signature;
#define WINRT_IMPL_BASIC_TYPE(TYPE, NAME, SIGNATURE)                                                                   \
    template <>                                                                                                        \
    struct category<TYPE> {                                                                                            \
        using type = basic_category;                                                                                   \
    };                                                                                                                 \
    template <>                                                                                                        \
    inline constexpr auto& name_v<TYPE> = NAME;                                                                        \
    template <>                                                                                                        \
    struct basic_signature<TYPE> {                                                                                     \
        static constexpr std::string_view text{SIGNATURE};                                                             \
    };

WINRT_IMPL_BASIC_TYPE(bool, L"Boolean", "b1")
WINRT_IMPL_BASIC_TYPE(int8_t, L"Int8", "i1")
WINRT_IMPL_BASIC_TYPE(uint8_t, L"UInt8", "u1")
WINRT_IMPL_BASIC_TYPE(int16_t, L"Int16", "i2")
WINRT_IMPL_BASIC_TYPE(uint16_t, L"UInt16", "u2")
WINRT_IMPL_BASIC_TYPE(int32_t, L"Int32", "i4")
WINRT_IMPL_BASIC_TYPE(uint32_t, L"UInt32", "u4")
WINRT_IMPL_BASIC_TYPE(int64_t, L"Int64", "i8")
WINRT_IMPL_BASIC_TYPE(uint64_t, L"UInt64", "u8")
WINRT_IMPL_BASIC_TYPE(float, L"Single", "f4")
WINRT_IMPL_BASIC_TYPE(double, L"Double", "f8")
WINRT_IMPL_BASIC_TYPE(char16_t, L"Char16", "c2")
WINRT_IMPL_BASIC_TYPE(guid, L"Guid", "g16")
WINRT_IMPL_BASIC_TYPE(hstring, L"String", "string")
WINRT_IMPL_BASIC_TYPE(Windows::Foundation::IInspectable, L"Object", "cinterface(IInspectable)")
#undef WINRT_IMPL_BASIC_TYPE

template <typename T>
struct signature<T, basic_category> {
    static constexpr void feed(sha1& hash) noexcept { hash.feed(basic_signature<T>::text); }
};
template <typename T>
struct signature<T, interface_category> {
    static constexpr void feed(sha1& hash) noexcept
    {
        hash.feed(std::string_view{"{"});
        hash.feed(guid_v<T>);
        hash.feed(std::string_view{"}"});
    }
};
template <typename T>
struct signature<T, delegate_category> {
    static constexpr void feed(sha1& hash) noexcept
    {
        hash.feed(std::string_view{"delegate({"});
        hash.feed(guid_v<T>);
        hash.feed(std::string_view{"})"});
    }
};
template <typename T>
struct signature<T, class_category> {
    static constexpr void feed(sha1& hash) noexcept
    {
        hash.feed(std::string_view{"rc("});
        hash.feed(name_of<T>());
        hash.feed(std::string_view{";"});
        feed_signature<default_interface_t<T>>(hash);
        hash.feed(std::string_view{")"});
    }
};
template <typename T>
struct signature<T, enum_category> {
    static constexpr void feed(sha1& hash) noexcept
    {
        hash.feed(std::string_view{"enum("});
        hash.feed(name_of<T>());
        hash.feed(std::is_same_v<std::underlying_type_t<T>, int32_t> ? std::string_view{";i4)"}
                                                                     : std::string_view{";u4)"});
    }
};
template <typename T, typename... Fields>
struct signature<T, struct_category<Fields...>> {
    static constexpr void feed(sha1& hash) noexcept
    {
        hash.feed(std::string_view{"struct("});
        hash.feed(name_of<T>());
        ((hash.feed(std::string_view{";"}), feed_signature<Fields>(hash)), ...);
        hash.feed(std::string_view{")"});
    }
};
template <typename T, typename... Args>
struct signature<T, pinterface_category<Args...>> {
    static constexpr void feed(sha1& hash) noexcept
    {
        hash.feed(std::string_view{"pinterface({"});
        hash.feed(generic_guid_v<T>);
        hash.feed(std::string_view{"}"});
        ((hash.feed(std::string_view{";"}), feed_signature<Args>(hash)), ...);
        hash.feed(std::string_view{")"});
    }
};
template <typename T, typename... Args>
struct signature<T, pdelegate_category<Args...>> : signature<T, pinterface_category<Args...>> {};

// pinterface_guid<T>::value is the IID of T, an instance of a generic interface or delegate.
template <typename T>
struct pinterface_guid {
    static constexpr guid compute() noexcept
    {
        sha1 hash;
        // The namespace that Windows gave to parameterized types: 11f47ad5-7b73-42c0-abae-878b1e16adee.
        constexpr uint8_t space[16]{0x11, 0xf4, 0x7a, 0xd5, 0x7b, 0x73, 0x42, 0xc0,
                                    0xab, 0xae, 0x87, 0x8b, 0x1e, 0x16, 0xad, 0xee};
        for (uint8_t byte : space) {
            hash.feed(byte);
        }
        feed_signature<T>(hash);
        return hash.finish_uuid();
    }

    static constexpr guid value = compute();
};

// ---- IIDs of the interfaces that are not in metadata ------------------------------------------------------------

template <>
inline constexpr guid guid_v<Windows::Foundation::IUnknown>{
    0x00000000, 0x0000, 0x0000, {0xC0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46}};
template <>
inline constexpr guid guid_v<Windows::Foundation::IInspectable>{
    0xAF86E2E0, 0xB12D, 0x4C6A, {0x9C, 0x5A, 0xD7, 0xAA, 0x65, 0x10, 0x1E, 0x90}};
template <>
inline constexpr guid guid_v<Windows::Foundation::IActivationFactory>{
    0x00000035, 0x0000, 0x0000, {0xC0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46}};
template <>
inline constexpr auto& name_v<Windows::Foundation::IUnknown> = L"Windows.Foundation.IUnknown";
template <>
inline constexpr auto& name_v<Windows::Foundation::IActivationFactory> = L"Windows.Foundation.IActivationFactory";
template <>
struct category<Windows::Foundation::IUnknown> {
    using type = interface_category;
};
template <>
struct category<Windows::Foundation::IActivationFactory> {
    using type = interface_category;
};

inline constexpr guid iid_agile_object{0x94EA2B94, 0xE9CC, 0x49E0, {0xC0, 0xFF, 0xEE, 0x64, 0xCA, 0x8F, 0x5B, 0x90}};
inline constexpr guid iid_weak_reference_source{
    0x00000038, 0x0000, 0x0000, {0xC0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46}};
inline constexpr guid iid_weak_reference{0x00000037, 0x0000, 0x0000, {0xC0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46}};
} // namespace winrt::impl

namespace winrt {
/// The IID of an interface, a delegate, or of a class's default interface.
template <typename T>
constexpr guid const& guid_of() noexcept
{
    static_assert(!(impl::guid_v<impl::default_interface_t<T>> == guid{}), "this type has no IID");
    return impl::guid_v<impl::default_interface_t<T>>;
}

/// Whether id is the IID of one of these.
template <typename... T>
constexpr bool is_guid_of(guid const& id) noexcept
{
    return ((id == guid_of<T>()) || ...);
}

/// The full name of a type in metadata.
template <typename T>
constexpr auto& name_of() noexcept
{
    return impl::name_v<T>;
}
} // namespace winrt
