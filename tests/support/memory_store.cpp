// SPDX-License-Identifier: MIT
#include "support/memory_store.h"

#include "core/invariant.h"

#include <algorithm>

namespace latchkey::test {

using namespace core;

std::size_t MemoryStore::commit(std::span<Effect const> effects)
{
    std::size_t count = 0;
    for (Effect const& effect : effects) {
        if (!is_durable(effect)) break;
        std::visit([this](auto const& saved) { apply(saved); }, effect);
        ++count;
    }
    if (count > 0) ++m_commits;
    return count;
}

void MemoryStore::apply(effect::SaveRegistration const& saved)
{
    bool const fresh =
        m_tasks.emplace(saved.registration->task, StoredTask{*saved.registration, saved.state, {}, {}}).second;
    invariant(fresh, "a registration is saved once");
}

void MemoryStore::apply(effect::SaveTask const& saved)
{
    m_tasks.at(saved.task).state = saved.state;
}

void MemoryStore::apply(effect::DeleteRegistration const& deleted)
{
    invariant(m_tasks.erase(deleted.task) == 1, "a registration that is deleted is stored");
}

void MemoryStore::apply(effect::SaveDetails const& saved)
{
    m_tasks.at(saved.task).details.emplace_back(saved.number, saved.details);
}

void MemoryStore::apply(effect::DropDetails const& dropped)
{
    auto& details = m_tasks.at(dropped.task).details;
    auto const found =
        std::find_if(details.begin(), details.end(), [&](auto const& one) { return one.first == dropped.number; });
    invariant(found != details.end(), "details that are dropped are stored");
    details.erase(found);
}

void MemoryStore::apply(effect::SaveInstance const& saved)
{
    bool const fresh = saved.record.instance > m_last_instance;
    invariant(fresh, "an instance's number was never used before");
    m_last_instance = saved.record.instance;
    m_instances[saved.record.instance] = saved.record;
}

void MemoryStore::apply(effect::DeleteInstance const& deleted)
{
    invariant(m_instances.erase(deleted.instance) == 1, "an instance that ends is stored");
}

void MemoryStore::apply(effect::SaveCompletion const& saved)
{
    m_tasks.at(saved.task).completion = saved.completion;
}

void MemoryStore::apply(effect::DeleteCompletion const& deleted)
{
    auto& completion = m_tasks.at(deleted.task).completion;
    invariant(completion && completion->instance == deleted.instance, "a completion that was delivered is stored");
    completion.reset();
}

void MemoryStore::apply(effect::SavePackage const& saved)
{
    m_packages[saved.record.family.str()] = saved.record;
}

void MemoryStore::apply(effect::DeletePackage const& deleted)
{
    m_packages.erase(deleted.family.str());
}

void MemoryStore::apply(effect::SaveHostProcess const& saved)
{
    m_hosts[saved.process.host] = saved.process;
}

void MemoryStore::apply(effect::DeleteHostProcess const& deleted)
{
    m_hosts.erase(deleted.host);
}

void MemoryStore::apply(effect::AppendHistory const& appended)
{
    m_history.push_back(appended.event);
    while (m_history.size() > m_history_limit)
        m_history.pop_front();
}

Snapshot MemoryStore::snapshot() const
{
    Snapshot snapshot;
    snapshot.installation = m_installation;
    snapshot.last_instance = m_last_instance;
    for (auto const& [family, record] : m_packages)
        snapshot.packages.push_back(record);
    for (auto const& [id, task] : m_tasks) {
        Snapshot::Task stored;
        stored.registration = task.registration;
        stored.state = task.state;
        if (task.completion) stored.undelivered = task.completion->instance;
        if (!task.details.empty()) stored.details_first = task.details.front().first;
        stored.details_count = static_cast<std::uint8_t>(task.details.size());
        snapshot.tasks.push_back(stored);
    }
    for (auto const& [id, record] : m_instances)
        snapshot.instances.push_back(record);
    for (auto const& [id, process] : m_hosts)
        snapshot.hosts.push_back(process);
    return snapshot;
}

std::optional<Completion> MemoryStore::completion(TaskId task) const
{
    auto const found = m_tasks.find(task);
    return found == m_tasks.end() ? std::nullopt : found->second.completion;
}

std::optional<PackageRecord> MemoryStore::package(std::string const& family) const
{
    auto const found = m_packages.find(family);
    if (found == m_packages.end()) return std::nullopt;
    return found->second;
}

std::optional<std::string> MemoryStore::details(TaskId task, std::uint32_t number) const
{
    auto const found = m_tasks.find(task);
    if (found == m_tasks.end()) return std::nullopt;
    for (auto const& [stored, text] : found->second.details) {
        if (stored == number) return text.str();
    }
    return std::nullopt;
}

std::size_t MemoryStore::history_count(EventNumber number) const
{
    return static_cast<std::size_t>(
        std::count_if(m_history.begin(), m_history.end(), [&](auto const& event) { return event.number == number; }));
}

bool MemoryStore::has_instance_of(TaskId task) const
{
    return std::any_of(m_instances.begin(), m_instances.end(),
                       [&](auto const& one) { return one.second.task == task; });
}

std::size_t MemoryStore::details_count(TaskId task) const
{
    auto const found = m_tasks.find(task);
    return found == m_tasks.end() ? 0 : found->second.details.size();
}

} // namespace latchkey::test
