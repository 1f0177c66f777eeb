// SPDX-License-Identifier: MIT
// What the rules allocate when they are warm: nothing.
#include "core/broker.h"

#include <cstdlib>
#include <new>

#include <gtest/gtest.h>

namespace {
std::size_t g_allocations = 0;
} // namespace

__attribute__((noinline)) void* operator new(std::size_t size)
{
    void* const memory = std::malloc(size);
    if (!memory) std::abort();
    ++g_allocations;
    return memory;
}
__attribute__((noinline)) void operator delete(void* memory) noexcept
{
    std::free(memory);
}
__attribute__((noinline)) void operator delete(void* memory, std::size_t) noexcept
{
    std::free(memory);
}

namespace latchkey::core {
namespace {

using namespace std::chrono_literals;

TEST(Allocations, AWarmTriggerOfATaskThatRunsAndEndsIsNone)
{
    Now const now{BootTime(1h), WallTime(24h * 365), BootId{{7, 7}}};
    Broker broker{Policy()};
    PackageDeclaration declared;
    declared.family = SharedText("Contoso.App");
    declared.version = "1.0.0.0";
    ManifestTaskTypes everything;
    for (auto const& row : kManifestTaskTypes)
        everything.add(row.type);
    declared.entry_points.push_back({"Tasks.Sync", everything, HostKind::SystemHost, {}});
    (void)broker.handle(event::PackageConfigured{std::make_shared<PackageDeclaration const>(declared)}, now);
    (void)broker.handle(event::SetAccess{{}, declared.family, Access::Allowed}, now);
    (void)broker.handle(event::ProcessesGone{}, now);
    RegisterRequest request;
    request.task = TaskId{{1, 1}};
    request.package = declared.family;
    request.entry_point = "Tasks.Sync";
    request.trigger = system_trigger(SystemTriggerType::TimeZoneChange, false);
    (void)broker.handle(event::Register{{}, request}, now);

    Effects effects;
    effects.reserve(64);
    std::uint64_t instance = 0, started = 0;
    auto const run_once = [&] {
        effects.clear();
        broker.handle(event::SystemTriggerFired{SystemTriggerType::TimeZoneChange, {}}, now, effects);
        broker.handle(event::InstanceCompleted{InstanceId{++instance}, kOk, {}}, now, effects);
        for (Effect const& effect : effects)
            started += std::holds_alternative<effect::StartInstance>(effect) ? 1 : 0;
    };
    constexpr std::uint64_t kWarmUp = 100, kRuns = 1'000;
    for (std::uint64_t i = 0; i < kWarmUp; ++i)
        run_once();
    std::size_t const before = g_allocations;
    for (std::uint64_t i = 0; i < kRuns; ++i)
        run_once();
    EXPECT_EQ(g_allocations, before);
    EXPECT_EQ(started, kWarmUp + kRuns) << "each of them ran";
}

} // namespace
} // namespace latchkey::core
