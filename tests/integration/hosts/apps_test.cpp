// SPDX-License-Identifier: MIT
#include "hosts/process_tree.h"
#include "integration/hosts/host_rig.h"

#include <csignal>
#include <fstream>
#include <iterator>

#include <sys/syscall.h>
#include <unistd.h>

namespace latchkey::hosts::test {
namespace {

using core::AppState;
using core::event::AppChanged;

struct AppRig : Rig {
    AppRig() { apps.emplace(loop, *this); }
    ~AppRig() override
    {
        apps->terminate(kFamily);
        turn_until([&] { return !apps->running(kFamily); });
    }

    ipc::Io<pid_t> launch(std::string const& script)
    {
        AppLaunch launch;
        launch.family = kFamily;
        launch.program = "/bin/sh";
        launch.arguments = {"-c", script};
        launch.environment = {"PATH=/usr/bin:/bin"};
        return apps->launch(std::move(launch));
    }
    bool wait_for_state(AppState state)
    {
        return wait_for<AppChanged>([&](AppChanged const& e) { return e.state == state; }).has_value();
    }
    std::string log() const
    {
        std::ifstream file(place.log);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    std::optional<Apps> apps;
};

TEST(App, IsRunningWhenItIsLaunchedAndTerminatedWhenItEnds)
{
    AppRig rig;
    ASSERT_TRUE(rig.launch("echo hello; exit 0"));
    EXPECT_TRUE(rig.apps->running(kFamily));
    EXPECT_TRUE(rig.wait_for_state(AppState::Running));
    EXPECT_TRUE(rig.wait_for_state(AppState::Terminated));
    EXPECT_EQ(rig.log(), "hello\n");
    EXPECT_FALSE(rig.apps->running(kFamily));
}

TEST(App, IsNotStartedTwice)
{
    AppRig rig;
    ASSERT_TRUE(rig.launch("exec sleep 1000"));
    auto const again = rig.launch("true");
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, std::errc::operation_in_progress);
}

TEST(App, RunsUntilTheLastOfItsProcessesIsGone)
{
    AppRig rig;
    auto const pid = rig.launch("(read line < /dev/zero; sleep 1000) & echo $!; exit 0");
    ASSERT_TRUE(pid);
    ASSERT_TRUE(rig.turn_until([&] { return !rig.log().empty() && !process_info(*pid); }));
    EXPECT_TRUE(rig.apps->running(kFamily));
    pid_t const left = std::stoi(rig.log());
    EXPECT_EQ(rig.apps->package_of(left), kFamily) << "although its parent is gone";
    rig.apps->terminate(kFamily);
    EXPECT_TRUE(rig.wait_for_state(AppState::Terminated));
}

TEST(App, OwnsWhatItStarted)
{
    AppRig rig;
    auto const pid = rig.launch("sleep 1000 & echo $!; wait");
    ASSERT_TRUE(pid);
    ASSERT_TRUE(rig.turn_until([&] { return !rig.log().empty(); }));
    EXPECT_EQ(rig.apps->package_of(*pid), kFamily);
    EXPECT_EQ(rig.apps->package_of(std::stoi(rig.log())), kFamily);
    EXPECT_EQ(rig.apps->package_of(::getpid()), "");
}

TEST(App, FindsTheRuntime)
{
    AppRig rig;
    ASSERT_TRUE(rig.launch("echo $LD_LIBRARY_PATH; exit 0"));
    EXPECT_TRUE(rig.wait_for_state(AppState::Terminated));
    std::string folder = rig.log();
    folder.pop_back();
    EXPECT_TRUE(std::filesystem::exists(std::filesystem::path(folder) / "liblatchkey.so.0")) << folder;
}

TEST(App, ThatCannotBeStartedIsAnError)
{
    AppRig rig;
    AppLaunch launch;
    launch.family = kFamily;
    launch.program = "/nonexistent/app";
    auto const pid = rig.apps->launch(std::move(launch));
    ASSERT_FALSE(pid);
    EXPECT_EQ(pid.error().text(), "start /nonexistent/app: No such file or directory");
    EXPECT_FALSE(rig.apps->running(kFamily));
}

TEST(App, ThatRunsAlreadyIsAdopted)
{
    AppRig first;
    auto const pid = first.launch("exec sleep 1000");
    ASSERT_TRUE(pid);
    AppRig second; // the next broker
    second.apps->adopt(*pid, ipc::Fd(static_cast<int>(::syscall(SYS_pidfd_open, *pid, 0))), kFamily);
    EXPECT_TRUE(second.wait_for_state(AppState::Running));
    EXPECT_EQ(second.apps->package_of(*pid), kFamily);
    ::kill(*pid, SIGKILL);
    EXPECT_TRUE(second.wait_for_state(AppState::Terminated));
}

} // namespace
} // namespace latchkey::hosts::test
