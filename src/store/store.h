// SPDX-License-Identifier: MIT
#pragma once

#include "core/effect.h"
#include "core/snapshot.h"
#include "store/database.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace latchkey::store {

struct StoreOptions {
    core::Guid new_installation;         // for a file that is made now; random, by the caller
    std::uint64_t max_history = 100'000; // events
    core::Duration max_history_age = std::chrono::days(90);
};

// One line of the history with the names of what it speaks of, also when that was unregistered since.
struct HistoryRow {
    std::int64_t id = 0;
    core::HistoryEvent event;
    std::string task_name;
    std::string entry_point;
};

// How often the history says that a task was started, and when last.
struct Activations {
    std::uint64_t count = 0;
    core::WallTime last{};
};

// The durable part of the engine (docs/engine.md): one SQLite file in WAL mode with synchronous=FULL. One thread, one
// process; a second one is refused at open().
//
//   commit() is one transaction and one fdatasync, however many events its effects came from.
//   After an error of commit() memory and disk differ: the broker must end and a new one start from the disk.
//   A file that is damaged is moved aside with everything that belongs to it and named in notice(); it is never changed
//   and never deleted. Damage that shows later is remembered (PATH.suspect), so that the next open() looks at the whole
//   file; not when only the history cannot be read, which nothing but answers need.
class Store {
public:
    // Opens the file or makes it. now is for the name of a file that is set aside.
    static Result<Store> open(std::string const& path, StoreOptions options, core::WallTime now);

    // Everything as of the last commit. Read once by open(): the second call is empty.
    core::Snapshot take_snapshot();
    // What a person should be told about opening; empty when all is well.
    std::string const& notice() const { return m_notice; }

    // The durable effects at the front of each of possibly several handle() calls; actions are passed over.
    [[nodiscard]] Result<void> commit(std::span<core::Effect const> effects);

    // Moves what was committed from the log into the file when the log has grown; call when there is nothing to do. The
    // syncs that it costs are not part of any commit.
    Result<void> tidy_up();

    Result<std::optional<std::string>> details(core::TaskId task, std::uint32_t number);
    Result<std::optional<core::Completion>> completion(core::TaskId task);
    // Newest first; of one task when it is not nil, else of one package when it is named. before: ids below it (0: from
    // the newest), for paging.
    Result<std::vector<HistoryRow>> history(core::TaskId task, std::size_t limit, std::int64_t before = 0,
                                            std::string_view package = {});
    Result<Activations> activations(core::TaskId task);
    // Of all tasks that the history knows; reads the whole of it once.
    Result<std::map<core::TaskId, Activations>> activations();

private:
    Store() = default;
    static Result<Store> open_once(std::string const& path, StoreOptions const& options, bool check_all);
    Result<void> prepare();
    Result<void> load(core::Guid const& new_installation);
    Result<void> load_packages();
    Result<void> load_tasks();
    Result<void> load_running();
    Result<void> trim_history(core::WallTime now);

    Result<void> save(core::effect::SaveRegistration const&);
    Result<void> save(core::effect::SaveTask const&);
    Result<void> save(core::effect::DeleteRegistration const&);
    Result<void> save(core::effect::SaveDetails const&);
    Result<void> save(core::effect::DropDetails const&);
    Result<void> save(core::effect::SaveInstance const&);
    Result<void> save(core::effect::DeleteInstance const&);
    Result<void> save(core::effect::SaveCompletion const&);
    Result<void> save(core::effect::DeleteCompletion const&);
    Result<void> save(core::effect::SavePackage const&);
    Result<void> save(core::effect::DeletePackage const&);
    Result<void> save(core::effect::SaveHostProcess const&);
    Result<void> save(core::effect::DeleteHostProcess const&);
    Result<void> save(core::effect::AppendHistory const&);
    template <class Action>
    Result<void> save(Action const&)
    {
        return {};
    }
    Result<void> expect_change(char const* what);
    tl::unexpected<StoreError> met(StoreError error) const;

    // One for each thing that is done often; prepared once.
    struct Statements {
        Statement begin, commit, rollback;
        Statement add_registration, set_state, delete_registration, remember_registration, delete_details_of,
            delete_completion_of;
        Statement add_details, drop_details, find_details;
        Statement add_instance, raise_last_instance, delete_instance;
        Statement set_completion, delete_completion, find_completion;
        Statement set_package, delete_package, set_host, delete_host;
        Statement add_history, history_of_all, history_of_task, activations_of_all, activations_of_task;
    };

    std::string m_path;
    std::string m_notice;
    StoreOptions m_options;
    Database m_database;
    Statements m_statements;
    core::Snapshot m_snapshot;
    std::uint64_t m_events_since_trim = 0;
};

} // namespace latchkey::store
