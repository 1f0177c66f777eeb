// SPDX-License-Identifier: MIT
#include "store/store.h"

#include "store/columns.h"

#include <filesystem>
#include <fstream>

#include <sqlite3.h>

namespace latchkey::store {

using namespace core;

namespace {

constexpr std::uint64_t kTrimEvery = 1'000;   // events appended
constexpr std::uintmax_t kLogBytes = 4 << 20; // of the write-ahead log before it is moved into the file

std::string suspect_mark(std::string const& path)
{
    return path + ".suspect";
}

// 20261121T091500, for file names.
std::string stamp(WallTime now)
{
    using namespace std::chrono;
    auto const day = floor<days>(now);
    year_month_day const date(day);
    hh_mm_ss const time(floor<seconds>(now - day));
    std::string text = std::to_string(static_cast<int>(date.year()));
    auto const append_two = [&text](std::int64_t number) {
        if (number < 10) text += '0';
        text += std::to_string(number);
    };
    append_two(static_cast<unsigned>(date.month()));
    append_two(static_cast<unsigned>(date.day()));
    text += 'T';
    append_two(time.hours().count());
    append_two(time.minutes().count());
    append_two(time.seconds().count());
    return text;
}

// Moves the file and its log to a name that was never used.
Result<std::string> set_aside(std::string const& path, WallTime now)
{
    std::string const base = path + ".damaged-" + stamp(now);
    std::string name = base;
    for (int attempt = 1; std::filesystem::exists(name); ++attempt)
        name = base + "-" + std::to_string(attempt);
    for (char const* const suffix : {"", "-wal", "-shm"}) {
        std::error_code error;
        if (!std::filesystem::exists(path + suffix)) continue;
        std::filesystem::rename(path + suffix, name + suffix, error);
        if (error) {
            return tl::unexpected(
                StoreError{SQLITE_IOERR, "cannot set aside " + path + suffix + ": " + error.message()});
        }
    }
    std::error_code ignored;
    std::filesystem::remove(suspect_mark(path), ignored);
    return name;
}

} // namespace

Result<Store> Store::open(std::string const& path, StoreOptions options, WallTime now)
{
    bool const suspect = std::filesystem::exists(suspect_mark(path));
    auto opened = open_once(path, options, suspect);
    if (opened || !opened.error().is_damage()) {
        if (opened && suspect) {
            std::error_code ignored;
            std::filesystem::remove(suspect_mark(path), ignored);
        }
        return opened;
    }
    auto const aside = set_aside(path, now);
    if (!aside) return tl::unexpected(aside.error());
    auto fresh = open_once(path, options, false);
    if (fresh) {
        fresh->m_notice =
            "the file " + path + " is damaged (" + opened.error().what + "); it was moved to " + *aside +
            " and an empty one was begun: apps have to register their tasks again, or stop the broker and "
            "put a repaired file in its place";
    }
    return fresh;
}

Result<Store> Store::open_once(std::string const& path, StoreOptions const& options, bool check_all)
{
    Store store;
    store.m_path = path;
    store.m_options = options;
    auto database = Database::open(path);
    if (!database) {
        if (database.error().is_busy()) {
            return tl::unexpected(StoreError{database.error().code, path + " is in use by another broker"});
        }
        return tl::unexpected(database.error());
    }
    store.m_database = std::move(*database);
    if (check_all) {
        if (auto const whole = store.m_database.check_whole(); !whole) return tl::unexpected(whole.error());
    }
    if (auto done = migrate(store.m_database, migrations()); !done) {
        return tl::unexpected(StoreError{done.error().code, path + ": " + done.error().what});
    }
    auto loaded = store.prepare();
    if (loaded) loaded = store.load(options.new_installation);
    if (!loaded) {
        // A statement that this version's tables must understand: they are not what the file says that they are.
        if (loaded.error().code == SQLITE_ERROR) loaded.error().code = SQLITE_CORRUPT;
        return tl::unexpected(loaded.error());
    }
    // Brokers that never lived for kTrimEvery events left it to this one. Asked for both at once, SQLite would read
    // all.
    auto events =
        store.m_database.prepare("SELECT coalesce((SELECT max(id) FROM history) - (SELECT min(id) FROM history), 0)");
    if (!events) return tl::unexpected(events.error());
    if (auto const row = events->step(); !row) return tl::unexpected(row.error());
    if (static_cast<std::uint64_t>(events->integer(0)) >= options.max_history) store.m_events_since_trim = kTrimEvery;
    return store;
}

Snapshot Store::take_snapshot()
{
    return std::exchange(m_snapshot, {});
}

Result<void> Store::commit(std::span<Effect const> effects)
{
    bool begun = false;
    WallTime now{};
    for (Effect const& effect : effects) {
        if (!is_durable(effect)) continue;
        Result<void> done;
        if (!begun) done = m_statements.begin.run();
        begun = true;
        if (done) done = std::visit([this](auto const& change) { return save(change); }, effect);
        if (auto const* appended = std::get_if<effect::AppendHistory>(&effect)) {
            ++m_events_since_trim;
            now = appended->event.at;
        }
        if (!done) {
            (void)m_statements.rollback.run();
            return met(std::move(done.error()));
        }
    }
    if (!begun) return {};
    if (m_events_since_trim >= kTrimEvery) {
        if (auto done = trim_history(now); !done) {
            (void)m_statements.rollback.run();
            return met(std::move(done.error()));
        }
    }
    auto done = m_statements.commit.run();
    if (done) return {};
    (void)m_statements.rollback.run();
    return met(std::move(done.error()));
}

// Else a broker that ends because of damage would be followed by one that meets it again, for ever.
tl::unexpected<StoreError> Store::met(StoreError error) const
{
    if (error.is_damage()) std::ofstream(suspect_mark(m_path)) << error.what << '\n';
    return tl::unexpected(std::move(error));
}

Result<void> Store::trim_history(WallTime now)
{
    m_events_since_trim = 0;
    auto const oldest = to_us(now - m_options.max_history_age);
    return m_database.execute(
        "DELETE FROM history WHERE id <= (SELECT max(id) FROM history) - " + std::to_string(m_options.max_history) +
        " OR id < (SELECT coalesce(min(id), 0) FROM history WHERE at_us >= " + std::to_string(oldest) +
        "); DELETE FROM former_registration WHERE task_id NOT IN (SELECT task_id FROM history WHERE task_id IS NOT "
        "NULL);");
}

Result<void> Store::tidy_up()
{
    std::error_code ignored;
    auto const log_bytes = std::filesystem::file_size(m_path + "-wal", ignored);
    if (ignored || log_bytes < kLogBytes) return {};
    if (sqlite3_wal_checkpoint_v2(m_database.handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr) !=
        SQLITE_OK) {
        return tl::unexpected(m_database.error("cannot move the log into " + m_path));
    }
    // So many pages were needed for a burst; the kernel has them too.
    sqlite3_db_release_memory(m_database.handle());
    return {};
}

Result<void> Store::expect_change(char const* what)
{
    if (m_database.changes() == 1) return {};
    return tl::unexpected(StoreError{SQLITE_INTERNAL, std::string(what) + " is not stored"});
}

} // namespace latchkey::store
