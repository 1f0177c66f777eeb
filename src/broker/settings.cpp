// SPDX-License-Identifier: MIT
#include "broker/settings.h"

#include "ipc/dictionary_bytes.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include <fmt/format.h>
#include <sqlite3.h>

namespace latchkey::broker {

namespace {

using store::Database;
using store::Result;
using store::Statement;

constexpr int kSchemaVersion = 1;
constexpr char const* kSchema = R"sql(
-- What holds settings. 1 is LocalSettings, 2 RoamingSettings; every other is in one of them.
CREATE TABLE container (
    id     INTEGER PRIMARY KEY,
    parent INTEGER REFERENCES container(id) ON DELETE CASCADE,
    name   TEXT    NOT NULL COLLATE NOCASE,    -- as it was written first
    UNIQUE (parent, name)
) STRICT;
INSERT INTO container VALUES (1, NULL, 'LocalSettings'), (2, NULL, 'RoamingSettings');

CREATE TABLE setting (
    container INTEGER NOT NULL REFERENCES container(id) ON DELETE CASCADE,
    key       TEXT    NOT NULL COLLATE NOCASE, -- as it was written first
    value     BLOB    NOT NULL,                -- ipc/dictionary_bytes.h
    PRIMARY KEY (container, key)
) STRICT, WITHOUT ROWID;

-- One row: what ApplicationData.SetVersionAsync set last.
CREATE TABLE application_data (version INTEGER NOT NULL) STRICT;
INSERT INTO application_data VALUES (0);
)sql";

constexpr std::int64_t kLocalRoot = 1;
constexpr std::int64_t kRoamingRoot = 2;
constexpr std::string_view kRoaming = "\\Roaming";

constexpr std::uint32_t kInvalidArgument = 0x80070057;
constexpr std::uint32_t kNotEnoughQuota = 0x80070718;

tl::unexpected<ipc::BusError> refused(char const* name, std::uint32_t result, std::string const& text)
{
    return tl::unexpected(
        ipc::BusError{fmt::format("org.latchkey.Error.{}", name), fmt::format("0x{:08x} {}", result, text)});
}

tl::unexpected<ipc::BusError> failed(store::StoreError const& error)
{
    // The file's own limit, not the disk's.
    if ((error.code & 0xff) == SQLITE_FULL)
        return refused("LimitExceeded", kNotEnoughQuota,
                       fmt::format("the settings of a package have at most {} MiB in all, and the disk must have room "
                                   "for them: {}",
                                   kMaxSettingsFile / (1024 * 1024), error.what));
    return refused("Storage", 0x80070070, "the settings could not be kept: " + error.what);
}

std::size_t characters(std::string_view utf8)
{
    return static_cast<std::size_t>(
        std::ranges::count_if(utf8, [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }));
}

ipc::Answer<void> check_name(std::string_view name, char const* what, std::uint32_t too_long)
{
    if (name.empty()) return refused("InvalidArgument", kInvalidArgument, fmt::format("{} is empty", what));
    if (characters(name) > kMaxSettingName) {
        return refused("LimitExceeded", too_long,
                       fmt::format("{} has {} characters; it may have {}", what, characters(name), kMaxSettingName));
    }
    return {};
}

ipc::Answer<void> check_key(std::string_view key)
{
    return check_name(key, "the key of a setting", 0x80073dc9);
}

// What a value takes of its limit: its bytes, without what says of which type they are.
std::optional<std::size_t> size_of(ipc::Value const& value)
{
    return std::visit(
        [](auto const& held) -> std::optional<std::size_t> {
            using Held = std::remove_cvref_t<decltype(held)>;
            if constexpr (std::is_arithmetic_v<Held>) return sizeof held;
            if constexpr (std::is_same_v<Held, std::string>) return held.size();
            if constexpr (std::is_same_v<Held, std::vector<std::uint8_t>>)
                return held.empty() ? std::nullopt : std::optional<std::size_t>(held.size() - 1);
            return std::nullopt;
        },
        value.data);
}

ipc::Answer<void> check_value(ipc::Value const& value)
{
    auto const unsupported = [](ipc::Value const& bad) {
        return refused("NotSupported", 0x8007065e,
                       fmt::format("a setting cannot be of the D-Bus type {}", bad.signature()));
    };
    auto const* const composite = value.as<ipc::Dictionary>();
    if (composite == nullptr) {
        auto const size = size_of(value);
        if (!size) return unsupported(value);
        if (*size <= kMaxSettingValue) return {};
        return refused("LimitExceeded", 0x80073dc8,
                       fmt::format("the value has {} bytes; a setting may have {}", *size, kMaxSettingValue));
    }
    std::size_t total = 0;
    for (ipc::Dictionary::Entry const& entry : composite->entries()) {
        if (auto const checked = check_key(entry.key); !checked) return tl::unexpected(checked.error());
        auto const size = size_of(entry.value);
        if (!size) return unsupported(entry.value);
        total += entry.key.size() + *size;
    }
    if (total <= kMaxCompositeValue) return {};
    return refused("LimitExceeded", 0x80073dc7,
                   fmt::format("the composite has {} bytes; it may have {}", total, kMaxCompositeValue));
}

struct ContainerPath {
    std::int64_t root = kLocalRoot;
    std::vector<std::string_view> names;
};

ipc::Answer<ContainerPath> parse_path(std::string_view path)
{
    ContainerPath parsed;
    if (path.starts_with('\\')) {
        std::string_view const first = path.substr(0, path.find('\\', 1));
        if (first != kRoaming)
            return refused("InvalidArgument", kInvalidArgument,
                           fmt::format("{} begins no container; \"\" and \"{}\" do", first, kRoaming));
        parsed.root = kRoamingRoot;
        path.remove_prefix(std::min(path.size(), kRoaming.size() + 1));
    }
    while (!path.empty()) {
        std::string_view const name = path.substr(0, path.find('\\'));
        if (auto const checked = check_name(name, "the name of a container", 0x80073dca); !checked)
            return tl::unexpected(checked.error());
        parsed.names.push_back(name);
        path.remove_prefix(std::min(path.size(), name.size() + 1));
        if (parsed.names.size() > kMaxContainerDepth)
            return refused("LimitExceeded", kNotEnoughQuota,
                           fmt::format("containers may nest {} deep", kMaxContainerDepth));
    }
    return parsed;
}

// One transaction; without commit() nothing has happened.
class Transaction {
public:
    explicit Transaction(Database& database) : m_database(database), m_begun(database.execute("BEGIN IMMEDIATE")) {}
    Transaction(Transaction const&) = delete;
    Transaction& operator=(Transaction const&) = delete;
    ~Transaction()
    {
        if (m_begun && !m_done) (void)m_database.execute("ROLLBACK");
    }

