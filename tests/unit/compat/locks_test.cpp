// SPDX-License-Identifier: MIT
#include "declarations.h"

#include <atomic>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace {

template <typename Work>
void in_threads(int count, Work work)
{
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i)
        threads.emplace_back(work, i);
    for (std::thread& thread : threads)
        thread.join();
}

TEST(CompatLock, LetsOneWriterInAtATime)
{
    srwlock lock;
    int counter = 0;
    in_threads(4, [&](int) {
        for (int n = 0; n < 5000; ++n) {
            AcquireSRWLockExclusive(&lock);
            ++counter;
            ReleaseSRWLockExclusive(&lock);
        }
    });
    EXPECT_EQ(counter, 20'000);
}

TEST(CompatLock, LetsReadersInTogetherAndKeepsWritersOut)
{
    srwlock lock;
    int value = 0;
    std::atomic<int> torn = 0;
    in_threads(4, [&](int index) {
        for (int n = 0; n < 3000; ++n) {
            if (index == 0) {
                AcquireSRWLockExclusive(&lock);
                value += 2;
                ReleaseSRWLockExclusive(&lock);
            } else {
                AcquireSRWLockShared(&lock);
                torn += value % 2;
                ReleaseSRWLockShared(&lock);
            }
        }
    });
    EXPECT_EQ(value, 6000);
    EXPECT_EQ(torn, 0);
}

TEST(CompatLock, TriesWithoutWaiting)
{
    srwlock lock;
    EXPECT_EQ(TryAcquireSRWLockShared(&lock), 1);
    EXPECT_EQ(TryAcquireSRWLockShared(&lock), 1);
    EXPECT_EQ(TryAcquireSRWLockExclusive(&lock), 0);
    ReleaseSRWLockShared(&lock);
    ReleaseSRWLockShared(&lock);
    EXPECT_EQ(TryAcquireSRWLockExclusive(&lock), 1);
    EXPECT_EQ(TryAcquireSRWLockShared(&lock), 0);
    ReleaseSRWLockExclusive(&lock);
}

TEST(CompatConditionVariable, WakesThoseWhoSleepOnIt)
{
    srwlock lock;
    condition_variable changed;
    int stage = 0;
    std::thread other([&] {
        AcquireSRWLockExclusive(&lock);
        while (stage == 0)
            SleepConditionVariableSRW(&changed, &lock, 0xFFFFFFFF, 0);
        stage = 2;
        ReleaseSRWLockExclusive(&lock);
        WakeAllConditionVariable(&changed);
    });
    AcquireSRWLockExclusive(&lock);
    stage = 1;
    ReleaseSRWLockExclusive(&lock);
    WakeConditionVariable(&changed);
    AcquireSRWLockExclusive(&lock);
    while (stage != 2)
        SleepConditionVariableSRW(&changed, &lock, 0xFFFFFFFF, 0);
    ReleaseSRWLockExclusive(&lock);
    other.join();
}

TEST(CompatConditionVariable, EndsWithItsTimeLimit)
{
    srwlock lock;
    condition_variable never;
    AcquireSRWLockExclusive(&lock);
    EXPECT_EQ(SleepConditionVariableSRW(&never, &lock, 2, 0), 0);
    EXPECT_EQ(GetLastError(), 1460u);
    EXPECT_EQ(TryAcquireSRWLockExclusive(&lock), 0);
    ReleaseSRWLockExclusive(&lock);
}

TEST(CompatList, LosesNoEntryThatThreadsPushAtOnce)
{
    slist_header list;
    std::vector<slist_entry> entries(4000);
    in_threads(4, [&](int index) {
        for (size_t n = 0; n < 1000; ++n)
            InterlockedPushEntrySList(&list, &entries[static_cast<size_t>(index) * 1000 + n]);
    });
    std::set<slist_entry*> found;
    for (auto* entry = static_cast<slist_entry*>(InterlockedFlushSList(&list)); entry; entry = entry->next)
        found.insert(entry);
    EXPECT_EQ(found.size(), 4000u);
    EXPECT_EQ(InterlockedFlushSList(&list), nullptr);
}

TEST(CompatList, GivesBackWhatWasOnTop)
{
    slist_header list;
    slist_entry first{}, second{};
    EXPECT_EQ(InterlockedPushEntrySList(&list, &first), nullptr);
    EXPECT_EQ(InterlockedPushEntrySList(&list, &second), &first);
}

} // namespace
