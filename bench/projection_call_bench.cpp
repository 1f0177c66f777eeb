// SPDX-License-Identifier: MIT
// A property call through the projection on an object of the same process, beside a plain virtual call. The limit is
// twice the plain call; the last line printed is the ratio.
#include "winrt/Windows.Foundation.h"

#include <chrono>
#include <cstdio>
#include <vector>

#include <benchmark/benchmark.h>

namespace {
using namespace winrt;
using namespace winrt::Windows::Foundation;

constexpr double kLimit = 2.0;

struct Buffer : implements<Buffer, IMemoryBufferReference, IClosable> {
    uint32_t Capacity() const { return m_capacity; }
    event_token Closed(TypedEventHandler<IMemoryBufferReference, IInspectable> const&) { return {}; }
    void Closed(event_token) {}
    void Close() {}

private:
    uint32_t m_capacity = 7;
};

struct Plain {
    virtual ~Plain() = default;
    virtual uint32_t capacity() const = 0;
};
struct PlainBuffer final : Plain {
    uint32_t capacity() const override { return m_capacity; }

private:
    uint32_t m_capacity = 7;
};

// Behind these the compiler cannot see which class it calls.
__attribute__((noinline)) IMemoryBufferReference make_projected()
{
    IMemoryBufferReference made = make<Buffer>();
    benchmark::DoNotOptimize(made);
    return made;
}
__attribute__((noinline)) std::unique_ptr<Plain> make_plain()
{
    std::unique_ptr<Plain> made = std::make_unique<PlainBuffer>();
    benchmark::DoNotOptimize(made);
    return made;
}

void plain_virtual_call(benchmark::State& state)
{
    auto const object = make_plain();
    Plain* pointer = object.get();
    for (auto _ : state) {
        benchmark::DoNotOptimize(pointer);
        benchmark::DoNotOptimize(pointer->capacity());
    }
}
BENCHMARK(plain_virtual_call);

void projected_property_call(benchmark::State& state)
{
    IMemoryBufferReference object = make_projected();
    for (auto _ : state) {
        benchmark::DoNotOptimize(object);
        benchmark::DoNotOptimize(object.Capacity());
    }
}
BENCHMARK(projected_property_call);

void projected_call_through_another_interface(benchmark::State& state)
{
    IMemoryBufferReference object = make_projected();
    for (auto _ : state) {
        benchmark::DoNotOptimize(object);
        object.Close();
    }
}
BENCHMARK(projected_call_through_another_interface);

// Keeps what the console reporter was told, to print the ratio.
class RatioReporter : public benchmark::ConsoleReporter {
public:
    void ReportRuns(std::vector<Run> const& runs) override
    {
        ConsoleReporter::ReportRuns(runs);
        for (Run const& run : runs) {
            double const time = run.GetAdjustedCPUTime();
            if (run.benchmark_name() == "plain_virtual_call") m_plain = time;
            if (run.benchmark_name() == "projected_property_call") m_projected = time;
        }
    }
    double ratio() const { return m_plain > 0 ? m_projected / m_plain : 0; }

private:
    double m_plain = 0;
    double m_projected = 0;
};
} // namespace

int main(int argc, char** argv)
{
    benchmark::Initialize(&argc, argv);
    RatioReporter reporter;
    benchmark::RunSpecifiedBenchmarks(&reporter);
    std::printf("projected property call / plain virtual call: %.2f (limit %.1f)\n", reporter.ratio(), kLimit);
    return 0;
}
