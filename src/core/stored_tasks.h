// SPDX-License-Identifier: MIT
#pragma once

#include "core/name_table.h"
#include "core/registration.h"
#include "core/task.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace latchkey::core {

// A registration as its reader has it at hand: the texts may end with the call that gets them.
struct StoredTask {
    TaskId task;
    std::string_view package;
    std::string_view name;
    std::string_view entry_point;
    TriggerKind kind = TriggerKind::Invalid;
    std::uint8_t type = 0;
    bool one_shot = false;
    std::uint32_t freshness_minutes = 0;
    std::string_view parameter;
    ConditionSet conditions;
    bool cancel_on_condition_loss = false;
    bool network_requested = false;
    std::string_view group_id;
    std::string_view group_name;
    WallTime registered{};
    TaskState state;
    InstanceId undelivered; // of the stored completion; 0: none
    std::uint32_t details_first = 0;
    std::uint8_t details_count = 0;
};
StoredTask stored(Registration const& registration, TaskState const& state);

// Sets what of a task in memory comes from its registration; package, lists and queues are the caller's.
void describe(Task& task, StoredTask const& stored, NameTable& names);
Registration registration_of(Task const& task, NameTable const& names, SharedText package, std::string_view group_name);

// The tasks of a Snapshot, already in the form that the rules keep them in: a hundred thousand are read at each start,
// and no text or object is made for one of them that is not there afterwards.
class StoredTasks {
public:
    struct Task { // for people and tests
        Registration registration;
        TaskState state;
        InstanceId undelivered;
        std::uint32_t details_first = 0;
        std::uint8_t details_count = 0;
    };

    void reserve(std::size_t tasks);
    void add(StoredTask const& stored);
    void push_back(Task const& task);

    bool empty() const { return m_tasks.end() == 0; }
    std::size_t size() const { return m_tasks.end(); }
    Task operator[](std::size_t place) const;
    std::vector<Task> all() const;

private:
    friend class Broker; // takes the tables over

    static std::uint64_t group_key(Index family, std::uint32_t group) { return std::uint64_t{family} << 32 | group; }
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };

    TaskTable m_tasks; // Task::package is the place in m_families
    NameTable m_names;
    std::vector<SharedText> m_families;
    std::unordered_map<std::string, Index, TextHash, std::equal_to<>> m_family_index;
    std::unordered_map<std::uint64_t, NameTable::Number> m_group_names; // held
};

} // namespace latchkey::core
