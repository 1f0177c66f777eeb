// SPDX-License-Identifier: MIT
// Reading everything at start: one pass over each table, no object per row but the snapshot's own.
#include "store/columns.h"
#include "store/store.h"

#include <charconv>
#include <map>

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
    for (std::size_t at = 0; at < text.size();) {
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

bool is_trigger(Trigger const& trigger)
{
    switch (trigger.kind) {
    case TriggerKind::System:
        return find_system_trigger(static_cast<SystemTriggerType>(trigger.type)) != nullptr;
    case TriggerKind::Preview:
        return find_preview_trigger(static_cast<PreviewTriggerType>(trigger.type)) != nullptr;
    default:
        return !is_timed(trigger.kind) || trigger.freshness_minutes > 0;
    }
}

bool are_conditions(ConditionSet conditions)
{
    ConditionSet all;
    for (auto const& row : kConditions) {
        all = all.with(row.condition);
    }
    return all.contains(conditions);
}

// What cannot be; empty: nothing.
std::string_view impossible(Snapshot::Task const& task)
{
    Registration const& made = task.registration;
    for (std::string const* text :
         {&made.name, &made.entry_point, &made.trigger.parameter, &made.group_id, &made.group_name}) {
        if (!is_text(*text)) return "a text that is no text";
    }
    if (!is_text(made.package.view())) return "a package whose name is no text";
    if (!is_trigger(made.trigger)) return "a trigger that there is not";
    Condition const missing = task.state.first_missing;
    bool const known = missing == Condition::Invalid || find_condition(missing) != nullptr;
    if (!known || !are_conditions(made.conditions)) return "a condition that there is not";
    for (WallTime const time : {made.registered, task.state.due, task.state.pending_since, task.state.last_ended}) {
        if (!is_time(time)) return "a time that will not come";
    }
    return {};
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
    auto rows = m_database.prepare("SELECT task_id, package, name, entry_point, trigger_kind, trigger_type, one_shot, "
                                   "freshness_minutes, parameter, "
                                   "conditions, cancel_on_condition_loss, network_requested, group_id, group_name, "
                                   "registered_us, due_us, pending, "
                                   "pending_since_us, first_missing, unconditional, spent, quarantined, "
                                   "sibling_restarted, restarts, last_ended_us, "
                                   "last_result FROM registration ORDER BY task_id");
    if (!rows) return tl::unexpected(rows.error());
    std::map<std::string, SharedText, std::less<>> families;
    std::optional<TriggerKind> kind; // of the row before: most have the same
    for (;;) {
        auto const row = rows->step();
        if (!row) return tl::unexpected(row.error());
        if (!*row) break;
        if (!kind || name_of(*kind) != rows->text(4)) kind = parse_trigger_kind(rows->text(4));
        if (!kind) return tl::unexpected(strange("unknown trigger " + std::string(rows->text(4))));
        auto family = families.find(rows->text(1));
        if (family == families.end()) {
            std::string text(rows->text(1));
            family = families.emplace(text, SharedText(text)).first;
        }
        Snapshot::Task& task = m_snapshot.tasks.emplace_back();
        Registration& made = task.registration;
        made.task = TaskId{guid_from(rows->blob(0))};
        made.package = family->second;
        made.name = rows->text(2);
        made.entry_point = rows->text(3);
        made.trigger = {*kind, static_cast<std::uint8_t>(rows->integer(5)), rows->integer(6) != 0,
                        static_cast<std::uint32_t>(rows->integer(7)), std::string(rows->text(8))};
        made.conditions = ConditionSet(static_cast<std::uint16_t>(rows->integer(9)));
        made.cancel_on_condition_loss = rows->integer(10) != 0;
        made.network_requested = rows->integer(11) != 0;
        made.group_id = rows->text(12);
        made.group_name = rows->text(13);
        made.registered = wall_from_us(rows->integer(14));
        TaskState& state = task.state;
        state.due = wall_from_us(rows->integer(15));
        state.pending = rows->integer(16) != 0;
        state.pending_since = wall_from_us(rows->integer(17));
        state.first_missing = static_cast<Condition>(rows->integer(18));
        state.unconditional = rows->integer(19) != 0;
        state.spent = rows->integer(20) != 0;
        state.quarantined = rows->integer(21) != 0;
        state.sibling_restarted = rows->integer(22) != 0;
        state.restarts = static_cast<std::uint8_t>(rows->integer(23));
        state.last_ended = wall_from_us(rows->integer(24));
        state.last_result = static_cast<HResult>(rows->integer(25));
        if (auto const wrong = impossible(task); !wrong.empty()) {
            return tl::unexpected(strange("a registration has " + std::string(wrong)));
        }
    }
    // The tables of what few tasks have are in the same order: one walk along the tasks finds their owners.
    auto completions = m_database.prepare("SELECT task_id, instance FROM completion ORDER BY task_id");
    if (!completions) return tl::unexpected(completions.error());
    auto details =
        m_database.prepare("SELECT task_id, min(number), count(*) FROM details GROUP BY task_id ORDER BY task_id");
    if (!details) return tl::unexpected(details.error());
    for (Statement* const statement : {&*completions, &*details}) {
        std::size_t place = 0;
        for (;;) {
            auto const row = statement->step();
            if (!row) return tl::unexpected(row.error());
            if (!*row) break;
            TaskId const owner{guid_from(statement->blob(0))};
            while (place < m_snapshot.tasks.size() && m_snapshot.tasks[place].registration.task < owner)
                ++place;
            if (place == m_snapshot.tasks.size() || m_snapshot.tasks[place].registration.task != owner) {
                return tl::unexpected(strange("a completion or details of a task that is not registered"));
            }
            if (statement == &*completions) {
                m_snapshot.tasks[place].undelivered.number = static_cast<std::uint64_t>(statement->integer(1));
            } else {
                m_snapshot.tasks[place].details_first = static_cast<std::uint32_t>(statement->integer(1));
                m_snapshot.tasks[place].details_count = static_cast<std::uint8_t>(statement->integer(2));
            }
        }
    }
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
