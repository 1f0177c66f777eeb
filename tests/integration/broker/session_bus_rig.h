// SPDX-License-Identifier: MIT
#pragma once

// A broker beside a session bus: a private dbus-daemon of the test's own.
#include "rig.h"

#include <array>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace latchkey::test {

class SessionBusTest : public BrokerTest {
protected:
    void SetUp() override
    {
        std::array<int, 2> ends{};
        ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        ipc::Fd const from(ends[0]);
        ipc::Fd to(ends[1]);
        m_bus = ::fork();
        if (m_bus == 0) {
            int const copy = ::fcntl(to.get(), F_DUPFD, 10);
            ::dup2(copy, 3);
            ::closefrom(4);
            std::string const address = "--address=unix:path=" + (root / "bus").string();
            ::execlp("dbus-daemon", "dbus-daemon", "--session", "--nofork", "--print-address=3", address.c_str(),
                     nullptr);
            ::_exit(127);
        }
        to.reset();
        std::array<char, 512> text{};
        ssize_t const size = ::read(from.get(), text.data(), text.size() - 1);
        if (size <= 0) GTEST_SKIP() << "dbus-daemon is not installed";
        text[static_cast<std::size_t>(size)] = '\0';
        text[std::strcspn(text.data(), "\n")] = '\0';
        ::setenv("DBUS_SESSION_BUS_ADDRESS", text.data(), 1);
    }
    void TearDown() override
    {
        kill();
        ::unsetenv("DBUS_SESSION_BUS_ADDRESS");
        ::kill(m_bus, SIGKILL);
        ::waitpid(m_bus, nullptr, 0);
    }

private:
    pid_t m_bus = -1;
};

} // namespace latchkey::test
