// SPDX-License-Identifier: MIT
#pragma once

#include "core/details_queue.h"
#include "core/invariant.h"
#include "core/names.h"
#include "core/task_state.h"
#include "core/time.h"
#include "core/trigger.h"

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

namespace latchkey::core {

// The number of a slot in one of the broker's tables. Slots are used again.
using Index = std::uint32_t;
inline constexpr Index kNone = std::numeric_limits<Index>::max();

// One registration in memory, with what the rules need of its state. Texts are numbers in the broker's NameTable.
struct Task {
    enum Flag : std::uint16_t {
        kOneShot = 1U << 0,
        kCancelOnConditionLoss = 1U << 1,
        kNetworkRequested = 1U << 2,
        kPending = 1U << 3,
        kUnconditional = 1U << 4,
        kSpent = 1U << 5,
        kQuarantined = 1U << 6,
        kSiblingRestarted = 1U << 7,
        kHandlerAttached = 1U << 8,
        kStoredPending = 1U << 9, // the store says kPending
        kDirty = 1U << 10,        // SaveTask is due at the end of this turn
        kLatchLogged = 1U << 11,  // event 13 was written, 14 follows
        kBufferLogged = 1U << 12, // event 16 or 17 was written, 18 follows
        kDeleted = 1U << 13,      // unregistered while an instance runs: the slot waits for its end
        kUsed = 1U << 14,
    };
    // Where a firing waits that cannot be served now. What waits behind a running instance waits nowhere.
    enum class Place : std::uint8_t { Nowhere, Conditions, Package, Turn };

    TaskId id;
    WallTime registered{};
    WallTime due{};
    WallTime pending_since{};
    WallTime last_ended{};
    InstanceId undelivered;
    Index package = kNone;
    std::uint32_t name = 0;
    std::uint32_t entry_point = 0;
    std::uint32_t group = 0;
    std::uint32_t parameter = 0;
    std::uint32_t freshness_minutes = 0;
    Index instance = kNone;
    std::uint32_t details_first = 0;
    Index next_of_trigger = kNone, previous_of_trigger = kNone;
    Index next_of_package = kNone, previous_of_package = kNone;
    Index next_waiting = kNone, previous_waiting = kNone;
    HResult last_result = kOk;
    std::uint16_t flags = 0;
    ConditionSet required; // with what the trigger brings
    TriggerKind kind = TriggerKind::Invalid;
    std::uint8_t type = 0;
    std::uint8_t details_count = 0;
    std::uint8_t restarts = 0;
    Condition first_missing = Condition::Invalid;
    Place place = Place::Nowhere;

    bool has(Flag flag) const { return (flags & flag) != 0; }
    void set(Flag flag, bool on = true) { flags = static_cast<std::uint16_t>(on ? flags | flag : flags & ~flag); }
    Trigger trigger() const { return {kind, type, has(kOneShot), freshness_minutes, {}}; }
    TaskState state() const;
    DetailsQueue details() const { return {details_first, details_count}; }
    void set_details(DetailsQueue queue)
    {
        details_first = queue.first();
        details_count = queue.count();
    }
};
// A hundred thousand of these are the broker's memory.
static_assert(sizeof(Task) <= 136);

// Slots for tasks that never move, so that growing neither copies nor leaves half of the memory unused.
class TaskTable {
public:
    Task& operator[](Index index) { return m_blocks[index / kBlock][index % kBlock]; }
    Task const& operator[](Index index) const { return m_blocks[index / kBlock][index % kBlock]; }

    Index add();
    void remove(Index index);
    Index end() const { return m_end; } // one past the highest slot ever used

    // The registered task of this id; kNone when there is none.
    Index find(TaskId id) const;
    void index(Index index); // makes it findable
    void will_index(Index index) const { __builtin_prefetch(&m_slots[home((*this)[index].id)], 1); } // soon; reserved
    void unindex(Index index);                                                                       // must be findable
    std::size_t findable() const { return m_findable; }
    void reserve(std::size_t tasks);

private:
    static constexpr Index kBlock = 1024;
    std::size_t home(TaskId id) const { return mixed(id.value.high, id.value.low) & (m_slots.size() - 1); }
    void grow(std::size_t slots);

    std::vector<std::unique_ptr<Task[]>> m_blocks;
    std::vector<Index> m_free;
    std::vector<Index> m_slots; // open addressing by id; kNone: empty
    Index m_end = 0;
    std::size_t m_findable = 0;
};

// A doubly linked list through the tasks themselves. A task may be in one list of each kind of link.
template <Index Task::*Next, Index Task::*Previous>
class TaskList {
public:
    bool empty() const { return m_first == kNone; }
    std::uint32_t size() const { return m_size; }
    Index first() const { return m_first; }
    static Index next(TaskTable const& tasks, Index index) { return tasks[index].*Next; }

    void append(TaskTable& tasks, Index index)
    {
        tasks[index].*Previous = m_last;
        tasks[index].*Next = kNone;
        (m_last == kNone ? m_first : tasks[m_last].*Next) = index;
        m_last = index;
        ++m_size;
    }
    void remove(TaskTable& tasks, Index index)
    {
        Index const next = tasks[index].*Next;
        Index const previous = tasks[index].*Previous;
        (previous == kNone ? m_first : tasks[previous].*Next) = next;
        (next == kNone ? m_last : tasks[next].*Previous) = previous;
        tasks[index].*Next = tasks[index].*Previous = kNone;
        --m_size;
    }

private:
    Index m_first = kNone;
    Index m_last = kNone;
    std::uint32_t m_size = 0;
};
using TriggerList = TaskList<&Task::next_of_trigger, &Task::previous_of_trigger>;
using PackageList = TaskList<&Task::next_of_package, &Task::previous_of_package>;
using WaitingList = TaskList<&Task::next_waiting, &Task::previous_waiting>;

} // namespace latchkey::core
