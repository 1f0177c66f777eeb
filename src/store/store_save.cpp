// SPDX-License-Identifier: MIT
// One statement for each durable effect.
#include "store/columns.h"
#include "store/store.h"

namespace latchkey::store {

using namespace core;

namespace {

constexpr char const* kStateColumns =
    "due_us = ?2, pending = ?3, pending_since_us = ?4, first_missing = ?5, unconditional = ?6, spent = ?7, "
    "quarantined = ?8, sibling_restarted = ?9, restarts = ?10, last_ended_us = ?11, last_result = ?12";

// Binds a state to eleven parameters in the order of the columns, from first on.
void bind_state(Statement& statement, int first, TaskState const& state)
{
    for (std::int64_t const value :
         {to_us(state.due), std::int64_t{state.pending}, to_us(state.pending_since),
          static_cast<std::int64_t>(state.first_missing), std::int64_t{state.unconditional}, std::int64_t{state.spent},
          std::int64_t{state.quarantined}, std::int64_t{state.sibling_restarted}, std::int64_t{state.restarts},
          to_us(state.last_ended), std::int64_t{state.last_result}}) {
        statement.bind(first++, value);
    }
}

} // namespace

Result<void> Store::prepare()
{
    struct Wanted {
        Statement& statement;
        std::string sql;
    };
    auto& s = m_statements;
    std::string const history = "SELECT h.id, h.at_us, h.number, h.task_id, h.instance, h.package, h.first, h.second, "
                                "h.text, coalesce(r.name, f.name, ''), coalesce(r.entry_point, f.entry_point, '') "
                                "FROM history h LEFT JOIN registration r ON r.task_id = h.task_id "
                                "LEFT JOIN former_registration f ON f.task_id = h.task_id WHERE (?1 = 0 OR h.id < ?1) ";
    std::string const activations = "SELECT task_id, count(*), max(at_us) FROM history WHERE number = " +
                                    std::to_string(static_cast<int>(EventNumber::InstanceCreated)) + " AND ";
    for (auto& [statement, sql] : {
             Wanted{s.begin, "BEGIN IMMEDIATE"},
             Wanted{s.commit, "COMMIT"},
             Wanted{s.rollback, "ROLLBACK"},
             Wanted{
                 s.add_registration,
                 "INSERT INTO registration VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, "
                 "?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26)"},
             Wanted{s.set_state, std::string("UPDATE registration SET ") + kStateColumns + " WHERE task_id = ?1"},
             Wanted{s.remember_registration,
                    "INSERT OR REPLACE INTO former_registration SELECT task_id, package, name, "
                    "entry_point FROM registration WHERE task_id = ?1"},
             Wanted{s.delete_registration, "DELETE FROM registration WHERE task_id = ?1"},
             Wanted{s.delete_details_of, "DELETE FROM details WHERE task_id = ?1"},
             Wanted{s.delete_completion_of, "DELETE FROM completion WHERE task_id = ?1"},
             Wanted{s.add_details, "INSERT INTO details VALUES (?1, ?2, ?3)"},
             Wanted{s.drop_details, "DELETE FROM details WHERE task_id = ?1 AND number = ?2"},
             Wanted{s.find_details, "SELECT details FROM details WHERE task_id = ?1 AND number = ?2"},
             Wanted{s.add_instance, "INSERT INTO instance VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"},
             Wanted{s.raise_last_instance, "UPDATE meta SET value = ?1 WHERE key = 'last_instance'"},
             Wanted{s.delete_instance, "DELETE FROM instance WHERE instance = ?1"},
             Wanted{s.set_completion, "INSERT OR REPLACE INTO completion VALUES (?1, ?2, ?3, ?4, ?5)"},
             Wanted{s.delete_completion, "DELETE FROM completion WHERE task_id = ?1 AND instance = ?2"},
             Wanted{s.find_completion, "SELECT instance, result, at_us, message FROM completion WHERE task_id = ?1"},
             Wanted{s.set_package, "INSERT OR REPLACE INTO package VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"},
             Wanted{s.delete_package, "DELETE FROM package WHERE family = ?1"},
             Wanted{s.set_host, "INSERT OR REPLACE INTO host_process VALUES (?1, ?2, ?3)"},
             Wanted{s.delete_host, "DELETE FROM host_process WHERE host = ?1"},
             Wanted{s.add_history, "INSERT INTO history VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"},
             Wanted{s.history_of_all, history + "AND (?3 = '' OR h.package = ?3) ORDER BY h.id DESC LIMIT ?2"},
             Wanted{s.history_of_task, history + "AND h.task_id = ?3 ORDER BY h.id DESC LIMIT ?2"},
             Wanted{s.activations_of_all, activations + "task_id IS NOT NULL GROUP BY task_id"},
             Wanted{s.activations_of_task, activations + "task_id = ?1 GROUP BY task_id"},
         }) {
        auto prepared = m_database.prepare(sql);
        if (!prepared) return tl::unexpected(prepared.error());
        statement = std::move(*prepared);
    }
    return {};
}

Result<void> Store::save(effect::SaveRegistration const& saved)
{
    Registration const& made = *saved.registration;
    GuidBytes const id(made.task.value);
    Statement& statement = m_statements.add_registration;
    statement.bind_blob(1, id.view())
        .bind(2, made.package.view())
        .bind(3, std::string_view(made.name))
        .bind(4, std::string_view(made.entry_point))
        .bind(5, name_of(made.trigger.kind))
        .bind(6, std::int64_t{made.trigger.type})
        .bind(7, std::int64_t{made.trigger.one_shot})
        .bind(8, std::int64_t{made.trigger.freshness_minutes})
        .bind(9, std::string_view(made.trigger.parameter))
        .bind(10, std::int64_t{made.conditions.bits()})
        .bind(11, std::int64_t{made.cancel_on_condition_loss})
        .bind(12, std::int64_t{made.network_requested})
        .bind(13, std::string_view(made.group_id))
        .bind(14, std::string_view(made.group_name))
        .bind(15, to_us(made.registered));
    bind_state(statement, 16, saved.state);
    return statement.run();
}

Result<void> Store::save(effect::SaveTask const& saved)
{
    GuidBytes const id(saved.task.value);
    m_statements.set_state.bind_blob(1, id.view());
    bind_state(m_statements.set_state, 2, saved.state);
    if (auto done = m_statements.set_state.run(); !done) return done;
    return expect_change("a task whose state changes");
}

Result<void> Store::save(effect::DeleteRegistration const& deleted)
{
    GuidBytes const id(deleted.task.value);
    for (auto* const statement : {&m_statements.delete_details_of, &m_statements.delete_completion_of,
                                  &m_statements.remember_registration, &m_statements.delete_registration}) {
        if (auto done = statement->bind_blob(1, id.view()).run(); !done) return done;
    }
    return expect_change("a registration that is deleted");
}

Result<void> Store::save(effect::SaveDetails const& saved)
{
    GuidBytes const id(saved.task.value);
    return m_statements.add_details.bind_blob(1, id.view())
        .bind(2, std::int64_t{saved.number})
        .bind_blob(3, saved.details.view())
        .run();
}

Result<void> Store::save(effect::DropDetails const& dropped)
{
    GuidBytes const id(dropped.task.value);
    if (auto done = m_statements.drop_details.bind_blob(1, id.view()).bind(2, std::int64_t{dropped.number}).run();
        !done) {
        return done;
    }
    return expect_change("a firing that was served");
}

Result<void> Store::save(effect::SaveInstance const& saved)
{
    InstanceRecord const& record = saved.record;
    GuidBytes const id(record.task.value);
    auto const number = static_cast<std::int64_t>(record.instance.number);
    auto done = m_statements.add_instance.bind(1, number)
                    .bind_blob(2, id.view())
                    .bind(3, static_cast<std::int64_t>(record.host.number))
                    .bind(4, to_us(record.started))
                    .bind(5, std::int64_t{record.unconditional})
                    .bind(6, std::int64_t{record.restarts})
                    .bind(7, std::int64_t{record.details})
                    .run();
    if (!done) return done;
    std::string const text = std::to_string(number);
    return m_statements.raise_last_instance.bind(1, std::string_view(text)).run();
}

Result<void> Store::save(effect::DeleteInstance const& deleted)
{
    auto done = m_statements.delete_instance.bind(1, static_cast<std::int64_t>(deleted.instance.number)).run();
    if (!done) return done;
    return expect_change("an instance that ended");
}

Result<void> Store::save(effect::SaveCompletion const& saved)
{
    GuidBytes const id(saved.task.value);
    return m_statements.set_completion.bind_blob(1, id.view())
        .bind(2, static_cast<std::int64_t>(saved.completion.instance.number))
        .bind(3, std::int64_t{saved.completion.result})
        .bind(4, to_us(saved.completion.at))
        .bind(5, saved.completion.message.view())
        .run();
}

Result<void> Store::save(effect::DeleteCompletion const& deleted)
{
    GuidBytes const id(deleted.task.value);
    auto done = m_statements.delete_completion.bind_blob(1, id.view())
                    .bind(2, static_cast<std::int64_t>(deleted.instance.number))
                    .run();
    if (!done) return done;
    return expect_change("a completion that was delivered");
}

Result<void> Store::save(effect::SavePackage const& saved)
{
    PackageRecord const& record = saved.record;
    GuidBytes const boot(record.quota.boot_id.value);
    return m_statements.set_package.bind(1, record.family.view())
        .bind(2, record.version.view())
        .bind(3, name_of(record.access))
        .bind(4, std::int64_t{record.servicing})
        .bind(5, std::int64_t{record.quota.used.count()})
        .bind(6, std::int64_t{record.quota.ends.time_since_epoch().count()})
        .bind(7, to_us(record.quota.ends_wall))
        .bind_blob(8, boot.view())
        .run();
}

Result<void> Store::save(effect::DeletePackage const& deleted)
{
    return m_statements.delete_package.bind(1, deleted.family.view()).run();
}

Result<void> Store::save(effect::SaveHostProcess const& saved)
{
    return m_statements.set_host.bind(1, static_cast<std::int64_t>(saved.process.host.number))
        .bind(2, saved.process.pid)
        .bind(3, static_cast<std::int64_t>(saved.process.start_ticks))
        .run();
}

Result<void> Store::save(effect::DeleteHostProcess const& deleted)
{
    return m_statements.delete_host.bind(1, static_cast<std::int64_t>(deleted.host.number)).run();
}

Result<void> Store::save(effect::AppendHistory const& appended)
{
    HistoryEvent const& event = appended.event;
    GuidBytes const id(event.task.value);
    Statement& statement = m_statements.add_history;
    statement.bind(1, to_us(event.at)).bind(2, static_cast<std::int64_t>(event.number));
    if (event.task.value.is_nil()) {
        statement.bind_null(3);
    } else {
        statement.bind_blob(3, id.view());
    }
    return statement.bind(4, static_cast<std::int64_t>(event.instance.number))
        .bind(5, event.package.view())
        .bind(6, event.first)
        .bind(7, event.second)
        .bind(8, event.text.view())
        .run();
}

Result<std::optional<std::string>> Store::details(TaskId task, std::uint32_t number)
{
    GuidBytes const id(task.value);
    Statement& statement = m_statements.find_details;
    auto const row = statement.bind_blob(1, id.view()).bind(2, std::int64_t{number}).step();
    std::optional<std::string> found;
    if (row && *row) found = std::string(statement.blob(0));
    statement.reset();
    if (!row) return met(row.error());
    return found;
}

Result<std::optional<Completion>> Store::completion(TaskId task)
{
    GuidBytes const id(task.value);
    Statement& statement = m_statements.find_completion;
    auto const row = statement.bind_blob(1, id.view()).step();
    std::optional<Completion> found;
    if (row && *row) {
        found = Completion{InstanceId{static_cast<std::uint64_t>(statement.integer(0))},
                           static_cast<HResult>(statement.integer(1)), wall_from_us(statement.integer(2)),
                           SharedText(std::string(statement.text(3)))};
    }
    statement.reset();
    if (!row) return met(row.error());
    return found;
}

Result<std::vector<HistoryRow>> Store::history(TaskId task, std::size_t limit, std::int64_t before,
                                               std::string_view package)
{
    bool const of_all = task.value.is_nil();
    Statement& statement = of_all ? m_statements.history_of_all : m_statements.history_of_task;
    GuidBytes const id(task.value);
    statement.bind(1, before).bind(2, static_cast<std::int64_t>(limit));
    if (of_all)
        statement.bind(3, package);
    else
        statement.bind_blob(3, id.view());
    std::vector<HistoryRow> rows;
    for (;;) {
        auto const row = statement.step();
        if (!row) {
            statement.reset();
            return tl::unexpected(row.error());
        }
        if (!*row) break;
        HistoryRow read;
        read.id = statement.integer(0);
        read.event.at = wall_from_us(statement.integer(1));
        read.event.number = static_cast<EventNumber>(statement.integer(2));
        if (!statement.is_null(3)) read.event.task = TaskId{guid_from(statement.blob(3))};
        read.event.instance.number = static_cast<std::uint64_t>(statement.integer(4));
        read.event.package = SharedText(std::string(statement.text(5)));
        read.event.first = statement.integer(6);
        read.event.second = statement.integer(7);
        read.event.text = SharedText(std::string(statement.text(8)));
        read.task_name = statement.text(9);
        read.entry_point = statement.text(10);
        rows.push_back(std::move(read));
    }
    statement.reset();
    return rows;
}

Result<Activations> Store::activations(TaskId task)
{
    Statement& statement = m_statements.activations_of_task;
    GuidBytes const id(task.value);
    auto const row = statement.bind_blob(1, id.view()).step();
    Activations found;
    if (row && *row) {
        found = {static_cast<std::uint64_t>(statement.integer(1)), wall_from_us(statement.integer(2))};
    }
    statement.reset();
    if (!row) return tl::unexpected(row.error());
    return found;
}

Result<std::map<TaskId, Activations>> Store::activations()
{
    Statement& statement = m_statements.activations_of_all;
    std::map<TaskId, Activations> found;
    for (;;) {
        auto const row = statement.step();
        if (!row || !*row) {
            statement.reset();
            if (!row) return tl::unexpected(row.error());
            return found;
        }
        found[TaskId{guid_from(statement.blob(0))}] = {static_cast<std::uint64_t>(statement.integer(1)),
                                                       wall_from_us(statement.integer(2))};
    }
}

} // namespace latchkey::store
