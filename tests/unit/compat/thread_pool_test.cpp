// SPDX-License-Identifier: MIT
#include "declarations.h"

#include <atomic>
#include <memory>
#include <thread>

#include <gtest/gtest.h>

#if defined(__SANITIZE_THREAD__)
// ThreadSanitizer does not know that poll on an eventfd comes after the write to it.
extern "C" __attribute__((visibility("default"))) char const* __tsan_default_suppressions();
extern "C" char const* __tsan_default_suppressions()
{
    return "race:CloseHandle\n";
}
#endif

namespace {

constexpr uint32_t kLongMs = 20'000; // only a failing test waits this long

struct EventOwner {
    void* handle;
    explicit EventOwner(bool manual_reset = true) : handle(CreateEventW(nullptr, manual_reset, false, nullptr)) {}
    ~EventOwner() { CloseHandle(handle); }
    EventOwner(EventOwner const&) = delete;
    EventOwner& operator=(EventOwner const&) = delete;
    bool wait(uint32_t milliseconds = kLongMs) const { return WaitForSingleObject(handle, milliseconds) == 0; }
};

TEST(CompatEvent, StaysSetWhenItIsResetByHand)
{
    EventOwner const event;
    EXPECT_FALSE(event.wait(0));
    EXPECT_EQ(SetEvent(event.handle), 1);
    EXPECT_TRUE(event.wait(0));
    EXPECT_TRUE(event.wait(0));
}

TEST(CompatEvent, LetsOneWaiterPassWhenItResetsItself)
{
    EventOwner const event{false};
    SetEvent(event.handle);
    SetEvent(event.handle);
    EXPECT_TRUE(event.wait(0));
    EXPECT_EQ(WaitForSingleObject(event.handle, 1), 258u);
}

TEST(CompatEvent, RefusesNamesAndWhatIsNoHandle)
{
    EXPECT_EQ(CreateEventW(nullptr, 1, 0, L"Global\\name"), nullptr);
    EXPECT_EQ(GetLastError(), 50u);
    EXPECT_EQ(CloseHandle(nullptr), 0);
    EXPECT_EQ(SetEvent(reinterpret_cast<void*>(intptr_t{-1})), 0);
    EXPECT_EQ(WaitForSingleObject(nullptr, 0), 0xFFFFFFFF);
    EXPECT_EQ(GetLastError(), 6u);
}

TEST(CompatPool, RunsACallbackWithItsContext)
{
    EventOwner const done;
    EXPECT_EQ(
        TrySubmitThreadpoolCallback([](void*, void* context) { SetEvent(static_cast<EventOwner*>(context)->handle); },
                                    const_cast<EventOwner*>(&done), nullptr),
        1);
    EXPECT_TRUE(done.wait());
}

struct TimerContext {
    EventOwner done;
    std::atomic<int> runs = 0;
    ptp_timer timer = nullptr;

