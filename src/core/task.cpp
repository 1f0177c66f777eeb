// SPDX-License-Identifier: MIT
#include "core/task.h"

namespace latchkey::core {

TaskState Task::state() const
{
    TaskState state;
    state.due = due;
    state.pending = has(kPending);
    state.pending_since = pending_since;
    state.first_missing = first_missing;
    state.unconditional = has(kUnconditional);
    state.spent = has(kSpent);
    state.quarantined = has(kQuarantined);
    state.sibling_restarted = has(kSiblingRestarted);
    state.restarts = restarts;
    state.last_ended = last_ended;
    state.last_result = last_result;
    return state;
}

Index TaskTable::add()
{
    Index index = 0;
    if (m_free.empty()) {
        if (m_end / kBlock == m_blocks.size()) m_blocks.push_back(std::make_unique<Task[]>(kBlock));
        index = m_end++;
    } else {
        index = m_free.back();
        m_free.pop_back();
    }
    (*this)[index].flags = Task::kUsed;
    return index;
}

void TaskTable::remove(Index index)
{
    (*this)[index] = Task();
    m_free.push_back(index);
}

Index TaskTable::find(TaskId id) const
{
    if (m_slots.empty()) return kNone;
    std::size_t const mask = m_slots.size() - 1;
    for (std::size_t slot = home(id); m_slots[slot] != kNone; slot = (slot + 1) & mask) {
        if ((*this)[m_slots[slot]].id == id) return m_slots[slot];
    }
    return kNone;
}

void TaskTable::index(Index index)
{
    if ((m_findable + 1) * 2 > m_slots.size()) grow(m_slots.empty() ? 64 : m_slots.size() * 2);
    std::size_t const mask = m_slots.size() - 1;
    std::size_t slot = home((*this)[index].id);
    while (m_slots[slot] != kNone)
        slot = (slot + 1) & mask;
    m_slots[slot] = index;
    ++m_findable;
}

void TaskTable::unindex(Index index)
{
    std::size_t const mask = m_slots.size() - 1;
    std::size_t gap = home((*this)[index].id);
    while (m_slots[gap] != index) {
        invariant(m_slots[gap] != kNone, "a task that is unindexed is indexed");
        gap = (gap + 1) & mask;
    }
    m_slots[gap] = kNone;
    for (std::size_t next = (gap + 1) & mask; m_slots[next] != kNone; next = (next + 1) & mask) {
        std::size_t const wanted = home((*this)[m_slots[next]].id);
        if (((next - wanted) & mask) < ((next - gap) & mask)) continue;
        m_slots[gap] = m_slots[next];
        m_slots[next] = kNone;
        gap = next;
    }
    --m_findable;
}

void TaskTable::reserve(std::size_t tasks)
{
    std::size_t slots = 64;
    while (slots < tasks * 2 + 2)
        slots *= 2;
    if (slots > m_slots.size()) grow(slots);
    m_blocks.reserve(tasks / kBlock + 1);
}

void TaskTable::grow(std::size_t slots)
{
    std::vector<Index> const old = std::move(m_slots);
    m_slots.assign(slots, kNone);
    for (Index const index : old) {
        if (index == kNone) continue;
        std::size_t slot = home((*this)[index].id);
        while (m_slots[slot] != kNone)
            slot = (slot + 1) & (slots - 1);
        m_slots[slot] = index;
    }
}

} // namespace latchkey::core
