// SPDX-License-Identifier: MIT
#pragma once

// The a{sv} of D-Bus as a value: what options, results and events of org.latchkey.Broker1 are made of. A Value is one
// of the types that the interface uses; reading something else is refused with its signature. Keys are unique and
// keep the order in which they were set.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace latchkey::ipc {

struct Value;

// A value nested deeper than this, or a list or dictionary with more entries, is refused when read.
inline constexpr int kMaxValueDepth = 8;
inline constexpr std::size_t kMaxListEntries = 250'000;
inline constexpr std::size_t kMaxDictionaryEntries = 65'536;

class Dictionary {
public:
    struct Entry;

    // Written out, because an Entry is complete only after Value is.
    Dictionary();
    Dictionary(Dictionary const&);
    Dictionary(Dictionary&&) noexcept;
    Dictionary& operator=(Dictionary const&);
    Dictionary& operator=(Dictionary&&) noexcept;
    ~Dictionary();
    Dictionary(std::initializer_list<std::pair<std::string_view, Value>> entries);

    // Null when there is no such key.
    Value const* find(std::string_view key) const;
    void set(std::string_view key, Value value);
    // All entries at once; false, and nothing is changed, when two have the same key.
    [[nodiscard]] bool assign(std::vector<Entry> entries);
    std::size_t size() const;
    bool empty() const { return size() == 0; }

    std::vector<Entry> const& entries() const { return m_entries; }

    // The value of key when it is there and of type T, else fallback.
    template <class T>
    T get(std::string_view key, T fallback = {}) const;

    bool operator==(Dictionary const& other) const;

private:
    std::vector<Entry> m_entries;
};

template <class T, class OneOf>
inline constexpr bool kIsAlternative = false;
template <class T, class... Types>
inline constexpr bool kIsAlternative<T, std::variant<Types...>> = (std::is_same_v<T, Types> || ...);

struct Value {
    using Variant = std::variant<bool, std::uint8_t, std::int16_t, std::uint16_t, std::int32_t, std::uint32_t,
                                 std::int64_t, std::uint64_t, double, std::string, std::vector<std::string>,
                                 std::vector<std::uint8_t>, Dictionary, std::vector<Dictionary>, std::vector<Value>>;
    Variant data;

    // By name, not by whether Variant can be made of it: the answer to that needs this constructor.
    template <class T>
    requires(kIsAlternative<T, Variant>) Value(T value)
        : data(std::in_place_type<T>, std::move(value)) {}    // NOLINT(google-explicit-constructor)
    Value(char const* text) : data(std::string(text)) {}      // NOLINT(google-explicit-constructor)
    Value(std::string_view text) : data(std::string(text)) {} // NOLINT(google-explicit-constructor)

    template <class T>
    T const* as() const
    {
        return std::get_if<T>(&data);
    }
    // The D-Bus signature of what it holds.
    std::string signature() const;

    bool operator==(Value const& other) const = default;
};

struct Dictionary::Entry {
    std::string key;
    Value value;
    bool operator==(Entry const&) const = default;
};

template <class T>
T Dictionary::get(std::string_view key, T fallback) const
{
    Value const* const found = find(key);
    T const* const typed = found == nullptr ? nullptr : found->as<T>();
    return typed == nullptr ? std::move(fallback) : *typed;
}

} // namespace latchkey::ipc