    Result<void> const& begun() const { return m_begun; }
    Result<void> commit()
    {
        auto committed = m_database.execute("COMMIT");
        m_done = committed.has_value();
        return committed;
    }

private:
    Database& m_database;
    Result<void> m_begun;
    bool m_done = false;
};

// The container's id; nullopt: it is not there.
Result<std::optional<std::int64_t>> find(Database& database, ContainerPath const& path)
{
    std::int64_t id = path.root;
    auto statement = database.prepare("SELECT id FROM container WHERE parent = ? AND name = ?");
    if (!statement) return tl::unexpected(statement.error());
    for (std::string_view const name : path.names) {
        auto const found = statement->bind(1, id).bind(2, name).step();
        if (!found) return tl::unexpected(found.error());
        if (!*found) return std::nullopt;
        id = statement->integer(0);
        statement->reset();
    }
    return id;
}

ipc::Answer<std::int64_t> existing(Database& database, std::string_view text)
{
    auto const path = parse_path(text);
    if (!path) return tl::unexpected(path.error());
    auto const found = find(database, *path);
    if (!found) return failed(found.error());
    if (!*found) return refused("NoSuchContainer", 0x80070002, fmt::format("there is no container {}", text));
    return **found;
}

Result<std::int64_t> count(Database& database, std::string_view sql, std::int64_t id)
{
    auto statement = database.prepare(sql);
    if (!statement) return tl::unexpected(statement.error());
    auto const row = statement->bind(1, id).step();
    if (!row) return tl::unexpected(row.error());
    return statement->integer(0);
}

} // namespace

