// SPDX-License-Identifier: MIT
#include "ipc/dictionary.h"

#include <algorithm>

namespace latchkey::ipc {

Dictionary::Dictionary() = default;
Dictionary::Dictionary(Dictionary const&) = default;
Dictionary::Dictionary(Dictionary&&) noexcept = default;
Dictionary& Dictionary::operator=(Dictionary const&) = default;
Dictionary& Dictionary::operator=(Dictionary&&) noexcept = default;
Dictionary::~Dictionary() = default;

Dictionary::Dictionary(std::initializer_list<std::pair<std::string_view, Value>> entries)
{
    m_entries.reserve(entries.size());
    for (auto const& [key, value] : entries) {
        set(key, value);
    }
}

Value const* Dictionary::find(std::string_view key) const
{
    for (Entry const& entry : m_entries) {
        if (entry.key == key) return &entry.value;
    }
    return nullptr;
}

void Dictionary::set(std::string_view key, Value value)
{
    for (Entry& entry : m_entries) {
        if (entry.key == key) {
            entry.value = std::move(value);
            return;
        }
    }
    m_entries.push_back({std::string(key), std::move(value)});
}

bool Dictionary::assign(std::vector<Entry> entries)
{
    std::vector<std::string_view> keys;
    keys.reserve(entries.size());
    for (Entry const& entry : entries) {
        keys.push_back(entry.key);
    }
    std::sort(keys.begin(), keys.end());
    if (std::adjacent_find(keys.begin(), keys.end()) != keys.end()) return false;
    m_entries = std::move(entries);
    return true;
}

std::size_t Dictionary::size() const
{
    return m_entries.size();
}

bool Dictionary::operator==(Dictionary const& other) const
{
    return m_entries == other.m_entries;
}

std::string Value::signature() const
{
    // In the order of the variant's types.
    static constexpr char const* kSignatures[] = {"b", "y", "n",  "q",  "i",     "u",      "x", "t",
                                                  "d", "s", "as", "ay", "a{sv}", "aa{sv}", "av"};
    static_assert(std::size(kSignatures) == std::variant_size_v<Variant>);
    return kSignatures[data.index()];
}

} // namespace latchkey::ipc
