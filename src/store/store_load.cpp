// SPDX-License-Identifier: MIT
// Reading everything at start: one pass over each table, and of a registration only what the rules keep of it.
#include "store/columns.h"
#include "store/store.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <sqlite3.h>

namespace latchkey::store {

using namespace core;

namespace {

StoreError strange(std::string what)
{
    return {SQLITE_CORRUPT, std::move(what)};
}

std::optional<Access> parse_access(std::string_view name)
{
    for (auto const& row : kAccess) {
        if (row.name == name) return row.access;
    }
    return std::nullopt;
}

// SQLite proves that a page is a page, not that its bytes are those that were written. What the rules use as an index
// or a divisor, and what D-Bus must be able to carry, is checked; a row that cannot be ours is damage.
bool is_text(std::string_view text)
{
    std::size_t at = 0;
    // Nearly all of it is ASCII: eight bytes at once while none of them is above it or zero.
    for (std::uint64_t eight = 0; text.size() - at >= sizeof eight; at += sizeof eight) {
        std::memcpy(&eight, text.data() + at, sizeof eight);
        constexpr std::uint64_t kLow = 0x0101010101010101;
        constexpr std::uint64_t kHigh = kLow << 7;
        if (((eight | (eight - kLow)) & kHigh) != 0) break;
    }
    while (at < text.size()) {
        auto const first = static_cast<unsigned char>(text[at]);
        std::size_t const length = first < 0x80   ? 1
                                   : first < 0xc2 ? 0
                                   : first < 0xe0 ? 2
                                   : first < 0xf0 ? 3
                                   : first < 0xf5 ? 4
                                                  : 0;
        if (first == 0 || length == 0 || text.size() - at < length) return false;
        for (std::size_t more = 1; more < length; ++more) {
            if ((static_cast<unsigned char>(text[at + more]) & 0xc0U) != 0x80U) return false;
        }
        auto const second = length > 1 ? static_cast<unsigned char>(text[at + 1]) : 0x80U;
        bool const overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
        bool const no_character = (first == 0xed && second >= 0xa0) || (first == 0xf4 && second >= 0x90);
        if (overlong || no_character) return false;
        at += length;
    }
    return true;
}

// An app may register for 2^32 - 1 minutes, some 8,000 years; sums of two such times are still numbers.
bool is_time(WallTime time)
{
    constexpr WallTime kYear30000{Duration(884'541'340'800'000'000)};
    return time < kYear30000 && time.time_since_epoch() > -kYear30000.time_since_epoch();
}

bool is_trigger(StoredTask const& task)
{
    switch (task.kind) {
    case TriggerKind::System:
        return find_system_trigger(static_cast<SystemTriggerType>(task.type)) != nullptr;
    case TriggerKind::Preview:
        return find_preview_trigger(static_cast<PreviewTriggerType>(task.type)) != nullptr;
    default:
        return !is_timed(task.kind) || task.freshness_minutes > 0;
    }
}

constexpr ConditionSet all_conditions()
{
    ConditionSet all;
    for (auto const& row : kConditions) {
        all = all.with(row.condition);
    }
    return all;
}

// What cannot be; empty: nothing.
std::string_view impossible(StoredTask const& task)
{
    for (std::string_view const text :
         {task.name, task.entry_point, task.parameter, task.group_id, task.group_name, task.package}) {
        if (!is_text(text)) return "a text that is no text";
    }
    if (!is_trigger(task)) return "a trigger that there is not";
    Condition const missing = task.state.first_missing;
    bool const known = missing == Condition::Invalid || find_condition(missing) != nullptr;
    if (!known || !all_conditions().contains(task.conditions)) return "a condition that there is not";
    for (WallTime const time : {task.registered, task.state.due, task.state.pending_since, task.state.last_ended}) {
        if (!is_time(time)) return "a time that will not come";
    }
    return {};
}

// What few tasks have in tables of their own.
struct Extra {
    TaskId task;
    InstanceId undelivered;
    std::uint32_t details_first = 0;
    std::uint8_t details_count = 0;
};

// Finds what there is for each task, once.
class Extras {
public:
    Result<void> read(Database& database)
    {
        for (bool const details : {false, true}) {
            auto rows = database.prepare(details ? "SELECT task_id, min(number), count(*) FROM details GROUP BY task_id"
                                                 : "SELECT task_id, instance FROM completion");
            if (!rows) return tl::unexpected(rows.error());
            for (;;) {
                auto const row = rows->step();
                if (!row) return tl::unexpected(row.error());
                if (!*row) break;
                Extra& extra = m_extras.emplace_back();
                extra.task = TaskId{guid_from(rows->blob(0))};
                if (details) {
                    extra.details_first = static_cast<std::uint32_t>(rows->integer(1));
                    extra.details_count = static_cast<std::uint8_t>(rows->integer(2));
                } else {
                    extra.undelivered.number = static_cast<std::uint64_t>(rows->integer(1));
                }
            }
        }
        std::sort(m_extras.begin(), m_extras.end(), [](Extra const& a, Extra const& b) { return a.task < b.task; });
        return {};
    }

    void add_to(StoredTask& task)
    {
        auto const earlier = [](Extra const& extra, TaskId id) { return extra.task < id; };
        auto extra = std::lower_bound(m_extras.begin(), m_extras.end(), task.task, earlier);
        for (; extra != m_extras.end() && extra->task == task.task; ++extra) {
            if (extra->details_count > 0) {
                task.details_first = extra->details_first;
                task.details_count = extra->details_count;
            } else {
                task.undelivered = extra->undelivered;
            }
            ++m_found;
        }
    }
    bool all_found() const { return m_found == m_extras.size(); }

private:
    std::vector<Extra> m_extras;
    std::size_t m_found = 0;
};

constexpr std::string_view kTaskColumns =
    "task_id, package, name, entry_point, trigger_kind, trigger_type, one_shot, freshness_minutes, parameter, "
    "conditions, cancel_on_condition_loss, network_requested, group_id, group_name, registered_us, due_us, pending, "
    "pending_since_us, first_missing, unconditional, spent, quarantined, sibling_restarted, restarts, last_ended_us, "
    "last_result";

// The kinds of the rows before: there are few, and most rows have one of them.
class Kinds {
public:
    std::optional<TriggerKind> of(std::string_view name)
    {
        for (auto const& known : m_known) {
            if (known.name == name) return known.kind;
        }
        auto const kind = parse_trigger_kind(name);
        if (kind) m_known.push_back({name_of(*kind), *kind});
        return kind;
    }

private:
    struct Known {
        std::string_view name;
        TriggerKind kind;
    };
    std::vector<Known> m_known;
};

// All but the kind.
void take(Row const& row, StoredTask& task)
{
    task.task = TaskId{guid_from(row.blob(0))};
    task.package = row.text(1);
    task.name = row.text(2);
    task.entry_point = row.text(3);
    task.type = static_cast<std::uint8_t>(row.integer(5));
    task.one_shot = row.integer(6) != 0;
    task.freshness_minutes = static_cast<std::uint32_t>(row.integer(7));
    task.parameter = row.text(8);
    task.conditions = ConditionSet(static_cast<std::uint16_t>(row.integer(9)));
    task.cancel_on_condition_loss = row.integer(10) != 0;
    task.network_requested = row.integer(11) != 0;
    task.group_id = row.text(12);
    task.group_name = row.text(13);
    task.registered = wall_from_us(row.integer(14));
    TaskState& state = task.state;
    state.due = wall_from_us(row.integer(15));
    state.pending = row.integer(16) != 0;
    state.pending_since = wall_from_us(row.integer(17));
    state.first_missing = static_cast<Condition>(row.integer(18));
    state.unconditional = row.integer(19) != 0;
    state.spent = row.integer(20) != 0;
    state.quarantined = row.integer(21) != 0;
    state.sibling_restarted = row.integer(22) != 0;
    state.restarts = static_cast<std::uint8_t>(row.integer(23));
    state.last_ended = wall_from_us(row.integer(24));
    state.last_result = static_cast<HResult>(row.integer(25));
}

} // namespace

Result<void> Store::load(Guid const& new_installation)
{
    m_snapshot = {};
    auto meta = m_database.prepare("SELECT key, value FROM meta");
    if (!meta) return tl::unexpected(meta.error());
    bool found = false;
    for (;;) {
        auto const row = meta->step();
        if (!row) return tl::unexpected(row.error());
        if (!*row) break;
        if (meta->text(0) == "installation") {
            auto const guid = parse_guid(meta->text(1));
            if (!guid) return tl::unexpected(strange("the installation id is no GUID"));
            m_snapshot.installation = *guid;
            found = true;
        } else if (meta->text(0) == "last_instance") {
            std::string_view const text = meta->text(1);
            auto const [end, error] =
                std::from_chars(text.data(), text.data() + text.size(), m_snapshot.last_instance.number);
            if (error != std::errc() || end != text.data() + text.size()) {
                return tl::unexpected(strange("the last instance is no number"));
            }
        }
    }
    if (!found) {
        m_snapshot.installation = new_installation;
        auto made = m_database.execute("INSERT INTO meta VALUES ('installation', '" + to_string(new_installation) +
                                       "'), ('last_instance', '0')");
        if (!made) return made;
    }
    for (auto load_one : {&Store::load_packages, &Store::load_tasks, &Store::load_running}) {
        if (auto done = (this->*load_one)(); !done) return done;
    }
    return {};
}

Result<void> Store::load_packages()
{
    auto rows = m_database.prepare("SELECT family, version, access, servicing, quota_used_us, quota_ends_us, "
                                   "quota_ends_wall_us, quota_boot_id FROM package ORDER BY family");
    if (!rows) return tl::unexpected(rows.error());
    for (;;) {
        auto const row = rows->step();
        if (!row) return tl::unexpected(row.error());
        if (!*row) return {};
        auto const access = parse_access(rows->text(2));
        if (!access) return tl::unexpected(strange("unknown access " + std::string(rows->text(2))));
        PackageRecord record;
        record.family = SharedText(std::string(rows->text(0)));
        record.version = SharedText(std::string(rows->text(1)));
        record.access = *access;
        record.servicing = rows->integer(3) != 0;
        if (!is_text(record.family.view()) || !is_text(record.version.view())) {
            return tl::unexpected(strange("a package has a text that is no text"));
        }
        record.quota = {Duration(rows->integer(4)), BootTime(Duration(rows->integer(5))),
                        wall_from_us(rows->integer(6)), BootId{guid_from(rows->blob(7))}};
        m_snapshot.packages.push_back(std::move(record));
    }
}

Result<void> Store::load_tasks()
{
    auto const count = m_database.integer("SELECT count(*) FROM registration");
    if (!count) return tl::unexpected(count.error());
    m_snapshot.tasks.reserve(static_cast<std::size_t>(*count));
    Extras extras;
    if (auto done = extras.read(m_database); !done) return done;
    Kinds kinds;
    auto read = m_database.read(kTaskColumns, "registration", [&](Row const& row) -> Result<void> {
        auto const kind = kinds.of(row.text(4));
        if (!kind) return tl::unexpected(strange("unknown trigger " + std::string(row.text(4))));
        StoredTask task;
        take(row, task);
        task.kind = *kind;
        if (auto const wrong = impossible(task); !wrong.empty()) {
            return tl::unexpected(strange("a registration has " + std::string(wrong)));
        }
        extras.add_to(task);
        m_snapshot.tasks.add(task);
        return {};
    });
    if (!read) return read;
    if (!extras.all_found()) return tl::unexpected(strange("a completion or details of a task that is not registered"));
    return {};
}

Result<void> Store::load_running()
{
    auto instances = m_database.prepare(
        "SELECT instance, task_id, host, started_us, unconditional, restarts, details FROM instance ORDER BY instance");
    if (!instances) return tl::unexpected(instances.error());
    for (;;) {
        auto const row = instances->step();
        if (!row) return tl::unexpected(row.error());
        if (!*row) break;
        m_snapshot.instances.push_back(
            {InstanceId{static_cast<std::uint64_t>(instances->integer(0))}, TaskId{guid_from(instances->blob(1))},
             HostId{static_cast<std::uint64_t>(instances->integer(2))}, wall_from_us(instances->integer(3)),
             instances->integer(4) != 0, static_cast<std::uint8_t>(instances->integer(5)),
             static_cast<std::uint32_t>(instances->integer(6))});
    }
    auto hosts = m_database.prepare("SELECT host, pid, start_ticks FROM host_process ORDER BY host");
    if (!hosts) return tl::unexpected(hosts.error());
    for (;;) {
        auto const row = hosts->step();
        if (!row) return tl::unexpected(row.error());
        if (!*row) return {};
        m_snapshot.hosts.push_back({HostId{static_cast<std::uint64_t>(hosts->integer(0))}, hosts->integer(1),
                                    static_cast<std::uint64_t>(hosts->integer(2))});
    }
}

} // namespace latchkey::store
