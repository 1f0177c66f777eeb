// SPDX-License-Identifier: MIT
#include "text.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <latch>
#include <set>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int64_t kMillisecond = 10'000; // in 100 ns units
constexpr auto kLong = 20s;              // longer than any of this takes; only a failing test waits for it

// A callback that keeps a promise when it has run a number of times.
class Signal {
public:
    explicit Signal(int times = 1) : m_left(times) {}

    static void raise(void* self) { static_cast<Signal*>(self)->count(-1); }
    static void raise_wait(void* self, int32_t readable) { static_cast<Signal*>(self)->count(readable); }

    bool wait() { return m_done.get_future().wait_for(kLong) == std::future_status::ready; }
    int readable() const { return m_readable; }
    int runs() const { return m_runs; }

private:
    void count(int readable)
    {
        m_readable = readable;
        ++m_runs;
        if (--m_left == 0) m_done.set_value();
    }

    std::promise<void> m_done;
    std::atomic<int> m_left;
    std::atomic<int> m_readable = -1;
    std::atomic<int> m_runs = 0;
};

size_t threads_of_this_process()
{
    size_t count = 0;
    std::set<std::string> names;
    FILE* status = std::fopen("/proc/self/status", "re");
    char line[256];
    while (status && std::fgets(line, sizeof line, status)) {
        if (std::sscanf(line, "Threads: %zu", &count) == 1) break;
    }
    if (status) std::fclose(status);
    return count;
}

TEST(ThreadPool, RunsEveryPieceOfWorkOnce)
{
    Signal signal{1000};
    for (int i = 0; i < 1000; ++i)
        ASSERT_EQ(LatchkeySubmit(&Signal::raise, &signal), 0);
    EXPECT_TRUE(signal.wait());
    EXPECT_EQ(signal.runs(), 1000);
}

TEST(ThreadPool, StartsNoThreadBeforeItsFirstUse)
{
    // A zygote forks processes from this state.
    size_t const before = threads_of_this_process();
    void* string = nullptr;
    WindowsCreateString(L"x", 1, &string);
    WindowsDeleteString(string);
    RoInitialize(1);
    void* factory = nullptr;
    LatchkeyGuid const iid{};
    RoGetActivationFactory(Text{L"No.Such"}.get(), &iid, &factory);
    EXPECT_EQ(threads_of_this_process(), before);
}

TEST(ThreadPool, RefusesWorkWithoutACallback)
{
    EXPECT_EQ(LatchkeySubmit(nullptr, nullptr), hresult(0x80070057));
}

TEST(ThreadPool, GrowsWhileItsThreadsAreBlocked)
{
    // Each of 40 callbacks waits for all others: with a fixed number of threads none would ever end.
    struct Meeting {
        std::latch all{40};
        Signal done{40};
    } meeting;
    for (int i = 0; i < 40; ++i) {
        LatchkeySubmit(
            [](void* context) {
                auto& m = *static_cast<Meeting*>(context);
                m.all.arrive_and_wait();
                Signal::raise(&m.done);
            },
            &meeting);
    }
    EXPECT_TRUE(meeting.done.wait());
}

