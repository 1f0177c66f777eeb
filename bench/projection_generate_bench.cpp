// SPDX-License-Identifier: MIT
// Generating the headers of all Windows metadata that we have, beside the limit: writing the same bytes to the same
// kind of files. LATCHKEY_WINMD_DIR names the metadata (default ../shared/winmd beside the source directory).
#include "projection/generator.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

namespace {

namespace fs = std::filesystem;
using latchkey::projection::generate;
using latchkey::projection::GenerateOptions;

fs::path winmd_folder()
{
    auto const* named = std::getenv("LATCHKEY_WINMD_DIR");
    return named != nullptr ? fs::path{named} : fs::path{LATCHKEY_SOURCE_DIR} / "../shared/winmd";
}

struct Folder {
    fs::path path;
    Folder()
    {
        auto name = (fs::temp_directory_path() / "latchkey-bench-XXXXXX").string();
        path = ::mkdtemp(name.data());
    }
    ~Folder()
    {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
    Folder(Folder const&) = delete;
    Folder& operator=(Folder const&) = delete;
};

GenerateOptions options_for(fs::path const& output)
{
    GenerateOptions options;
    options.inputs = {winmd_folder()};
    options.output = output;
    options.skip_unresolved = true; // the folder holds eight of Windows' twenty files
    return options;
}

bool skip_without_metadata(benchmark::State& state)
{
    if (fs::is_directory(winmd_folder())) return false;
    state.SkipWithError("no Windows metadata here: set LATCHKEY_WINMD_DIR");
    return true;
}

using Clock = std::chrono::steady_clock;

// The limit: the same files, their contents at hand.
Clock::duration write_the_same_bytes(fs::path const& generated)
{
    std::vector<std::pair<fs::path, std::string>> files;
    for (auto const& entry : fs::recursive_directory_iterator{generated}) {
        if (!entry.is_regular_file()) continue;
        std::ifstream file{entry.path(), std::ios::binary};
        files.emplace_back(fs::relative(entry.path(), generated),
                           std::string{std::istreambuf_iterator<char>{file}, {}});
    }
    Folder const folder;
    auto const begun = Clock::now();
    fs::create_directories(folder.path / "winrt/impl");
    for (auto const& [name, content] : files) {
        std::ofstream file{folder.path / name, std::ios::binary};
        file.write(content.data(), static_cast<std::streamsize>(content.size()));
    }
    return Clock::now() - begun;
}

void generate_all(benchmark::State& state)
{
    if (skip_without_metadata(state)) return;
    std::chrono::duration<double> generating{}, writing{};
    for (auto _ : state) {
        Folder const folder;
        auto const begun = Clock::now();
        auto const report = generate(options_for(folder.path));
        std::chrono::duration<double> const took = Clock::now() - begun;
        if (!report) return state.SkipWithError(report.error().what.c_str());
        state.SetIterationTime(took.count());
        generating += took;
        writing += write_the_same_bytes(folder.path);
        state.counters["files"] = static_cast<double>(report->files);
        state.counters["MB"] = static_cast<double>(report->bytes) / 1e6;
    }
    state.counters["plain_writing_ms"] = writing.count() * 1e3 / static_cast<double>(state.iterations());
    state.counters["times_plain_writing"] = generating / writing;
}

void generate_unchanged(benchmark::State& state)
{
    if (skip_without_metadata(state)) return;
    Folder const folder;
    auto const options = options_for(folder.path);
    if (auto const first = generate(options); !first) return state.SkipWithError(first.error().what.c_str());
    for (auto _ : state)
        benchmark::DoNotOptimize(generate(options));
}

} // namespace

BENCHMARK(generate_all)->Unit(benchmark::kMillisecond)->UseManualTime();
BENCHMARK(generate_unchanged)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_MAIN();
