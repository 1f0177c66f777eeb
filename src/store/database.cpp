// SPDX-License-Identifier: MIT
#include "store/database.h"

#include "store/schema_sql.h"

#include <array>

#include <sqlite3.h>

namespace latchkey::store {

bool StoreError::is_damage() const
{
    int const primary = code & 0xff;
    return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
}

bool StoreError::is_busy() const
{
    int const primary = code & 0xff;
    return primary == SQLITE_BUSY || primary == SQLITE_LOCKED;
}

Statement::Statement(sqlite3* database, sqlite3_stmt* statement) : m_database(database), m_statement(statement) {}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const
{
    sqlite3_finalize(statement);
}

Statement& Statement::bind(int parameter, std::int64_t value)
{
    sqlite3_bind_int64(m_statement.get(), parameter, value);
    return *this;
}

Statement& Statement::bind(int parameter, std::string_view text)
{
    // An empty view has no address, which SQLite would take for NULL.
    sqlite3_bind_text64(m_statement.get(), parameter, text.data() ? text.data() : "", text.size(), SQLITE_STATIC,
                        SQLITE_UTF8);
    return *this;
}

Statement& Statement::bind_blob(int parameter, std::string_view bytes)
{
    sqlite3_bind_blob64(m_statement.get(), parameter, bytes.data() ? bytes.data() : "", bytes.size(), SQLITE_STATIC);
    return *this;
}

Statement& Statement::bind_null(int parameter)
{
    sqlite3_bind_null(m_statement.get(), parameter);
    return *this;
}

Result<bool> Statement::step()
{
    int const code = sqlite3_step(m_statement.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return tl::unexpected(StoreError{sqlite3_extended_errcode(m_database),
                                     std::string(sqlite3_sql(m_statement.get())) + ": " + sqlite3_errmsg(m_database)});
}

void Statement::reset()
{
    sqlite3_reset(m_statement.get());
    sqlite3_clear_bindings(m_statement.get());
}

Result<void> Statement::run()
{
    auto const stepped = step();
    reset();
    if (!stepped) return tl::unexpected(stepped.error());
    return {};
}

std::int64_t Statement::integer(int column) const
{
    return sqlite3_column_int64(m_statement.get(), column);
}

std::string_view Statement::text(int column) const
{
    auto const* text = reinterpret_cast<char const*>(sqlite3_column_text(m_statement.get(), column));
    return {text ? text : "", static_cast<std::size_t>(sqlite3_column_bytes(m_statement.get(), column))};
}

std::string_view Statement::blob(int column) const
{
    auto const* bytes = static_cast<char const*>(sqlite3_column_blob(m_statement.get(), column));
    return {bytes ? bytes : "", static_cast<std::size_t>(sqlite3_column_bytes(m_statement.get(), column))};
}

bool Statement::is_null(int column) const
{
    return sqlite3_column_type(m_statement.get(), column) == SQLITE_NULL;
}

std::int64_t Row::integer(std::size_t column) const
{
    return sqlite3_value_int64(m_values[column]);
}

std::string_view Row::text(std::size_t column) const
{
    auto const* text = reinterpret_cast<char const*>(sqlite3_value_text(m_values[column]));
    return {text ? text : "", static_cast<std::size_t>(sqlite3_value_bytes(m_values[column]))};
}

std::string_view Row::blob(std::size_t column) const
{
    auto const* bytes = static_cast<char const*>(sqlite3_value_blob(m_values[column]));
    return {bytes ? bytes : "", static_cast<std::size_t>(sqlite3_value_bytes(m_values[column]))};
}

void Database::Close::operator()(sqlite3* database) const
{
    sqlite3_close_v2(database);
}

Result<Database> Database::open(std::string const& path)
{
    Database opened;
    sqlite3* raw = nullptr;
    int const code =
        sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    opened.m_database.reset(raw);
    if (code != SQLITE_OK) return tl::unexpected(opened.error("cannot open " + path));
    sqlite3_extended_result_codes(raw, 1);
    // Exclusive before WAL: no shared-memory file, and a second broker is told at once. FULL: a commit survives power
    // loss. Checkpoints happen when Store says so, not inside somebody's commit.
    if (auto set =
            opened.execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                           "PRAGMA wal_autocheckpoint = 0; PRAGMA trusted_schema = OFF; BEGIN IMMEDIATE; COMMIT;");
        !set) {
        return tl::unexpected(StoreError{set.error().code, "cannot use " + path + ": " + set.error().what});
    }
    return opened;
}

Result<void> Database::execute(std::string const& sql)
{
    if (sqlite3_exec(m_database.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
        return tl::unexpected(error(sql.substr(0, sql.find('\n'))));
    }
    return {};
}

Result<Statement> Database::prepare(std::string_view sql)
{
    sqlite3_stmt* statement = nullptr;
    int const code = sqlite3_prepare_v3(m_database.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) return tl::unexpected(error(sql));
    return Statement(m_database.get(), statement);
}

// SQLite hands a row to a function as its values lie, and a row to its caller by a checked call for each column.
Result<void> Database::read(std::string_view columns, std::string_view table,
                            std::function<Result<void>(Row const&)> const& take)
{
    struct Reading {
        std::function<Result<void>(Row const&)> const& take;
        Result<void> result;
    };
    Reading reading{take, {}};
    auto const step = [](sqlite3_context* context, int count, sqlite3_value** values) {
        auto& now = *static_cast<Reading*>(sqlite3_user_data(context));
        now.result = now.take(Row({values, static_cast<std::size_t>(count)}));
        if (!now.result) sqlite3_result_error(context, "the row was refused", -1);
    };
    auto const finish = [](sqlite3_context* context) { sqlite3_result_null(context); };
    constexpr char const* kName = "latchkey_take";
    if (sqlite3_create_function_v2(m_database.get(), kName, -1, SQLITE_UTF8 | SQLITE_DIRECTONLY, &reading, nullptr,
                                   step, finish, nullptr) != SQLITE_OK) {
        return tl::unexpected(error("cannot read " + std::string(table)));
    }
    auto const read =
        integer("SELECT " + std::string(kName) + "(" + std::string(columns) + ") FROM " + std::string(table));
    sqlite3_create_function_v2(m_database.get(), kName, -1, SQLITE_UTF8, nullptr, nullptr, nullptr, nullptr, nullptr);
    if (!reading.result) return reading.result;
    if (!read) return tl::unexpected(read.error());
    return {};
}

Result<std::int64_t> Database::integer(std::string const& sql)
{
    auto statement = prepare(sql);
    if (!statement) return tl::unexpected(statement.error());
    auto const row = statement->step();
    if (!row) return tl::unexpected(row.error());
    return *row ? statement->integer(0) : 0;
}

Result<void> Database::check_whole()
{
    auto check = prepare("PRAGMA quick_check(1)");
    if (!check) return tl::unexpected(check.error());
    auto const row = check->step();
    if (!row) return tl::unexpected(row.error());
    if (*row && check->text(0) != "ok") return tl::unexpected(StoreError{SQLITE_CORRUPT, std::string(check->text(0))});
    return {};
}

StoreError Database::error(std::string_view step) const
{
    return {sqlite3_extended_errcode(m_database.get()), std::string(step) + ": " + sqlite3_errmsg(m_database.get())};
}

std::int64_t Database::changes() const
{
    return sqlite3_changes64(m_database.get());
}

Result<void> migrate(Database& database, std::span<Migration const> steps)
{
    auto const version = database.integer("PRAGMA user_version");
    if (!version) return tl::unexpected(version.error());
    int const latest = steps.empty() ? 0 : steps.back().version;
    if (*version > latest) {
        return tl::unexpected(StoreError{SQLITE_MISMATCH, "the file has schema version " + std::to_string(*version) +
                                                              ", this broker knows versions up to " +
                                                              std::to_string(latest) + ": a newer Latchkey made it"});
    }
    for (Migration const& step : steps) {
        if (step.version <= *version) continue;
        auto done = database.execute("BEGIN IMMEDIATE;" + step.sql +
                                     "\nPRAGMA user_version = " + std::to_string(step.version) + "; COMMIT;");
        if (!done) {
            (void)database.execute("ROLLBACK");
            return tl::unexpected(
                StoreError{done.error().code,
                           "migration to schema version " + std::to_string(step.version) + ": " + done.error().what});
        }
    }
    return {};
}

std::span<Migration const> migrations()
{
    static std::array const kMigrations{Migration{1, kSchemaSql}};
    return kMigrations;
}

} // namespace latchkey::store
