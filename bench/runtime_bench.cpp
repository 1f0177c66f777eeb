// SPDX-License-Identifier: MIT
// Strings beside malloc and an atomic, and activation beside a call of the component's function by its address. The
// last lines printed are the ratios.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include <benchmark/benchmark.h>
#include <dlfcn.h>
#include <latchkey/runtime.h>

// Not in the unnamed namespace: a compiler that sees every class derived from it, which is none, makes calls of its
// slots calls of nothing.
struct Unknown {
    virtual int32_t QueryInterface(LatchkeyGuid const& iid, void** object) noexcept = 0;
    virtual uint32_t AddRef() noexcept = 0;
    virtual uint32_t Release() noexcept = 0;

protected:
    ~Unknown() = default;
};

namespace {

constexpr std::wstring_view kText = L"Windows.Foundation.Deferral";
constexpr std::wstring_view kClass = L"Bench.Widget";
constexpr LatchkeyGuid kActivationFactory{0x00000035, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};

void* make(std::wstring_view text)
{
    void* string = nullptr;
    WindowsCreateString(text.data(), static_cast<uint32_t>(text.size()), &string);
    return string;
}

void create_string()
{
    void* string = make(kText);
    benchmark::DoNotOptimize(string);
    WindowsDeleteString(string);
}

void malloc_and_copy()
{
    size_t const bytes = kText.size() * sizeof(wchar_t);
    void* memory = std::malloc(bytes + 32);
    std::memcpy(memory, kText.data(), bytes);
    benchmark::DoNotOptimize(memory);
    std::free(memory);
}

void duplicate_string()
{
    static void* const string = make(kText);
    void* copy = nullptr;
    WindowsDuplicateString(string, &copy);
    benchmark::DoNotOptimize(copy);
    WindowsDeleteString(copy);
}

void count_up_and_down()
{
    static std::atomic<int32_t> count{1};
    count.fetch_add(1, std::memory_order_relaxed);
    benchmark::DoNotOptimize(count);
    count.fetch_sub(1, std::memory_order_acq_rel);
}

void get_factory()
{
    static void* const name = make(kClass);
    void* factory = nullptr;
    RoGetActivationFactory(name, &kActivationFactory, &factory);
    benchmark::DoNotOptimize(factory);
    static_cast<Unknown*>(factory)->Release();
}

// The least that a caller can do who has the component's function already: make the factory, ask for the interface.
void call_component()
{
    using Activate = int32_t (*)(void*, void**);
    static auto const function =
        reinterpret_cast<Activate>(dlsym(dlopen(LATCHKEY_BENCH_COMPONENT, RTLD_NOW), "DllGetActivationFactory"));
    static void* const name = make(kClass);
    void* made = nullptr;
    function(name, &made);
    void* factory = nullptr;
    static_cast<Unknown*>(made)->QueryInterface(kActivationFactory, &factory);
    static_cast<Unknown*>(made)->Release();
    benchmark::DoNotOptimize(factory);
    static_cast<Unknown*>(factory)->Release();
}

template <void (*work)()>
void run(benchmark::State& state)
{
    for (auto _ : state)
        work();
}

BENCHMARK(run<create_string>)->Name("string: create and delete");
BENCHMARK(run<malloc_and_copy>)->Name("  malloc, copy, free");
BENCHMARK(run<duplicate_string>)->Name("string: duplicate and delete");
BENCHMARK(run<count_up_and_down>)->Name("  an atomic up and down");
BENCHMARK(run<get_factory>)->Name("RoGetActivationFactory, class known");
BENCHMARK(run<call_component>)->Name("  the component's function, by dlsym");

double nanoseconds(void (*work)())
{
    constexpr int kRounds = 5;
    constexpr int kCalls = 200'000;
    double best = 1e18;
    for (int round = 0; round < kRounds; ++round) {
        auto const start = std::chrono::steady_clock::now();
        for (int call = 0; call < kCalls; ++call)
            work();
        std::chrono::duration<double, std::nano> const spent = std::chrono::steady_clock::now() - start;
        best = std::min(best, spent.count() / kCalls);
    }
    return best;
}

void print_ratio(char const* what, void (*ours)(), void (*peer)())
{
    double const mine = nanoseconds(ours);
    double const theirs = nanoseconds(peer);
    std::printf("ratio %-44s %6.1f ns / %5.1f ns = %.2f\n", what, mine, theirs, mine / theirs);
}

} // namespace

int main(int count, char** arguments)
{
    LatchkeyAddActivatableClass("Bench.Widget", LATCHKEY_BENCH_COMPONENT);
    benchmark::Initialize(&count, arguments);
    benchmark::RunSpecifiedBenchmarks();
    print_ratio("create string / malloc, copy, free", create_string, malloc_and_copy);
    print_ratio("duplicate string / atomic up and down", duplicate_string, count_up_and_down);
    print_ratio("RoGetActivationFactory / component's function", get_factory, call_component);
}
