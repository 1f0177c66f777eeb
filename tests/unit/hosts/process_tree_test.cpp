// SPDX-License-Identifier: MIT
#include "hosts/process_tree.h"

#include <algorithm>
#include <csignal>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace latchkey::hosts {
namespace {

TEST(Process, IsDescribedByTheKernel)
{
    auto const me = process_info(::getpid());
    ASSERT_TRUE(me);
    EXPECT_EQ(me->parent, ::getppid());
    EXPECT_EQ(me->session, ::getsid(0));
    EXPECT_FALSE(me->ended());
    EXPECT_NE(me->start_ticks, 0U);
    EXPECT_FALSE(process_info(0x3fffffff));
    EXPECT_GT(cpu_of(::getpid()).value_or(std::chrono::microseconds(0)).count(), 0);
}

// leader -> child -> grandchild in a session of its own
struct Tree : testing::Test {
    Tree()
    {
        int ready[2] = {};
        if (::pipe(ready) != 0) return;
        leader = ::fork();
        if (leader == 0) {
            ::setsid();
            if (::fork() == 0 && ::fork() == 0) ::setsid();
            [[maybe_unused]] ssize_t const written = ::write(ready[1], "x", 1);
            for (;;)
                ::pause();
        }
        char buffer[3];
        for (int i = 0; i < 3; ++i)
            [[maybe_unused]] ssize_t const size = ::read(ready[0], buffer, 1);
        ::close(ready[0]);
        ::close(ready[1]);
    }
    ~Tree() override
    {
        signal_tree(leader, SIGKILL);
        ::waitpid(leader, nullptr, 0);
    }

    pid_t leader = 0;
};

TEST_F(Tree, HasWhoeverDescendsFromTheLeader)
{
    auto const below = tree_below(leader);
    ASSERT_EQ(below.size(), 2U);
    auto const grandchild = std::ranges::find_if(below, [&](auto const& p) { return p.session == p.pid; });
    ASSERT_NE(grandchild, below.end());
    auto const line = lineage(grandchild->pid);
    EXPECT_NE(std::ranges::find(line, leader), line.end());
    EXPECT_NE(std::ranges::find(line, ::getpid()), line.end());
    auto const children = own_children();
    EXPECT_NE(std::ranges::find(children, leader), children.end());
}

TEST_F(Tree, IsKilledAsAWhole)
{
    auto const below = tree_below(leader);
    signal_tree(leader, SIGKILL);
    ::waitpid(leader, nullptr, 0);
    for (auto const& member : below) {
        // Init reaps them when it gets to it.
        auto const now = process_info(member.pid);
        EXPECT_TRUE(!now || now->ended() || now->start_ticks != member.start_ticks || ::kill(member.pid, 0) != 0);
    }
}

} // namespace
} // namespace latchkey::hosts
