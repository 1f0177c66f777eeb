// SPDX-License-Identifier: MIT
// The store beside the disk that it stands on: a durable registration against one pwrite and fdatasync of its size, a
// burst against single commits, and the start of a broker with a hundred thousand registrations.
#include "core/broker.h"
#include "store/store.h"

#include <filesystem>
#include <string>

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

namespace {

using namespace latchkey::core;
using latchkey::store::Store;

class Folder {
public:
    Folder()
    {
        // The build folder, not /tmp: that may be memory, where a sync costs nothing.
        std::string pattern = (std::filesystem::current_path() / "store-bench-XXXXXX").string();
        if (::mkdtemp(pattern.data())) m_path = pattern;
    }
    ~Folder() { std::filesystem::remove_all(m_path); }
    Folder(Folder const&) = delete;
    Folder& operator=(Folder const&) = delete;
    std::string file() const { return (m_path / "broker.db").string(); }

private:
    std::filesystem::path m_path;
};

Effects registration(std::uint64_t number)
{
    auto made = std::make_shared<Registration>();
    made->task = TaskId{{mixed(number, 1), mixed(number, 2)}};
    made->package = SharedText("Contoso.App" + std::to_string(number / 1'000));
    made->name = "sync account " + std::to_string(number);
    made->entry_point = "Tasks.Sync";
    made->trigger = time_trigger(15, false);
    HistoryEvent event;
    event.number = EventNumber::Registered;
    event.task = made->task;
    event.package = made->package;
    return {effect::AppendHistory{event}, effect::SaveRegistration{made, {}}};
}

void OnePwriteAndFdatasync(benchmark::State& state)
{
    Folder const folder;
    int const file = ::open(folder.file().c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    std::string const record(512, 'x');
    off_t at = 0;
    for (auto _ : state) {
        if (::pwrite(file, record.data(), record.size(), at) < 0 || ::fdatasync(file) < 0) state.SkipWithError("disk");
        at += static_cast<off_t>(record.size());
    }
    ::close(file);
}
BENCHMARK(OnePwriteAndFdatasync)->Iterations(2'000)->Unit(benchmark::kMicrosecond);

void CommitOfOneRegistration(benchmark::State& state)
{
    Folder const folder;
    auto store = Store::open(folder.file(), {}, WallTime{});
    std::uint64_t number = 0;
    for (auto _ : state) {
        auto const effects = registration(++number);
        if (!store->commit(effects)) state.SkipWithError("commit");
    }
}
BENCHMARK(CommitOfOneRegistration)->Iterations(2'000)->Unit(benchmark::kMicrosecond);

void CommitOfABurstOf100(benchmark::State& state)
{
    Folder const folder;
    auto store = Store::open(folder.file(), {}, WallTime{});
    std::uint64_t number = 0;
    for (auto _ : state) {
        Effects all;
        for (int i = 0; i < 100; ++i) {
            auto effects = registration(++number);
            all.insert(all.end(), effects.begin(), effects.end());
        }
        if (!store->commit(all)) state.SkipWithError("commit");
    }
    state.counters["registrations"] = benchmark::Counter(static_cast<double>(number), benchmark::Counter::kIsRate);
}
BENCHMARK(CommitOfABurstOf100)->Iterations(200)->Unit(benchmark::kMicrosecond);

// From the file to a broker with its timers armed: goal under 100 ms.
void StartWith100000Registrations(benchmark::State& state)
{
    Folder const folder;
    {
        auto store = Store::open(folder.file(), {}, WallTime{});
        Effects all;
        for (std::uint64_t number = 0; number < 100'000; ++number) {
            auto effects = registration(number);
            all.push_back(std::move(effects[1]));
        }
        if (!store->commit(all) || !store->tidy_up()) state.SkipWithError("commit");
    }
    for (auto _ : state) {
        auto store = Store::open(folder.file(), {}, WallTime{});
        Broker broker(Policy(), store->take_snapshot(), Now{BootTime(Duration(1)), WallTime{}, {}});
        benchmark::DoNotOptimize(broker.next_deadline());
        state.counters["registrations"] = static_cast<double>(broker.task_count());
    }
}
BENCHMARK(StartWith100000Registrations)->Iterations(10)->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
