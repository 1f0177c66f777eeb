// SPDX-License-Identifier: MIT
#include "winrt/base.h"

#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>

using namespace winrt;
using namespace std::chrono_literals;

TEST(SlimMutex, ExcludesOtherThreads)
{
    slim_mutex mutex;
    int count = 0;
    auto const work = [&] {
        for (int round = 0; round < 1000; ++round) {
            slim_lock_guard const guard(mutex);
            ++count;
        }
    };
    std::thread other(work);
    work();
    other.join();
    EXPECT_EQ(count, 2000);
}

TEST(SlimMutex, LetsReadersInTogetherAndKeepsWritersOut)
{
    slim_mutex mutex;
    slim_shared_lock_guard const first(mutex);
    EXPECT_TRUE(mutex.try_lock_shared());
    EXPECT_FALSE(mutex.try_lock());
    mutex.unlock_shared();
}

TEST(SlimConditionVariable, WakesWhoWaitsAndGivesUpInTime)
{
    slim_mutex mutex;
    slim_condition_variable changed;
    bool ready = false;
    std::thread other([&] {
        slim_lock_guard const guard(mutex);
        ready = true;
        changed.notify_one();
    });
    {
        slim_lock_guard const guard(mutex);
        changed.wait(mutex, [&] { return ready; });
        EXPECT_FALSE(changed.wait_for(mutex, 1ms, [] { return false; }));
        EXPECT_TRUE(changed.wait_for(mutex, 1ms, [] { return true; }));
    }
    other.join();
}

TEST(Handle, ClosesItsDescriptorOnce)
{
    int const descriptor = eventfd(0, EFD_CLOEXEC);
    {
        handle owner(descriptor);
        handle moved = std::move(owner);
        EXPECT_FALSE(owner);
        EXPECT_EQ(moved.get(), descriptor);
    }
    EXPECT_EQ(fcntl(descriptor, F_GETFD), -1);
    EXPECT_FALSE(handle());
}

TEST(ComArray, OwnsItsElementsInTaskMemory)
{
    com_array<hstring> array{L"a", L"b"};
    com_array<hstring> const moved = std::move(array);
    EXPECT_TRUE(array.empty());
    ASSERT_EQ(moved.size(), 2u);
    EXPECT_EQ(moved[1], L"b");
    EXPECT_THROW(moved.at(2), std::out_of_range);
    com_array<int32_t> const filled(3, 7);
    EXPECT_EQ(filled[2], 7);
    com_array<int32_t> const copied(std::vector<int32_t>{1, 2});
    EXPECT_EQ(copied.size(), 2u);
}

TEST(ComArray, HandsItsMemoryOverTheAbi)
{
    com_array<hstring> array{L"a", L"b"};
    auto const [size, data] = detach_abi(std::move(array));
    com_array<hstring> const taken(data, size, take_ownership_from_abi);
    EXPECT_EQ(taken[0], L"a");
}

TEST(SlimConditionVariable, TakesAnyDuration)
{
    slim_mutex mutex;
    slim_condition_variable changed;
    slim_lock_guard const guard(mutex);
    auto const never = [] { return false; };
    auto const start = std::chrono::steady_clock::now();
    EXPECT_FALSE(changed.wait_for(mutex, -1500ms, never));
    EXPECT_FALSE(changed.wait_for(mutex, 0ms, never));
    EXPECT_FALSE(changed.wait_for(mutex, 1us, never));
    EXPECT_LT(std::chrono::steady_clock::now() - start, 1h);
    int asked = 0;
    auto const second_time = [&] { return ++asked == 2; };
    std::thread waker([&] {
        slim_lock_guard const its(mutex);
        changed.notify_all();
    });
    EXPECT_TRUE(changed.wait_for(mutex, Windows::Foundation::TimeSpan::max(), second_time));
    waker.join();
}

TEST(ComArray, ComparesConvertsAndSwaps)
{
    com_array first{1, 2};
    com_array<int32_t> second{std::span<int32_t const>{first}};
    EXPECT_TRUE(first == second);
    second[1] = 3;
    EXPECT_TRUE(first != second && first < second);
    std::vector<int32_t> const values{1, 3};
    EXPECT_TRUE(second == array_view(values));
    swap(first, second);
    EXPECT_EQ(first[1], 3);
    std::span<int32_t> const seen = array_view<int32_t>(first);
    EXPECT_EQ(seen.size(), 2u);
    com_array<hstring> const texts{L"a", L"b"};
    EXPECT_EQ(texts[1], L"b");
    static_assert(std::is_same_v<decltype(com_array(values)), com_array<int32_t>>);
}