Settings::Settings(std::string folder, std::function<void(std::string const&)> tell)
    : m_folder(std::move(folder)), m_tell(std::move(tell))
{}

std::string Settings::path_of(std::string_view family) const
{
    return fmt::format("{}/{}.db", m_folder, family);
}

Result<Database> Settings::open(std::string const& path)
{
    auto database = Database::open(path);
    if (!database) return database;
    auto set = database->execute(
        fmt::format("PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 256; PRAGMA journal_size_limit = 0;"
                    "PRAGMA max_page_count = {};",
                    kMaxSettingsFile / 4096));
    // All of it, which is little: damage that only shows later would be there at each start.
    if (set) set = database->check_whole();
    auto const version = database->integer("PRAGMA user_version");
    if (set && !version) set = tl::unexpected(version.error());
    if (set && *version > kSchemaVersion)
        return tl::unexpected(
            store::StoreError{SQLITE_MISMATCH, path + " was written by a later Latchkey; it stays as it is"});
    if (set && *version == 0)
        set = database->execute(
            fmt::format("BEGIN IMMEDIATE; {} PRAGMA user_version = {}; COMMIT;", kSchema, kSchemaVersion));
    if (!set) return tl::unexpected(set.error());
    return database;
}

Settings::Answer<Database*> Settings::file_of(std::string_view family)
{
    auto const found = std::ranges::find(m_open, family, &File::family);
    if (found != m_open.end()) {
        m_open.splice(m_open.begin(), m_open, found);
        return &m_open.front().database;
    }
    std::error_code failure;
    std::filesystem::create_directories(m_folder, failure);
    std::string const path = path_of(family);
    auto database = open(path);
    if (!database && database.error().is_damage()) {
        std::string aside = path + ".damaged";
        for (int number = 2; std::filesystem::exists(aside, failure); ++number) {
            aside = fmt::format("{}.damaged-{}", path, number);
        }
        // With its log, which may hold what was written last.
        for (char const* suffix : {"", "-wal", "-shm"}) {
            if (!std::filesystem::exists(path + suffix, failure)) continue;
            std::filesystem::rename(path + suffix, aside + suffix, failure);
            if (failure)
                return failed({SQLITE_IOERR, fmt::format("{} is damaged and cannot be set aside: {}", path + suffix,
                                                         failure.message())});
        }
        m_tell(fmt::format("the settings in {} are damaged ({}); they were moved to {}, and the package begins with "
                           "none",
                           path, database.error().what, aside));
        database = open(path);
    }
    if (!database) return failed(database.error());
    if (m_open.size() >= kMaxOpenSettingsFiles) m_open.pop_back();
    m_open.push_front({std::string(family), std::move(*database)});
    return &m_open.front().database;
}

void Settings::close(std::string_view family)
{
    m_open.remove_if([&](File const& file) { return file.family == family; });
}

void Settings::erase(std::string_view family)
{
    close(family);
    std::error_code failure;
    for (char const* suffix : {"", "-wal", "-shm"}) {
        std::filesystem::remove(path_of(family) + suffix, failure);
    }
}

// ---- values
// ----------------------------------------------------------------------------------------------------------

Settings::Answer<ipc::Dictionary> Settings::read(std::string_view family, std::string_view container)
{
    auto const file = file_of(family);
    if (!file) return tl::unexpected(file.error());
    auto const id = existing(**file, container);
    if (!id) return tl::unexpected(id.error());
    auto rows = (*file)->prepare("SELECT key, value FROM setting WHERE container = ? ORDER BY key");
    if (!rows) return failed(rows.error());
    rows->bind(1, *id);
    std::vector<ipc::Dictionary::Entry> entries;
    for (;;) {
        auto const row = rows->step();
        if (!row) return failed(row.error());
        if (!*row) break;
        auto value = ipc::value_from(rows->blob(1));
        if (!value) return failed({SQLITE_CORRUPT, fmt::format("the value of {} makes no sense", rows->text(0))});
        entries.push_back({std::string(rows->text(0)), std::move(*value)});
    }
    ipc::Dictionary values;
    if (!values.assign(std::move(entries))) return failed({SQLITE_CORRUPT, "a key is there twice"});
    return values;
}