    static void run(void*, void* context, void* timer)
    {
        auto& self = *static_cast<TimerContext*>(context);
        EXPECT_EQ(timer, self.timer);
        ++self.runs;
        SetEvent(self.done.handle);
    }
};

TEST(CompatTimer, FiresAfterATimeFromNowAndCanBeSetAgain)
{
    // Static: the second callback may end after the test.
    static TimerContext context;
    context.timer = CreateThreadpoolTimer(&TimerContext::run, &context, nullptr);
    int64_t const due = -20'000; // 2 ms
    SetThreadpoolTimer(context.timer, const_cast<int64_t*>(&due), 0, 0);
    EXPECT_TRUE(context.done.wait());
    EXPECT_EQ(SetThreadpoolTimerEx(context.timer, nullptr, 0, 0), 0);
    SetThreadpoolTimer(context.timer, const_cast<int64_t*>(&due), 0, 0);
    while (context.runs < 2)
        std::this_thread::yield();
    CloseThreadpoolTimer(context.timer);
}

TEST(CompatTimer, IsCutShortAsACancelledCoroutineDoesIt)
{
    TimerContext context;
    context.timer = CreateThreadpoolTimer(&TimerContext::run, &context, nullptr);
    int64_t const far_away = -int64_t{36'000'000'000};
    SetThreadpoolTimer(context.timer, const_cast<int64_t*>(&far_away), 0, 0);
    EXPECT_EQ(SetThreadpoolTimerEx(context.timer, nullptr, 0, 0), 1);
    int64_t const now = 0;
    SetThreadpoolTimer(context.timer, const_cast<int64_t*>(&now), 0, 0);
    EXPECT_TRUE(context.done.wait());
    CloseThreadpoolTimer(context.timer);
}

TEST(CompatTimer, TakesAMomentToo)
{
    TimerContext context;
    context.timer = CreateThreadpoolTimer(&TimerContext::run, &context, nullptr);
    int64_t moment = 0;
    GetSystemTimePreciseAsFileTime(&moment);
    moment += 20'000;
    SetThreadpoolTimer(context.timer, &moment, 0, 0);
    EXPECT_TRUE(context.done.wait());
    CloseThreadpoolTimer(context.timer);
}

TEST(CompatTimer, RepeatsUntilItIsClosed)
{
    // Static: a callback that is running when the timer is closed may end after the test.
    static TimerContext context;
    context.timer = CreateThreadpoolTimer(&TimerContext::run, &context, nullptr);
    int64_t const now = 0;
    SetThreadpoolTimer(context.timer, const_cast<int64_t*>(&now), 1, 0);
    while (context.runs < 3)
        std::this_thread::yield();
    EXPECT_EQ(SetThreadpoolTimerEx(context.timer, nullptr, 0, 0), 1);
    CloseThreadpoolTimer(context.timer);
}

TEST(CompatTimer, MayBeClosedByItsOwnCallback)
{
    TimerContext context;
    context.timer = CreateThreadpoolTimer(
        [](void*, void* pointer, void* timer) {
            CloseThreadpoolTimer(static_cast<ptp_timer>(timer));
            SetEvent(static_cast<TimerContext*>(pointer)->done.handle);
        },
        &context, nullptr);
    int64_t const now = 0;
    SetThreadpoolTimer(context.timer, const_cast<int64_t*>(&now), 0, 0);
    EXPECT_TRUE(context.done.wait());
}

struct WaitContext {
    EventOwner done;
    std::atomic<uint32_t> result = 99;

    static void run(void*, void* context, void*, uint32_t result)
    {
        auto& self = *static_cast<WaitContext*>(context);
        self.result = result;
        SetEvent(self.done.handle);
    }
};

TEST(CompatWait, SeesAnEventBeingSet)
{
    WaitContext context;
    EventOwner const event;
    ptp_wait wait = CreateThreadpoolWait(&WaitContext::run, &context, nullptr);
    SetThreadpoolWait(wait, event.handle, nullptr);
    SetEvent(event.handle);
    EXPECT_TRUE(context.done.wait());
    EXPECT_EQ(context.result, 0u);
    CloseThreadpoolWait(wait);
}

TEST(CompatWait, EndsWithItsTimeLimitAndCanBeTakenBack)
{
    WaitContext context;
    EventOwner const event;
    ptp_wait wait = CreateThreadpoolWait(&WaitContext::run, &context, nullptr);
    int64_t const limit = -20'000;
    SetThreadpoolWait(wait, event.handle, const_cast<int64_t*>(&limit));
    EXPECT_TRUE(context.done.wait());
    EXPECT_EQ(context.result, 258u);
    SetThreadpoolWait(wait, event.handle, nullptr);
    EXPECT_EQ(SetThreadpoolWaitEx(wait, nullptr, nullptr, nullptr), 1);
    CloseThreadpoolWait(wait);
}

TEST(CompatWait, OfTheProcessEndsWithItsTimeLimit)
{
    WaitContext context;
    ptp_wait wait = CreateThreadpoolWait(&WaitContext::run, &context, nullptr);
    int64_t now = 0;
    SetThreadpoolWait(wait, GetCurrentProcess(), &now);
    EXPECT_TRUE(context.done.wait());
    EXPECT_EQ(context.result, 258u);
    SetThreadpoolWait(wait, GetCurrentProcess(), nullptr);
    EXPECT_EQ(SetThreadpoolWaitEx(wait, nullptr, nullptr, nullptr), 1);
    CloseThreadpoolWait(wait);
}

// As the headers lay it out.
struct Environment {
    uint32_t version = 3;
    void* pool = nullptr;
    void* others[5]{};
    uint32_t flags = 0;
    int32_t priority = 1;
    uint32_t size = sizeof(Environment);
};

struct Counted {
    std::atomic<int> at_once{0};
    std::atomic<int> most{0};
    std::atomic<int> left{50};
    EventOwner done;

    static void run(void*, void* context)
    {
        auto* self = static_cast<Counted*>(context);
        int const now = ++self->at_once;
        for (int most = self->most; now > most && !self->most.compare_exchange_weak(most, now);) {
        }
        std::this_thread::yield();
        --self->at_once;
        if (--self->left == 0) SetEvent(self->done.handle);
    }
};

TEST(CompatOwnPool, RunsNoMoreAtOnceThanItMay)
{
    Counted counted;
    Environment environment;
    ptp_pool const pool = CreateThreadpool(nullptr);
    environment.pool = pool;
    SetThreadpoolThreadMaximum(pool, 1);
    EXPECT_EQ(SetThreadpoolThreadMinimum(pool, 1), 1);
    for (int i = 0; i < 50; ++i)
        EXPECT_EQ(TrySubmitThreadpoolCallback(&Counted::run, &counted, &environment), 1);
    // What waits when the pool is closed still runs.
    CloseThreadpool(pool);
    EXPECT_TRUE(counted.done.wait());
    EXPECT_EQ(counted.most, 1);
}

TEST(CompatOwnPool, WithoutOneTheCommonPoolIsUsed)
{
    Counted counted;
    counted.left = 1;
    Environment environment;
    EXPECT_EQ(TrySubmitThreadpoolCallback(&Counted::run, &counted, &environment), 1);
    EXPECT_TRUE(counted.done.wait());
    CloseThreadpool(CreateThreadpool(nullptr));
}

TEST(CompatIo, SaysThatItIsNotThere)
{
    EXPECT_EQ(CreateThreadpoolIo(nullptr, nullptr, nullptr, nullptr), nullptr);
    EXPECT_EQ(GetLastError(), 50u);
}

TEST(CompatWait, TakesTheSignalOfAnEventThatResetsItself)
{
    WaitContext context;
    EventOwner const event{false};
    ptp_wait wait = CreateThreadpoolWait(&WaitContext::run, &context, nullptr);
    SetThreadpoolWait(wait, event.handle, nullptr);
    SetEvent(event.handle);
    EXPECT_TRUE(context.done.wait());
    EXPECT_FALSE(event.wait(0));
    CloseThreadpoolWait(wait);
}

} // namespace
