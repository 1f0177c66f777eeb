// SPDX-License-Identifier: MIT
#pragma once

// Brokers, apps and hosts are an ordinary user's: a test program that root runs becomes nobody before its first test,
// where nobody may run what is tested (a checkout can lie in a folder that only root enters).

#include <cstdlib>
#include <utility>
#include <vector>

#include <grp.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace latchkey::test {

// For good. Nothing happens when the programs could not be run any more then.
inline void become_ordinary_user(std::vector<char const*> const& programs)
{
    if (::geteuid() != 0) return;
    auto const become = [] {
        constexpr uid_t kNobody = 65534;
        if (::setgroups(0, nullptr) != 0 || ::setresgid(kNobody, kNobody, kNobody) != 0 ||
            ::setresuid(kNobody, kNobody, kNobody) != 0)
            std::abort();
        // Else a broker may not see who talks to it.
        (void)::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    };
    pid_t const asked = ::fork();
    if (asked == 0) {
        become();
        for (char const* const program : programs)
            if (::access(program, X_OK) != 0) ::_exit(1);
        ::_exit(0);
    }
    int status = 1;
    if (::waitpid(asked, &status, 0) == asked && status == 0) become();
}

class OrdinaryUser : public ::testing::Environment {
public:
    explicit OrdinaryUser(std::vector<char const*> programs) : m_programs(std::move(programs)) {}

    void SetUp() override { become_ordinary_user(m_programs); }

private:
    std::vector<char const*> m_programs;
};

} // namespace latchkey::test
