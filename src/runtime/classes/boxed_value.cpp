// SPDX-License-Identifier: MIT
#include "runtime/classes/boxed_value.h"

#include "runtime/broker.h"

#include <algorithm>
#include <cstring>

namespace latchkey::runtime {

namespace {

using namespace winrt;
using namespace winrt::Windows::Foundation;
using Bytes = std::vector<uint8_t>;

constexpr uint8_t kArray = 128;
constexpr int32_t kArrayTypes = 1024; // PropertyType: an array is its element's number and this

// What D-Bus lets into a string: every character but NUL, surrogates and what is no character.
bool is_plain(std::wstring_view text)
{
    return std::ranges::none_of(text, [](wchar_t character) {
        auto const code = static_cast<uint32_t>(character);
        return code == 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000) ||
               (code >= 0xFDD0 && code <= 0xFDEF) || (code & 0xFFFE) == 0xFFFE;
    });
}

template <typename T>
void append(Bytes& bytes, T const& value)
{
    if constexpr (std::is_same_v<T, hstring>) {
        std::string const text = to_string(value);
        append(bytes, static_cast<uint32_t>(text.size()));
        bytes.insert(bytes.end(), text.begin(), text.end());
    } else {
        static_assert(std::is_trivially_copyable_v<T>);
        auto const* const first = reinterpret_cast<uint8_t const*>(&value);
        bytes.insert(bytes.end(), first, first + sizeof value);
    }
}

template <typename T>
bool take(std::basic_string_view<uint8_t>& bytes, T& value)
{
    if constexpr (std::is_same_v<T, hstring>) {
        uint32_t size = 0;
        if (!take(bytes, size) || size > bytes.size()) return false;
        value = to_hstring(std::string_view{reinterpret_cast<char const*>(bytes.data()), size});
        bytes.remove_prefix(size);
        return true;
    } else if constexpr (std::is_same_v<T, bool>) {
        uint8_t byte = 0;
        if (!take(bytes, byte) || byte > 1) return false;
        value = byte == 1;
        return true;
    } else {
        if (bytes.size() < sizeof value) return false;
        std::memcpy(&value, bytes.data(), sizeof value);
        bytes.remove_prefix(sizeof value);
        return true;
    }
}

template <typename T>
ipc::Value single(PropertyType type, T const& value)
{
    Bytes bytes{static_cast<uint8_t>(type)};
    append(bytes, value);
    return bytes;
}

template <typename T>
ipc::Value array(PropertyType type, com_array<T> const& values)
{
    Bytes bytes{static_cast<uint8_t>(kArray | (static_cast<int32_t>(type) - kArrayTypes))};
    for (T const& value : values)
        append(bytes, value);
    return bytes;
}

ipc::Value text_value(hstring const& text)
{
    if (is_plain(text)) return to_string(text);
    Bytes bytes{static_cast<uint8_t>(PropertyType::String)};
    std::string const utf8 = to_string(text);
    bytes.insert(bytes.end(), utf8.begin(), utf8.end());
    return bytes;
}

// Every type of element. PLAIN types have a D-Bus type of their own.
#define LATCHKEY_PLAIN_TYPES(ROW)                                                                                      \
    ROW(UInt8, uint8_t)                                                                                                \
    ROW(Int16, int16_t)                                                                                                \
    ROW(UInt16, uint16_t)                                                                                              \
    ROW(Int32, int32_t)                                                                                                \
    ROW(UInt32, uint32_t)                                                                                              \
    ROW(Int64, int64_t)                                                                                                \
    ROW(UInt64, uint64_t)                                                                                              \
    ROW(Double, double)                                                                                                \
    ROW(Boolean, bool)
#define LATCHKEY_OTHER_TYPES(ROW)                                                                                      \
    ROW(Single, float)                                                                                                 \
    ROW(Char16, char16_t)                                                                                              \
    ROW(DateTime, Windows::Foundation::DateTime)                                                                       \
    ROW(TimeSpan, Windows::Foundation::TimeSpan)                                                                       \
    ROW(Guid, guid)                                                                                                    \
    ROW(Point, Windows::Foundation::Point)                                                                             \
    ROW(Size, Windows::Foundation::Size)                                                                               \
    ROW(Rect, Windows::Foundation::Rect)

template <typename T, typename Make>
IInspectable unpack_single(std::basic_string_view<uint8_t> bytes, Make make)
{
    T value{};
    return take(bytes, value) && bytes.empty() ? make(value) : nullptr;
}

template <typename T, typename Make>
IInspectable unpack_array(std::basic_string_view<uint8_t> bytes, Make make)
{
    // Not std::vector: one of bool has no array inside.
    std::vector<std::conditional_t<std::is_same_v<T, bool>, uint8_t, T>> values;
    while (!bytes.empty()) {
        T value{};
        if (!take(bytes, value)) return nullptr;
        values.push_back(value);
    }
    if constexpr (std::is_same_v<T, bool>)
        return make(
            array_view<T const>(reinterpret_cast<bool const*>(values.data()), static_cast<uint32_t>(values.size())));
    else
        return make(array_view<T const>(values.data(), static_cast<uint32_t>(values.size())));
}

IInspectable unpack(Bytes const& packed)
{
    if (packed.empty()) return nullptr;
    std::basic_string_view<uint8_t> bytes{packed.data() + 1, packed.size() - 1};
    bool const is_array = (packed[0] & kArray) != 0;
    auto const type = static_cast<PropertyType>(packed[0] & ~kArray);
#define LATCHKEY_ROW(NAME, TYPE)                                                                                       \
    if (type == PropertyType::NAME)                                                                                    \
        return is_array                                                                                                \
                   ? unpack_array<TYPE>(bytes, [](auto const& v) { return PropertyValue::Create##NAME##Array(v); })    \
                   : unpack_single<TYPE>(bytes, [](auto const& v) { return PropertyValue::Create##NAME(v); });
    LATCHKEY_PLAIN_TYPES(LATCHKEY_ROW)
    LATCHKEY_OTHER_TYPES(LATCHKEY_ROW)
#undef LATCHKEY_ROW
    if (type != PropertyType::String) return nullptr;
    if (is_array)
        return unpack_array<hstring>(bytes, [](auto const& v) { return PropertyValue::CreateStringArray(v); });
    return box_value(to_hstring(std::string_view{reinterpret_cast<char const*>(bytes.data()), bytes.size()}));
}

} // namespace

ipc::Value value_of(std::wstring_view member, IInspectable const& boxed)
{
    auto const value = boxed.try_as<IPropertyValue>();
    switch (value ? value.Type() : PropertyType::OtherType) {
#define LATCHKEY_ARRAY(NAME, TYPE)                                                                                     \
    case PropertyType::NAME##Array: {                                                                                  \
        com_array<TYPE> values;                                                                                        \
        value.Get##NAME##Array(values);                                                                                \
        return array(PropertyType::NAME##Array, values);                                                               \
    }
#define LATCHKEY_ROW(NAME, TYPE)                                                                                       \
    case PropertyType::NAME:                                                                                           \
        return value.Get##NAME();                                                                                      \
        LATCHKEY_ARRAY(NAME, TYPE)
        LATCHKEY_PLAIN_TYPES(LATCHKEY_ROW)
#undef LATCHKEY_ROW
#define LATCHKEY_ROW(NAME, TYPE)                                                                                       \
    case PropertyType::NAME:                                                                                           \
        return single(PropertyType::NAME, value.Get##NAME());                                                          \
        LATCHKEY_ARRAY(NAME, TYPE)
        LATCHKEY_OTHER_TYPES(LATCHKEY_ROW)
#undef LATCHKEY_ROW
    case PropertyType::String:
        return text_value(value.GetString());
        LATCHKEY_ARRAY(String, hstring)
#undef LATCHKEY_ARRAY
    default:
        break;
    }
    throw hresult_error(kUnsupportedType,
                        hstring{member} +
                            L": a value is a number, a text, a date, a guid or another of Windows' base "
                            L"types, or an array of one of them; this is " +
                            (boxed ? get_class_name(boxed) : hstring{L"null"}));
}

ipc::Dictionary arguments_of(std::wstring_view member, BoxedMap const& set)
{
    std::vector<ipc::Dictionary::Entry> entries;
    for (auto const& pair : set) {
        std::string key = key_of(member, pair.Key());
        IInspectable const boxed = pair.Value();
        if (!boxed)
            entries.push_back({std::move(key), Bytes{static_cast<uint8_t>(PropertyType::Empty)}});
        else if (auto const inner = boxed.try_as<BoxedMap>())
            entries.push_back({std::move(key), arguments_of(member, inner)});
        else
            entries.push_back({std::move(key), value_of(member, boxed)});
    }
    ipc::Dictionary arguments;
    if (entries.size() > ipc::kMaxDictionaryEntries || !arguments.assign(std::move(entries)))
        throw hresult_error(kLimitExceeded, hstring{member} + L": a set has at most 65,536 values");
    return arguments;
}

std::string key_of(std::wstring_view member, hstring const& key)
{
    if (!is_plain(key))
        throw hresult_invalid_argument(hstring{member} + L": a key may not have a NUL or what is no character in it");
    return to_string(key);
}

IInspectable box_of(ipc::Value const& value, MakeSet const& make_set)
{
    return std::visit(
        [&](auto const& held) -> IInspectable {
            using Held = std::remove_cvref_t<decltype(held)>;
            if constexpr (std::is_same_v<Held, std::string>) {
                return box_value(to_hstring(held));
            } else if constexpr (std::is_same_v<Held, Bytes>) {
                return unpack(held);
            } else if constexpr (std::is_same_v<Held, ipc::Dictionary>) {
                BoxedMap const set = make_set();
                fill(set, held, make_set);
                return set;
            } else if constexpr (std::is_arithmetic_v<Held>) {
                return box_value(held);
            } else {
                return nullptr;
            }
        },
        value.data);
}

void fill(BoxedMap const& set, ipc::Dictionary const& entries, MakeSet const& make_set)
{
    for (ipc::Dictionary::Entry const& entry : entries.entries())
        set.Insert(to_hstring(entry.key), box_of(entry.value, make_set));
}

} // namespace latchkey::runtime
