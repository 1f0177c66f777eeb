// SPDX-License-Identifier: MIT
#include "hosts/process_tree.h"
#include "ipc/fd.h"

#include <algorithm>
#include <csignal>
#include <vector>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/syscall.h>
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
    std::vector<ipc::Fd> members;
    for (auto const& member : tree_below(leader)) {
        members.emplace_back(static_cast<int>(::syscall(SYS_pidfd_open, member.pid, 0)));
    }
    signal_tree(leader, SIGKILL);
    for (ipc::Fd const& member : members) {
        constexpr int kPatience = 20'000;
        pollfd ended{member.get(), POLLIN, 0};
        EXPECT_EQ(::poll(&ended, 1, kPatience), 1);
    }
}

} // namespace
} // namespace latchkey::hosts
