// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace latchkey::core {

// Which of many small numbered things is due first: an indexed heap with four children a node, so that a deadline can
// be moved or taken out by its number. Each id has at most one deadline. 20 bytes a deadline; set, remove and pop are
// O(log n) and allocate only while the highest id or the number of deadlines grows. Among equal times the order is
// unspecified but the same for the same calls.
template <class Time>
class DeadlineQueue {
public:
    using Id = std::uint32_t;
    struct Entry {
        Time at;
        Id id;
    };

    bool empty() const { return m_heap.empty(); }
    std::size_t size() const { return m_heap.size(); }

    std::optional<Time> earliest() const
    {
        if (m_heap.empty()) return std::nullopt;
        return m_heap.front().at;
    }
    bool contains(Id id) const { return id < m_position.size() && m_position[id] != kAbsent; }
    std::optional<Time> find(Id id) const
    {
        if (!contains(id)) return std::nullopt;
        return m_heap[m_position[id]].at;
    }

    // Gives id this deadline, in place of the one it had.
    void set(Id id, Time at)
    {
        if (id >= m_position.size()) m_position.resize(id + std::size_t{1}, kAbsent);
        if (m_position[id] == kAbsent) {
            m_position[id] = static_cast<std::uint32_t>(m_heap.size());
            m_heap.push_back({at, id});
            rise(m_heap.size() - 1);
            return;
        }
        std::size_t const position = m_position[id];
        bool const earlier = at < m_heap[position].at;
        m_heap[position].at = at;
        earlier ? rise(position) : sink(position);
    }

    // No deadline is not an error.
    void remove(Id id)
    {
        if (!contains(id)) return;
        std::size_t const position = m_position[id];
        m_position[id] = kAbsent;
        Entry const last = m_heap.back();
        m_heap.pop_back();
        if (position == m_heap.size()) return;
        place(last, position);
        rise(position);
        sink(m_position[last.id]);
    }

    // Takes out the earliest when it is at or before now.
    std::optional<Id> pop_due(Time now)
    {
        if (m_heap.empty() || now < m_heap.front().at) return std::nullopt;
        Id const id = m_heap.front().id;
        remove(id);
        return id;
    }

    // For loading many: adds without order; restore() must follow before anything else is called.
    void append(Id id, Time at)
    {
        if (id >= m_position.size()) m_position.resize(id + std::size_t{1}, kAbsent);
        m_position[id] = static_cast<std::uint32_t>(m_heap.size());
        m_heap.push_back({at, id});
    }
    void restore()
    {
        if (m_heap.size() < 2) return;
        for (std::size_t position = (m_heap.size() - 2) / kChildren + 1; position-- > 0;)
            sink(position);
    }
    void reserve(std::size_t count)
    {
        m_heap.reserve(count);
        m_position.reserve(count);
    }

private:
    static constexpr std::size_t kChildren = 4;
    static constexpr std::uint32_t kAbsent = std::numeric_limits<std::uint32_t>::max();

    void place(Entry entry, std::size_t position)
    {
        m_heap[position] = entry;
        m_position[entry.id] = static_cast<std::uint32_t>(position);
    }

    void rise(std::size_t position)
    {
        Entry const entry = m_heap[position];
        while (position > 0) {
            std::size_t const parent = (position - 1) / kChildren;
            if (!(entry.at < m_heap[parent].at)) break;
            place(m_heap[parent], position);
            position = parent;
        }
        place(entry, position);
    }

    void sink(std::size_t position)
    {
        Entry const entry = m_heap[position];
        for (;;) {
            std::size_t const first = position * kChildren + 1;
            if (first >= m_heap.size()) break;
            std::size_t const end = first + kChildren < m_heap.size() ? first + kChildren : m_heap.size();
            std::size_t least = first;
            for (std::size_t child = first + 1; child < end; ++child) {
                if (m_heap[child].at < m_heap[least].at) least = child;
            }
            if (!(m_heap[least].at < entry.at)) break;
            place(m_heap[least], position);
            position = least;
        }
        place(entry, position);
    }

    std::vector<Entry> m_heap;
    std::vector<std::uint32_t> m_position;
};

} // namespace latchkey::core