Settings::Answer<std::vector<ipc::Value>> Settings::look_up(std::string_view family, std::string_view container,
                                                            std::string_view key)
{
    auto const file = file_of(family);
    if (!file) return tl::unexpected(file.error());
    auto const id = existing(**file, container);
    if (!id) return tl::unexpected(id.error());
    auto statement = (*file)->prepare("SELECT value FROM setting WHERE container = ? AND key = ?");
    if (!statement) return failed(statement.error());
    auto const row = statement->bind(1, *id).bind(2, key).step();
    if (!row) return failed(row.error());
    if (!*row) return std::vector<ipc::Value>();
    auto value = ipc::value_from(statement->blob(0));
    if (!value) return failed({SQLITE_CORRUPT, fmt::format("the value of {} makes no sense", key)});
    return std::vector<ipc::Value>{std::move(*value)};
}

Settings::Answer<bool> Settings::insert(std::string_view family, std::string_view container, std::string_view key,
                                        ipc::Value const& value)
{
    if (auto const checked = check_key(key); !checked) return tl::unexpected(checked.error());
    if (auto const checked = check_value(value); !checked) return tl::unexpected(checked.error());
    auto const bytes = ipc::bytes_of(value);
    auto const file = file_of(family);
    if (!file) return tl::unexpected(file.error());
    Transaction transaction(**file);
    if (!transaction.begun()) return failed(transaction.begun().error());
    auto const id = existing(**file, container);
    if (!id) return tl::unexpected(id.error());

    auto update = (*file)->prepare("UPDATE setting SET value = ? WHERE container = ? AND key = ?");
    if (!update) return failed(update.error());
    if (auto const done = update->bind_blob(1, *bytes).bind(2, *id).bind(3, key).run(); !done)
        return failed(done.error());
    bool const replaced = (*file)->changes() != 0;
    if (!replaced) {
        auto const others = count(**file, "SELECT count(*) FROM setting WHERE container = ?", *id);
        if (!others) return failed(others.error());
        if (*others >= kMaxSettingsOfAContainer)
            return refused("LimitExceeded", kNotEnoughQuota,
                           fmt::format("a container has at most {} settings", kMaxSettingsOfAContainer));
        auto added = (*file)->prepare("INSERT INTO setting VALUES (?, ?, ?)");
        if (!added) return failed(added.error());
        if (auto const done = added->bind(1, *id).bind(2, key).bind_blob(3, *bytes).run(); !done)
            return failed(done.error());
    }
    if (auto const done = transaction.commit(); !done) return failed(done.error());
    return replaced;
}

Settings::Answer<std::uint32_t> Settings::remove(std::string_view family, std::string_view container,
                                                 std::vector<std::string> const& keys)
{
    auto const file = file_of(family);
    if (!file) return tl::unexpected(file.error());
    Transaction transaction(**file);
    if (!transaction.begun()) return failed(transaction.begun().error());
    auto const id = existing(**file, container);
    if (!id) return tl::unexpected(id.error());
    std::int64_t removed = 0;
    auto statement = (*file)->prepare(keys.empty() ? "DELETE FROM setting WHERE container = ?"
                                                   : "DELETE FROM setting WHERE container = ? AND key = ?");
    if (!statement) return failed(statement.error());
    for (std::size_t i = 0; i < std::max<std::size_t>(keys.size(), 1); ++i) {
        statement->bind(1, *id);
        if (!keys.empty()) statement->bind(2, keys[i]);
        if (auto const done = statement->run(); !done) return failed(done.error());
        removed += (*file)->changes();
    }
    if (auto const done = transaction.commit(); !done) return failed(done.error());
    return static_cast<std::uint32_t>(removed);
}

// ---- containers
// --------------------------------------------------------------------------------------------------------

Settings::Answer<std::vector<std::string>> Settings::containers(std::string_view family, std::string_view container)
{
    auto const file = file_of(family);
    if (!file) return tl::unexpected(file.error());
    auto const id = existing(**file, container);
    if (!id) return tl::unexpected(id.error());
    auto rows = (*file)->prepare("SELECT name FROM container WHERE parent = ? ORDER BY name");
    if (!rows) return failed(rows.error());
    rows->bind(1, *id);
    std::vector<std::string> names;
    for (;;) {
        auto const row = rows->step();
        if (!row) return failed(row.error());
        if (!*row) return names;
        names.emplace_back(rows->text(0));
    }
}

