// SPDX-License-Identifier: MIT
// A registration that is on disk when it is answered, with the real latchkeyd, beside the two things that it cannot do
// without: one round trip over the same socket and one FULL commit of the same store. One pass over all cases a round,
// so that they share the machine's moods.
#include "core/effect.h"
#include "live_broker.h"
#include "store/store.h"
#include "support/syscall_count.h"

#include <cstdlib>

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/syscall.h>

namespace {

using namespace latchkey;
using namespace latchkey::bench;

// SQLite alone, set as the store sets it: the limit is not our code.
class PlainCommit {
public:
    explicit PlainCommit(std::filesystem::path const& file)
    {
        check(sqlite3_open(file.c_str(), &m_database));
        check(sqlite3_exec(m_database,
                           "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                           "PRAGMA wal_autocheckpoint = 0;"
                           "CREATE TABLE row (id INTEGER PRIMARY KEY, text TEXT);",
                           nullptr, nullptr, nullptr));
        check(sqlite3_prepare_v2(m_database, "INSERT INTO row (text) VALUES (?1)", -1, &m_insert, nullptr));
        m_text.assign(200, 'x'); // what a registration and its history take
    }
    PlainCommit(PlainCommit const&) = delete;
    ~PlainCommit()
    {
        sqlite3_finalize(m_insert);
        sqlite3_close(m_database);
    }
    void commit()
    {
        sqlite3_bind_text(m_insert, 1, m_text.data(), static_cast<int>(m_text.size()), SQLITE_STATIC);
        if (sqlite3_step(m_insert) != SQLITE_DONE) give_up(sqlite3_errmsg(m_database));
        sqlite3_reset(m_insert);
    }

private:
    void check(int code)
    {
        if (code != SQLITE_OK) give_up(sqlite3_errmsg(m_database));
    }
    sqlite3* m_database = nullptr;
    sqlite3_stmt* m_insert = nullptr;
    std::string m_text;
};

template <class Work>
void measure(Times& times, Work work)
{
    Nanoseconds const before = now_ns();
    work();
    times.add(now_ns() - before);
}

} // namespace

int main(int count, char** arguments)
{
    std::size_t const rounds = count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 900;
    print_machine();
    go_before_others();
    LiveBroker broker("[limits]\nmax-registrations-per-package = 200000\n");
    broker.start();
    ipc::Bus bus = broker.connect();
    std::string const family = broker.install(bus, 0);
    PlainCommit plain(broker.root() / "plain.db");
    auto const options = LiveBroker::registration(family, "sync account", "TimeTrigger:15");

    Times round_trip("one round trip over the private socket (WhoAmI)");
    Times commit("one FULL commit of one row, SQLite alone");
    Times registering("Register, answered when it is on disk");
    constexpr std::size_t kWarmUp = 20;
    for (std::size_t round = 0; round < rounds + kWarmUp; ++round) {
        if (round == kWarmUp) {
            round_trip = Times(round_trip.name());
            commit = Times(commit.name());
            registering = Times(registering.name());
        }
        measure(round_trip, [&] { LiveBroker::call(bus, LiveBroker::method(bus, "WhoAmI")); });
        // In turns: the first sync after others wrote pays for what they wrote.
        auto const commit_one = [&] { measure(commit, [&] { plain.commit(); }); };
        if (round % 2 == 0) commit_one();
        measure(registering, [&] { LiveBroker::register_task(bus, options); });
        if (round % 2 != 0) commit_one();
    }
    round_trip.print();
    commit.print();
    registering.print();
    print_at_most("Register / (round trip + commit), p50", registering.us(0.5) / (round_trip.us(0.5) + commit.us(0.5)),
                  2);
    print_at_most("the same, the fastest of each", registering.us(0) / (round_trip.us(0) + commit.us(0)), 2);
    print_at_most("the same, p99", registering.us(0.99) / (round_trip.us(0.99) + commit.us(0.99)), 2);

    constexpr std::size_t kCounted = 500;
    ProcessCounts const before = counts_of(broker.pid());
    for (std::size_t i = 0; i < kCounted; ++i)
        LiveBroker::register_task(bus, options);
    ProcessCounts const after = counts_of(broker.pid());
    auto const each = [&](std::uint64_t ProcessCounts::*member) {
        return static_cast<double>(after.*member - before.*member) / kCounted;
    };
    fmt::print("{:<52} {:.1f} us CPU, {:.2f} minor faults, {:.2f} voluntary context switches\n", "each, in the broker",
               each(&ProcessCounts::cpu_us), each(&ProcessCounts::minor_faults),
               each(&ProcessCounts::voluntary_switches));
    {
        test::SyscallCount syscalls(broker.pid());
        for (std::size_t i = 0; i < kCounted; ++i)
            LiveBroker::register_task(bus, options);
        std::uint64_t const syncs = syscalls.of(SYS_fdatasync) + syscalls.of(SYS_fsync);
        syscalls.stop();
        if (syscalls.ok()) {
            // Beyond one: the log is moved into the file after so many bytes of it, when the broker has nothing to do.
            print_at_most("fdatasync for each", static_cast<double>(syncs) / kCounted, 1.02, "");
            fmt::print("{:<52} {:.1f}:", "system calls for each", static_cast<double>(syscalls.all()) / kCounted);
            for (auto const& [number, times] : syscalls.by_number())
                fmt::print(" {}x{:.2f}", number, static_cast<double>(times) / kCounted);
            fmt::print("\n");
        } else {
            fmt::print("system calls cannot be counted here (ptrace is not allowed)\n");
        }
    }

    constexpr std::size_t kBulk = 20'000;
    Nanoseconds const begun = now_ns();
    std::uint64_t const cpu = counts_of(broker.pid()).cpu_us;
    LiveBroker::call_many(bus, kBulk, 256, [&](std::size_t) {
        ipc::Message message = LiveBroker::method(bus, "Register");
        message.write(options);
        return message;
    });
    double const seconds = static_cast<double>(now_ns() - begun) / 1e9;
    fmt::print("{:<52} {:.0f} registrations/s, {:.1f} us CPU of the broker each\n", "256 calls in flight",
               kBulk / seconds, static_cast<double>(counts_of(broker.pid()).cpu_us - cpu) / kBulk);
    return 0;
}
