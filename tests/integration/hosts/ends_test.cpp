// SPDX-License-Identifier: MIT
// Everything that can go wrong in a host becomes a completion or an event that says what it was.
#include "hosts/process_tree.h"
#include "integration/hosts/host_rig.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace latchkey::hosts::test {
namespace {

using core::event::ActivationFailure;
using testing::AllOf;
using testing::HasSubstr;

class Crash : public testing::TestWithParam<std::tuple<char const*, int, char const*>> {};

TEST_P(Crash, NamesTheSignalAndTheTask)
{
    auto const [act, signal, name] = GetParam();
    Rig rig;
    auto const instance = rig.run(act);
    auto const exited = rig.exit_of(rig.last_host);
    EXPECT_TRUE(WIFSIGNALED(exited.status));
    EXPECT_EQ(WTERMSIG(exited.status), signal);
    EXPECT_EQ(exited.culprit, instance);
    EXPECT_EQ(exited.message.str(), std::string("signal ") + name + " in HostTasks.Actor");
}
INSTANTIATE_TEST_SUITE_P(OfATask, Crash,
                         testing::Values(std::tuple("segfaults", SIGSEGV, "SIGSEGV"),
                                         std::tuple("overflows", SIGSEGV, "SIGSEGV"),
                                         std::tuple("aborts", SIGABRT, "SIGABRT")),
                         [](auto const& each) { return std::string(std::get<0>(each.param)); });

TEST(Host, IsEndedByATaskThatCallsExit)
{
    Rig rig;
    auto const instance = rig.run("exits");
    auto const exited = rig.exit_of(rig.last_host);
    EXPECT_EQ(WEXITSTATUS(exited.status), 3);
    EXPECT_EQ(exited.culprit, instance);
    EXPECT_EQ(exited.message.str(), "the host exited with status 3 in HostTasks.Actor");
}

TEST(Host, NamesTheCulpritAmongSeveralTasks)
{
    Rig rig;
    auto const host = rig.start_host();
    auto const innocent = rig.run_in(host, rig.words("waits"));
    rig.wait_for_progress(innocent, 1);
    auto const culprit = rig.run_in(host, rig.words("segfaults"));
    auto const exited = rig.exit_of(host);
    EXPECT_EQ(exited.culprit, culprit);
}

TEST(Activation, OfAClassThatTheLibraryDoesNotHaveIsAnEntryPointThatIsGone)
{
    Rig rig;
    rig.place.classes.push_back({"HostTasks.Nobody", rig.place.classes[0].library});
    auto words = rig.words("nothing");
    words.entry_point = "HostTasks.Nobody";
    auto const failure = rig.failure_of(rig.run_in(rig.start_host(), words));
    EXPECT_EQ(failure.result, core::kClassNotRegistered);
    EXPECT_EQ(failure.failure, ActivationFailure::EntryPointGone);
    EXPECT_THAT(failure.message.str(), AllOf(HasSubstr("HostTasks.Nobody"), HasSubstr("HostTasks.so")));
}

TEST(Activation, OfAClassWhoseLibraryIsMissingSaysSo)
{
    Rig rig;
    rig.place.classes.push_back({"Lost.Task", "Lost.so"});
    auto words = rig.words("nothing");
    words.entry_point = "Lost.Task";
    auto const failure = rig.failure_of(rig.run_in(rig.start_host(), words));
    EXPECT_EQ(failure.result, core::hresult(0x8007007e));
    EXPECT_EQ(failure.failure, ActivationFailure::Other);
    EXPECT_EQ(failure.message.str(), "the library " + rig.place.folder + "/Lost.so of class Lost.Task is not there");
    words.entry_point = "Never.Declared";
    EXPECT_EQ(rig.failure_of(rig.run_in(rig.start_host(), words)).result, core::hresult(0x8007007e));
}

TEST(Activation, OfAFileThatIsNoLibraryOrNoComponentSaysSo)
{
    Rig rig;
    std::ofstream(rig.folder / "Wrong.so") << "this is no library\n";
    std::filesystem::path const some_library = "/lib/x86_64-linux-gnu/libm.so.6";
    auto words = rig.words("nothing");
    std::string const relative = std::filesystem::relative(rig.folder, rig.place.folder) / "Wrong.so";
    rig.place.classes.push_back({"Wrong.Task", relative});
    words.entry_point = "Wrong.Task";
    auto const wrong = rig.failure_of(rig.run_in(rig.start_host(), words));
    EXPECT_EQ(wrong.result, core::hresult(0x800700c1)) << wrong.message.str();
    EXPECT_THAT(wrong.message.str(), HasSubstr("Wrong.so"));
    if (!std::filesystem::exists(some_library)) return;
    rig.place.classes.push_back({"Other.Task", std::filesystem::relative(some_library, rig.place.folder)});
    words.entry_point = "Other.Task";
    auto const other = rig.failure_of(rig.run_in(rig.start_host(), words));
    EXPECT_EQ(other.result, core::hresult(0x800700c1));
    EXPECT_THAT(other.message.str(), HasSubstr("not built as a component"));
}

TEST(Activation, OfAClassThatIsNoTaskOrCannotBeMadeSaysSo)
{
    Rig rig;
    auto words = rig.words("nothing");
    words.entry_point = "HostTasks.Bystander";
    auto const bystander = rig.failure_of(rig.run_in(rig.start_host(), words));
    EXPECT_EQ(bystander.result, core::hresult(0x80004002));
    EXPECT_THAT(bystander.message.str(), HasSubstr("IBackgroundTask"));
    words.entry_point = "HostTasks.Stillborn";
    auto const stillborn = rig.failure_of(rig.run_in(rig.start_host(), words));
    EXPECT_EQ(stillborn.result, core::kAccessDenied);
    EXPECT_EQ(stillborn.message.str(), "the constructor refused");
}

TEST(Completion, HasTheHresultAndTheMessageOfTheExceptionThatLeftRun)
{
    Rig rig;
    auto const thrown = rig.completion_of(rig.run("throws"));
    EXPECT_EQ(thrown.result, core::hresult(0x80004001));
    EXPECT_EQ(thrown.message.str(), "not yet");
    auto const plain = rig.completion_of(rig.run("throws plainly"));
    EXPECT_EQ(plain.result, core::hresult(0x80004005));
    EXPECT_EQ(plain.message.str(), "plain");
}

TEST(Completion, OfARunThatFailedDoesNotWaitForItsDeferral)
{
    Rig rig;
    EXPECT_EQ(rig.completion_of(rig.run("fails with deferral")).message.str(), "failed");
}

TEST(Host, ThatNeverReturnsIsKilled)
{
    Rig rig;
    rig.run("hangs");
    pid_t const pid = static_cast<pid_t>(rig.start_of(rig.last_host).pid);
    rig.hosts->terminate({rig.last_host});
    auto const exited = rig.exit_of(rig.last_host);
    EXPECT_EQ(WTERMSIG(exited.status), SIGKILL);
    EXPECT_FALSE(process_info(pid));
}

TEST(Host, IsKilledWithAllThatItsTaskForked)
{
    Rig rig;
    rig.run("forks");
    pid_t const pid = static_cast<pid_t>(rig.start_of(rig.last_host).pid);
    ASSERT_TRUE(rig.turn_until([&] { return tree_below(pid).size() == 8; })) << tree_below(pid).size();
    std::vector<ProcessInfo> const tree = tree_below(pid);
    rig.hosts->terminate({rig.last_host});
    rig.exit_of(rig.last_host);
    EXPECT_TRUE(rig.turn_until([&] {
        return std::ranges::none_of(tree, [](ProcessInfo const& member) {
            auto const now = process_info(member.pid);
            return now && now->start_ticks == member.start_ticks && !now->ended();
        });
    }));
}

TEST(Host, LeavesNothingBehindWhenItEnds)
{
    Rig rig;
    auto const instance = rig.run("leaves");
    pid_t const pid = static_cast<pid_t>(rig.start_of(rig.last_host).pid);
    rig.completion_of(instance);
    rig.hosts->stop({rig.last_host});
    rig.exit_of(rig.last_host);
    EXPECT_TRUE(rig.turn_until([&] {
        auto const all = all_processes();
        return std::ranges::none_of(all, [&](ProcessInfo const& p) { return p.session == pid; });
    })) << "also no zombie";
}

TEST(Host, ThatBreaksTheProtocolIsEndedAndItsInstancesSayWhy)
{
    Rig rig;
    auto const instance = rig.run("lies");
    auto const completed = rig.completion_of(instance);
    EXPECT_EQ(completed.result, core::hresult(0x80004005));
    EXPECT_THAT(completed.message.str(), HasSubstr("unknown kind"));
    EXPECT_EQ(WTERMSIG(rig.exit_of(rig.last_host).status), SIGKILL);
}

TEST(Host, ThatClosesItsSocketIsEnded)
{
    Rig rig;
    rig.run("closes its socket");
    rig.exit_of(rig.last_host);
    EXPECT_EQ(rig.hosts->live(), 0U);
}

// A broker that dies takes its hosts with it, also one that is stopped, and what it had is proved gone by the next.
TEST(Host, DiesWithItsBroker)
{
    int ends[2] = {};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    std::string folder = (std::filesystem::temp_directory_path() / "latchkey-broker-XXXXXX").string();
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    ASSERT_EQ(::chmod(folder.c_str(), 0777), 0); // who plays the broker becomes an ordinary user
    pid_t const broker = ::fork();
    if (broker == 0) {
        ::setenv("TMPDIR", folder.c_str(), 1); // it will not clean up
        Rig rig;
        auto const instance = rig.run("waits");
        auto const started = rig.start_of(rig.last_host);
        rig.wait_for_progress(instance, 1);
        rig.hosts->freeze({rig.last_host});
        core::HostProcess const process{rig.last_host, started.pid, started.start_ticks};
        ::send(ends[1], &process, sizeof process, 0);
        for (;;)
            ::pause();
    }
    ::close(ends[1]);
    core::HostProcess process;
    ASSERT_EQ(::recv(ends[0], &process, sizeof process, 0), static_cast<ssize_t>(sizeof process));
    auto const pid = static_cast<pid_t>(process.pid);
    ASSERT_EQ(living_in(pid), 1U);
    ::kill(broker, SIGKILL);
    ::waitpid(broker, nullptr, 0);
    std::filesystem::remove_all(folder);

    Rig next;
    next.hosts->prove_gone({process, {core::HostId{7}, 999'999, 5}});
    EXPECT_TRUE(next.wait_for<core::event::ProcessesGone>([](auto const&) { return true; }));
    EXPECT_EQ(living_in(pid), 0U);
}

TEST(Host, RunsTasksForAnOrdinaryUser)
{
    if (::geteuid() != 0) GTEST_SKIP() << "runs as an ordinary user anyway";
    int ends[2] = {};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    pid_t const broker = ::fork();
    if (broker == 0) {
        constexpr uid_t kNobody = 65534;
        if (::setgid(kNobody) != 0 || ::setuid(kNobody) != 0) ::_exit(1);
        ::unsetenv("TMPDIR"); // it may be root's alone
        Rig rig;
        auto const completed = rig.completion_of(rig.run("container"));
        std::string const text = completed.message.str();
        ::send(ends[1], text.data(), text.size(), 0);
        rig.hosts.reset();
        std::filesystem::remove_all(rig.folder);
        ::_exit(0);
    }
    ::close(ends[1]);
    char text[256] = {};
    ::recv(ends[0], text, sizeof text - 1, 0);
    ::waitpid(broker, nullptr, 0);
    EXPECT_STREQ(text, "privileges=1 leader open=0,1,2,3,4,5,6,");
}

} // namespace
} // namespace latchkey::hosts::test
