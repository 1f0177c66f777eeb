// SPDX-License-Identifier: MIT
// Opening, checking and indexing all Windows metadata, beside reading the same bytes and adding them up. Limit: 20 ms.
#include "unit/winmd/windows_metadata.h"
#include "winmd/metadata.h"

#include <chrono>
#include <cstdio>
#include <fstream>
#include <vector>

#include <benchmark/benchmark.h>

namespace {

using latchkey::winmd::Metadata;

constexpr double kLimitMs = 20;

double milliseconds_of(auto const& work)
{
    auto const begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

uint64_t read_and_add(std::vector<std::filesystem::path> const& files)
{
    uint64_t sum = 0;
    for (auto const& path : files) {
        std::ifstream file{path, std::ios::binary};
        std::vector<char> bytes(std::filesystem::file_size(path));
        file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        for (auto const byte : bytes)
            sum += static_cast<uint8_t>(byte);
    }
    return sum;
}

void open_check_and_index(benchmark::State& state)
{
    auto const files = latchkey::test::windows_metadata_files();
    for (auto _ : state)
        benchmark::DoNotOptimize(Metadata::load(files));
}
BENCHMARK(open_check_and_index)->Unit(benchmark::kMillisecond);

void read_and_checksum(benchmark::State& state)
{
    auto const files = latchkey::test::windows_metadata_files();
    for (auto _ : state)
        benchmark::DoNotOptimize(read_and_add(files));
}
BENCHMARK(read_and_checksum)->Unit(benchmark::kMillisecond);

// The best of several, so that a busy machine does not decide.
int print_ratio()
{
    auto const files = latchkey::test::windows_metadata_files();
    double ours = 1e9;
    double plain = 1e9;
    for (int round = 0; round < 20; ++round) {
        ours = std::min(ours, milliseconds_of([&] { benchmark::DoNotOptimize(Metadata::load(files)); }));
        plain = std::min(plain, milliseconds_of([&] { benchmark::DoNotOptimize(read_and_add(files)); }));
    }
    std::printf("%zu files: %.2f ms, limit %.0f ms; plain read and checksum %.2f ms; ratio %.1f\n", files.size(), ours,
                kLimitMs, plain, ours / plain);
    return ours <= kLimitMs ? 0 : 1;
}

} // namespace

int main(int argc, char** argv)
{
    if (latchkey::test::windows_metadata_files().empty()) {
        std::printf("skipped: no Windows metadata in %s\n", latchkey::test::windows_metadata_folder().c_str());
        return 0;
    }
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    return print_ratio();
}