TEST(ThreadPool, WorksInAChildOfAForkAlthoughTheParentUsedIt)
{
#if defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "ThreadSanitizer allows no thread in a child of fork";
#elif defined(__SANITIZE_ADDRESS__)
    // glibc's allocator survives it; AddressSanitizer's may be locked by the pool's thread for ever after.
    GTEST_SKIP() << "AddressSanitizer's allocator does not survive a fork beside another thread";
#endif
    Signal in_parent;
    LatchkeySubmit(&Signal::raise, &in_parent);
    ASSERT_TRUE(in_parent.wait());
    void* parents_timer = nullptr;
    Signal never;
    ASSERT_EQ(LatchkeyTimerStart(3'600'000 * kMillisecond, 0, &Signal::raise, &never, &parents_timer), 0);

    pid_t const child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        alarm(20);
        bool fine = LatchkeyTimerFireNow(parents_timer) == 0 && LatchkeyTimerClose(parents_timer) == 0;
        Signal work, time;
        void* timer = nullptr;
        fine = fine && LatchkeySubmit(&Signal::raise, &work) == 0 && work.wait();
        fine = fine && LatchkeyTimerStart(kMillisecond, 0, &Signal::raise, &time, &timer) == 0 && time.wait();
        _exit(fine ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    EXPECT_EQ(LatchkeyTimerClose(parents_timer), 1);
}

TEST(Timer, FiresNotBeforeItIsDue)
{
    Signal signal;
    void* timer = nullptr;
    auto const start = Clock::now();
    ASSERT_EQ(LatchkeyTimerStart(30 * kMillisecond, 0, &Signal::raise, &signal, &timer), 0);
    EXPECT_TRUE(signal.wait());
    EXPECT_GE(Clock::now() - start, 30ms);
    EXPECT_EQ(LatchkeyTimerFireNow(timer), 0);
    EXPECT_EQ(LatchkeyTimerClose(timer), 0);
}

TEST(Timer, DueInThePastFiresAtOnce)
{
    Signal signal;
    void* timer = nullptr;
    ASSERT_EQ(LatchkeyTimerStart(-5, 0, &Signal::raise, &signal, &timer), 0);
    EXPECT_TRUE(signal.wait());
    LatchkeyTimerClose(timer);
}

TEST(Timer, RepeatsUntilItIsClosed)
{
    Signal signal{5};
    void* timer = nullptr;
    ASSERT_EQ(LatchkeyTimerStart(
                  0, 1,
                  [](void* s) {
                      if (static_cast<Signal*>(s)->runs() < 5) Signal::raise(s);
                  },
                  &signal, &timer),
              0);
    EXPECT_TRUE(signal.wait());
    EXPECT_EQ(LatchkeyTimerClose(timer), 1);
}

TEST(Timer, ClosedBeforeItIsDueNeverFires)
{
    Signal closed, later;
    void* first = nullptr;
    void* second = nullptr;
    ASSERT_EQ(LatchkeyTimerStart(10 * kMillisecond, 0, &Signal::raise, &closed, &first), 0);
    EXPECT_EQ(LatchkeyTimerClose(first), 1);
    ASSERT_EQ(LatchkeyTimerStart(20 * kMillisecond, 0, &Signal::raise, &later, &second), 0);
    EXPECT_TRUE(later.wait());
    EXPECT_EQ(closed.runs(), 0);
    LatchkeyTimerClose(second);
}

TEST(Timer, ThatIsYearsAwayCanBeMadeDueNow)
{
    Signal signal;
    void* timer = nullptr;
    ASSERT_EQ(LatchkeyTimerStart(INT64_MAX, 0, &Signal::raise, &signal, &timer), 0);
    EXPECT_EQ(LatchkeyTimerFireNow(timer), 1);
    EXPECT_TRUE(signal.wait());
    EXPECT_EQ(LatchkeyTimerFireNow(timer), 0);
    LatchkeyTimerClose(timer);
}

TEST(Timer, MayBeClosedByItsOwnCallback)
{
    struct Own {
        Signal signal;
        std::promise<void*> handle;
    } own;
    void* timer = nullptr;
    ASSERT_EQ(LatchkeyTimerStart(
                  0, 1,
                  [](void* context) {
                      auto& o = *static_cast<Own*>(context);
                      LatchkeyTimerClose(o.handle.get_future().get());
                      Signal::raise(&o.signal);
                  },
                  &own, &timer),
              0);
    own.handle.set_value(timer);
    EXPECT_TRUE(own.signal.wait());
    EXPECT_EQ(own.signal.runs(), 1);
}

TEST(Timer, ManyWithTheSameMomentAllFire)
{
    Signal signal{2000};
    std::vector<void*> timers(2000);
    for (void*& timer : timers)
        ASSERT_EQ(LatchkeyTimerStart(5 * kMillisecond, 0, &Signal::raise, &signal, &timer), 0);
    EXPECT_TRUE(signal.wait());
    for (void* timer : timers)
        LatchkeyTimerClose(timer);
}

TEST(Timer, CloseRacesWithFiringWithoutHarm)
{
    for (int i = 0; i < 300; ++i) {
        Signal signal;
        void* timer = nullptr;
        ASSERT_EQ(LatchkeyTimerStart(0, 0, &Signal::raise, &signal, &timer), 0);
        if (LatchkeyTimerClose(timer) == 0) {
            EXPECT_TRUE(signal.wait());
        }
    }
}

TEST(Wait, SeesADescriptorBecomeReadable)
{
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    Signal first, second;
    void* one = nullptr;
    void* two = nullptr;
    ASSERT_EQ(LatchkeyWaitStart(ends[0], -1, &Signal::raise_wait, &first, &one), 0);
    ASSERT_EQ(LatchkeyWaitStart(ends[0], 60'000 * kMillisecond, &Signal::raise_wait, &second, &two), 0);
    EXPECT_EQ(write(ends[1], "x", 1), 1);
    EXPECT_TRUE(first.wait());
    EXPECT_TRUE(second.wait());
    EXPECT_EQ(first.readable(), 1);
    EXPECT_EQ(second.readable(), 1);
    LatchkeyWaitClose(one);
    LatchkeyWaitClose(two);
    close(ends[0]);
    close(ends[1]);
}

TEST(Wait, SeesTheOtherEndClose)
{
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    Signal signal;
    void* wait = nullptr;
    ASSERT_EQ(LatchkeyWaitStart(ends[0], -1, &Signal::raise_wait, &signal, &wait), 0);
    close(ends[1]);
    EXPECT_TRUE(signal.wait());
    EXPECT_EQ(signal.readable(), 1);
    LatchkeyWaitClose(wait);
    close(ends[0]);
}

TEST(Wait, EndsWithItsTimeLimit)
{
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    Signal signal;
    void* wait = nullptr;
    ASSERT_EQ(LatchkeyWaitStart(ends[0], 5 * kMillisecond, &Signal::raise_wait, &signal, &wait), 0);
    EXPECT_TRUE(signal.wait());
    EXPECT_EQ(signal.readable(), 0);
    EXPECT_EQ(LatchkeyWaitClose(wait), 0);
    close(ends[0]);
    close(ends[1]);
}

TEST(Wait, ClosedInTimeCallsNobodyAndLeavesTheDescriptorOpen)
{
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    Signal signal;
    void* wait = nullptr;
    ASSERT_EQ(LatchkeyWaitStart(ends[0], -1, &Signal::raise_wait, &signal, &wait), 0);
    EXPECT_EQ(LatchkeyWaitClose(wait), 1);
    EXPECT_EQ(write(ends[1], "x", 1), 1);
    char byte = 0;
    EXPECT_EQ(read(ends[0], &byte, 1), 1);
    EXPECT_EQ(signal.runs(), 0);
    close(ends[0]);
    close(ends[1]);
}

TEST(Wait, ForARegularFileIsOverAtOnce)
{
    int const file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    ASSERT_GE(file, 0);
    Signal signal;
    void* wait = nullptr;
    ASSERT_EQ(LatchkeyWaitStart(file, -1, &Signal::raise_wait, &signal, &wait), 0);
    EXPECT_TRUE(signal.wait());
    EXPECT_EQ(signal.readable(), 1);
    LatchkeyWaitClose(wait);
    close(file);
}

TEST(Wait, RefusesWhatIsNoDescriptor)
{
    void* wait = &wait;
    EXPECT_EQ(LatchkeyWaitStart(-1, -1, &Signal::raise_wait, nullptr, &wait), hresult(0x80070006));
    EXPECT_EQ(wait, nullptr);
    EXPECT_EQ(error_text(hresult(0x80070006)), "the descriptor cannot be waited for");
    EXPECT_EQ(LatchkeyWaitClose(nullptr), 0);
    EXPECT_EQ(LatchkeyTimerClose(nullptr), 0);
    EXPECT_EQ(LatchkeyTimerFireNow(nullptr), 0);
}

} // namespace
