// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

struct sqlite3;
struct sqlite3_stmt;
struct sqlite3_value;

namespace latchkey::store {

// Something outside the broker failed. what is the step in words with SQLite's reason; code its extended result code.
struct StoreError {
    int code = 0;
    std::string what;

    bool is_damage() const; // the file is not what we wrote: malformed, or no database at all
    bool is_busy() const;   // another process has it
};
template <class T>
using Result = tl::expected<T, StoreError>;

// One prepared statement. bind() counts parameters from 1; step() returns true for a row. After an error or a last
// step(), reset() makes it ready again. Not to be used after its Database.
class Statement {
public:
    Statement() = default;
    Statement(sqlite3* database, sqlite3_stmt* statement);

    Statement& bind(int parameter, std::int64_t value);
    Statement& bind(int parameter, std::string_view text);
    Statement& bind_blob(int parameter, std::string_view bytes); // copied by nobody: must live until reset()
    Statement& bind_null(int parameter);
    Result<bool> step();
    void reset();
    // bind…, run(): for statements without rows.
    Result<void> run();

    std::int64_t integer(int column) const;
    std::string_view text(int column) const; // valid until the next step() or reset()
    std::string_view blob(int column) const;
    bool is_null(int column) const;

private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    sqlite3* m_database = nullptr;
    std::unique_ptr<sqlite3_stmt, Finalize> m_statement;
};

// A row that Database::read() is at; the views are valid until the next.
class Row {
public:
    explicit Row(std::span<sqlite3_value*> values) : m_values(values) {}
    std::int64_t integer(std::size_t column) const;
    std::string_view text(std::size_t column) const;
    std::string_view blob(std::size_t column) const;

private:
    std::span<sqlite3_value*> m_values;
};

// One connection to one file, used by one thread.
class Database {
public:
    // Creates the file when it is absent. Nobody else may have it open (exclusive lock), and nobody else gets it.
    static Result<Database> open(std::string const& path);

    Result<void> execute(std::string const& sql); // any number of statements
    Result<Statement> prepare(std::string_view sql);
    // Hands over these columns of every row of the table, in no order, until take returns an error, which is passed on.
    // A Statement takes half as long again for many columns.
    Result<void> read(std::string_view columns, std::string_view table,
                      std::function<Result<void>(Row const&)> const& take);
    Result<std::int64_t> integer(std::string const& sql); // the first column of the first row; 0 without rows
    Result<void> check_whole(); // reads all of the file; the error is damage when it is not what SQLite wrote
    StoreError error(std::string_view step) const;
    std::int64_t changes() const;
    sqlite3* handle() const { return m_database.get(); }

private:
    struct Close {
        void operator()(sqlite3* database) const;
    };
    std::unique_ptr<sqlite3, Close> m_database;
};

// A step from one version of the schema to the next.
struct Migration {
    int version; // after it
    std::string sql;
};
// Brings the schema to the last of migrations, each in a transaction of its own. A file of a later version is refused:
// there is no way back, and guessing would lose what the newer broker kept.
Result<void> migrate(Database& database, std::span<Migration const> migrations);
std::span<Migration const> migrations();

} // namespace latchkey::store
