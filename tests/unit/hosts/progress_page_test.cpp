// SPDX-License-Identifier: MIT
#include "hosts/progress_page.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

namespace latchkey::hosts {
namespace {

struct SharedPage : testing::Test {
    SharedPage()
    {
        void* const mapped = ::mmap(nullptr, LATCHKEY_HOST_SLOTS * sizeof(LatchkeyProgressSlot), PROT_READ | PROT_WRITE,
                                    MAP_SHARED, page.memory(), 0);
        hosts = static_cast<LatchkeyProgressSlot*>(mapped);
    }
    ~SharedPage() override { ::munmap(hosts, LATCHKEY_HOST_SLOTS * sizeof(LatchkeyProgressSlot)); }

    ProgressPage page = *ProgressPage::create();
    LatchkeyProgressSlot* hosts = nullptr;
};

TEST_F(SharedPage, ShowsAValueOnceEachTimeItIsSet)
{
    EXPECT_FALSE(page.take(2));
    hosts[2].value = 7;
    hosts[2].pending = 1;
    EXPECT_EQ(page.take(2), 7U);
    EXPECT_FALSE(page.take(2));
    hosts[2].pending = 1;
    EXPECT_EQ(page.take(2), 7U) << "set again to the same";
}

TEST_F(SharedPage, BeginsAnewForEachInstance)
{
    hosts[1].value = 7;
    hosts[1].pending = 1;
    hosts[1].culprit = 11;
    page.clear(1, 4);
    EXPECT_FALSE(page.take(1));
    EXPECT_EQ(page.culprit(1), 0U);
    EXPECT_EQ(hosts[1].suspended_count, 4U);
}

// Else a host could make the broker's next look a fault.
TEST_F(SharedPage, CannotBeMadeSmallerByTheHost)
{
    EXPECT_NE(::ftruncate(page.memory(), 0), 0);
}

TEST_F(SharedPage, WakesUntilItIsHeard)
{
    std::uint64_t const one = 1;
    ASSERT_EQ(::write(page.wake(), &one, sizeof one), static_cast<ssize_t>(sizeof one));
    pollfd watched{page.wake(), POLLIN, 0};
    EXPECT_EQ(::poll(&watched, 1, 0), 1);
    page.hear();
    EXPECT_EQ(::poll(&watched, 1, 0), 0);
}

} // namespace
} // namespace latchkey::hosts
