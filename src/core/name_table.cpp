// SPDX-License-Identifier: MIT
#include "core/name_table.h"

#include "core/invariant.h"

#include <cstring>
#include <functional>
#include <utility>

namespace latchkey::core {
namespace {

std::size_t hash_of(std::string_view text)
{
    return std::hash<std::string_view>()(text);
}

} // namespace

NameTable::NameTable() : m_entries(1) {}

NameTable::~NameTable()
{
    for (Entry const& entry : m_entries) {
        if (room(entry.length) > kLargest) delete[] entry.text;
    }
}

NameTable::Number NameTable::acquire(std::string_view text)
{
    if (text.empty()) return 0;
    if ((m_used + 1) * 2 > m_slots.size()) grow(m_slots.empty() ? 64 : m_slots.size() * 2);
    std::size_t const hash = hash_of(text);
    std::size_t const slot = slot_of(text, hash);
    if (Number const number = m_slots[slot]; number != 0) {
        ++m_entries[number].holders;
        return number;
    }
    Number number = 0;
    if (m_free_numbers.empty()) {
        number = static_cast<Number>(m_entries.size());
        m_entries.emplace_back();
    } else {
        number = m_free_numbers.back();
        m_free_numbers.pop_back();
    }
    char* const copy = allocate(text.size());
    std::memcpy(copy, text.data(), text.size());
    m_entries[number] = {copy, static_cast<std::uint32_t>(text.size()), 1};
    m_slots[slot] = number;
    m_marks[slot] = mark_of(hash);
    ++m_used;
    return number;
}

void NameTable::release(Number number)
{
    if (number == 0) return;
    Entry& entry = m_entries[number];
    invariant(entry.holders > 0, "a name is released once for each time it was acquired");
    if (--entry.holders > 0) return;

    // Close the gap in the probe sequence instead of leaving a tombstone: names come and go for years.
    std::size_t const mask = m_slots.size() - 1;
    std::string_view const text(entry.text, entry.length);
    std::size_t gap = slot_of(text, hash_of(text));
    m_slots[gap] = 0;
    for (std::size_t next = (gap + 1) & mask; m_slots[next] != 0; next = (next + 1) & mask) {
        Entry const& moved = m_entries[m_slots[next]];
        std::size_t const home = hash_of({moved.text, moved.length}) & mask;
        if (((next - home) & mask) < ((next - gap) & mask)) continue;
        m_slots[gap] = m_slots[next];
        m_marks[gap] = m_marks[next];
        m_slots[next] = 0;
        gap = next;
    }
    free(entry.text, entry.length);
    entry = {};
    m_free_numbers.push_back(number);
    --m_used;
}

std::string_view NameTable::view(Number number) const
{
    Entry const& entry = m_entries[number];
    return {entry.text, entry.length};
}

void NameTable::reserve(std::size_t texts, std::size_t bytes)
{
    std::size_t slots = 64;
    while (slots < texts * 2 + 2)
        slots *= 2;
    if (slots > m_slots.size()) grow(slots);
    m_entries.reserve(texts + 1);
    m_blocks.reserve(bytes / kBlock + 1);
}

void NameTable::swap(NameTable& other) noexcept
{
    m_entries.swap(other.m_entries);
    m_free_numbers.swap(other.m_free_numbers);
    m_slots.swap(other.m_slots);
    m_marks.swap(other.m_marks);
    std::swap(m_used, other.m_used);
    m_blocks.swap(other.m_blocks);
    std::swap(m_block_left, other.m_block_left);
    std::swap(m_block_next, other.m_block_next);
    m_free_texts.swap(other.m_free_texts);
}

char* NameTable::allocate(std::size_t length)
{
    std::size_t const size = room(length);
    if (size > kLargest) {
        return new char[size];
    }
    if (auto& spare = m_free_texts[size / kStep]; !spare.empty()) {
        char* const text = spare.back();
        spare.pop_back();
        return text;
    }
    if (m_block_left < size) {
        m_blocks.push_back(std::make_unique<char[]>(kBlock));
        m_block_next = m_blocks.back().get();
        m_block_left = kBlock;
    }
    char* const text = m_block_next;
    m_block_next += size;
    m_block_left -= size;
    return text;
}

void NameTable::free(char* text, std::size_t length)
{
    std::size_t const size = room(length);
    if (size > kLargest) {
        delete[] text;
    } else {
        m_free_texts[size / kStep].push_back(text);
    }
}

// The slot that holds text, or the empty one where it belongs.
std::size_t NameTable::slot_of(std::string_view text, std::size_t hash) const
{
    std::size_t const mask = m_slots.size() - 1;
    std::size_t slot = hash & mask;
    while (m_slots[slot] != 0 && (m_marks[slot] != mark_of(hash) || view(m_slots[slot]) != text))
        slot = (slot + 1) & mask;
    return slot;
}

void NameTable::grow(std::size_t slots)
{
    m_slots.assign(slots, 0);
    m_marks.assign(slots, 0);
    for (std::size_t number = 1; number < m_entries.size(); ++number) {
        if (m_entries[number].holders == 0) continue;
        std::string_view const text = view(static_cast<Number>(number));
        std::size_t const hash = hash_of(text);
        std::size_t const slot = slot_of(text, hash);
        m_slots[slot] = static_cast<Number>(number);
        m_marks[slot] = mark_of(hash);
    }
}

} // namespace latchkey::core