Settings::Answer<void> Settings::create_container(std::string_view family, std::string_view container,
                                                  Existing must_exist)
{
    auto const file = file_of(family);
    if (!file) return tl::unexpected(file.error());
    if (must_exist == Existing::MustExist) {
        auto const id = existing(**file, container);
        if (!id) return tl::unexpected(id.error());
        return {};
    }
    auto const path = parse_path(container);
    if (!path) return tl::unexpected(path.error());
    auto const found = find(**file, *path);
    if (!found) return failed(found.error());
    if (*found) return {};

    Transaction transaction(**file);
    if (!transaction.begun()) return failed(transaction.begun().error());
    auto const all = (*file)->integer("SELECT count(*) FROM container");
    if (!all) return failed(all.error());
    if (*all + static_cast<std::int64_t>(path->names.size()) > kMaxContainers)
        return refused("LimitExceeded", kNotEnoughQuota,
                       fmt::format("a package has at most {} containers", kMaxContainers));
    auto made = (*file)->prepare("INSERT OR IGNORE INTO container (parent, name) VALUES (?, ?)");
    if (!made) return failed(made.error());
    ContainerPath reached{path->root, {}};
    for (std::string_view const name : path->names) {
        auto const parent = find(**file, reached);
        if (!parent || !*parent) return failed(parent ? store::StoreError{SQLITE_CORRUPT, "lost"} : parent.error());
        if (auto const done = made->bind(1, **parent).bind(2, name).run(); !done) return failed(done.error());
        reached.names.push_back(name);
    }
    if (auto const done = transaction.commit(); !done) return failed(done.error());
    return {};
}

Settings::Answer<void> Settings::delete_container(std::string_view family, std::string_view container)
{
    auto const path = parse_path(container);
    if (!path) return tl::unexpected(path.error());
    if (path->names.empty())
        return refused("InvalidArgument", kInvalidArgument,
                       "LocalSettings and RoamingSettings cannot be deleted; SettingsClear empties them");
    auto const file = file_of(family);
    if (!file) return tl::unexpected(file.error());
    auto const found = find(**file, *path);
    if (!found) return failed(found.error());
    if (!*found) return {};
    // What is in it goes with it.
    auto statement = (*file)->prepare("DELETE FROM container WHERE id = ?");
    if (!statement) return failed(statement.error());
    if (auto const done = statement->bind(1, **found).run(); !done) return failed(done.error());
    return {};
}

Settings::Answer<void> Settings::clear(std::string_view family, std::string_view root)
{
    auto const path = parse_path(root);
    if (!path) return tl::unexpected(path.error());
    if (!path->names.empty())
        return refused("InvalidArgument", kInvalidArgument,
                       fmt::format("\"\" and \"{}\" are cleared; {} is deleted", kRoaming, root));
    auto const file = file_of(family);
    if (!file) return tl::unexpected(file.error());
    auto const done = (*file)->execute(
        fmt::format("BEGIN IMMEDIATE; DELETE FROM setting WHERE container = {0}; DELETE FROM container WHERE parent = "
                    "{0}; COMMIT;",
                    path->root));
    if (!done) {
        (void)(*file)->execute("ROLLBACK");
        return failed(done.error());
    }
    return {};
}

// ---- version
// -----------------------------------------------------------------------------------------------------------

Settings::Answer<std::uint32_t> Settings::version(std::string_view family)
{
    auto const file = file_of(family);
    if (!file) return tl::unexpected(file.error());
    auto const version = (*file)->integer("SELECT version FROM application_data");
    if (!version) return failed(version.error());
    return static_cast<std::uint32_t>(*version);
}

Settings::Answer<void> Settings::set_version(std::string_view family, std::uint32_t version)
{
    auto const file = file_of(family);
    if (!file) return tl::unexpected(file.error());
    if (auto const done = (*file)->execute(fmt::format("UPDATE application_data SET version = {}", version)); !done)
        return failed(done.error());
    return {};
}

} // namespace latchkey::broker
