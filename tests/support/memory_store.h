// SPDX-License-Identifier: MIT
#pragma once

#include "core/effect.h"
#include "core/snapshot.h"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace latchkey::test {

// What the store does with durable effects, in memory: the reference for src/store and the disk of the simulator. A
// commit is atomic by construction.
class MemoryStore {
public:
    explicit MemoryStore(core::Guid installation = {1, 2}) : m_installation(installation) {}

    // Applies the durable effects at the front and returns how many there were.
    std::size_t commit(std::span<core::Effect const> effects);

    core::Snapshot snapshot() const;
    std::optional<core::Completion> completion(core::TaskId task) const;
    std::optional<std::string> details(core::TaskId task, std::uint32_t number) const;
    std::deque<core::HistoryEvent> const& history() const { return m_history; }
    std::size_t history_count(core::EventNumber number) const;
    void keep_history(std::size_t events) { m_history_limit = events; }
    std::optional<core::PackageRecord> package(std::string const& family) const;
    std::size_t task_count() const { return m_tasks.size(); }
    bool has_task(core::TaskId task) const { return m_tasks.contains(task); }
    core::TaskState const& state(core::TaskId task) const { return m_tasks.at(task).state; }
    bool has_instance_of(core::TaskId task) const;
    std::size_t details_count(core::TaskId task) const;
    std::map<core::InstanceId, core::InstanceRecord> const& instances() const { return m_instances; }
    std::uint64_t commits() const { return m_commits; }

private:
    struct StoredTask {
        core::Registration registration;
        core::TaskState state;
        std::optional<core::Completion> completion;
        std::deque<std::pair<std::uint32_t, core::SharedText>> details;
    };
    void apply(core::effect::SaveRegistration const&);
    void apply(core::effect::SaveTask const&);
    void apply(core::effect::DeleteRegistration const&);
    void apply(core::effect::SaveDetails const&);
    void apply(core::effect::DropDetails const&);
    void apply(core::effect::SaveInstance const&);
    void apply(core::effect::DeleteInstance const&);
    void apply(core::effect::SaveCompletion const&);
    void apply(core::effect::DeleteCompletion const&);
    void apply(core::effect::SavePackage const&);
    void apply(core::effect::DeletePackage const&);
    void apply(core::effect::SaveHostProcess const&);
    void apply(core::effect::DeleteHostProcess const&);
    void apply(core::effect::AppendHistory const&);
    template <class Action>
    void apply(Action const&)
    {}

    core::Guid m_installation;
    core::InstanceId m_last_instance;
    std::map<core::TaskId, StoredTask> m_tasks;
    std::map<std::string, core::PackageRecord> m_packages;
    std::map<core::InstanceId, core::InstanceRecord> m_instances;
    std::map<core::HostId, core::HostProcess> m_hosts;
    std::deque<core::HistoryEvent> m_history;
    std::size_t m_history_limit = 100'000;
    std::uint64_t m_commits = 0;
};

} // namespace latchkey::test
