// SPDX-License-Identifier: MIT
#include "hosts/process_tree.h"
#include "integration/hosts/host_rig.h"
#include "ipc/dictionary_bytes.h"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

namespace latchkey::hosts::test {
namespace {

using core::event::HostExited;
using core::event::InstanceCompleted;
using core::event::InstanceProgress;
using core::event::InstanceStarted;
using testing::HasSubstr;

std::string text_of(core::SharedText const& text)
{
    return text.str();
}

TEST(Host, RunsATaskFromItsStartToItsCompletionAndEndsWhenItIsStopped)
{
    Rig rig;
    auto const instance = rig.run("nothing");
    auto const completed = rig.completion_of(instance);
    EXPECT_EQ(completed.result, 0) << text_of(completed.message);
    auto const started = rig.start_of(rig.last_host);
    EXPECT_EQ(::getpgid(static_cast<pid_t>(started.pid)), started.pid) << "the host is in a session of its own";
    EXPECT_NE(started.start_ticks, 0U);
    EXPECT_TRUE(rig.wait_for<InstanceStarted>([&](auto const& e) { return e.instance == instance; }));
    rig.hosts->stop({rig.last_host});
    auto const exited = rig.exit_of(rig.last_host);
    EXPECT_EQ(exited.status, 0);
    EXPECT_EQ(text_of(exited.message), "");
    EXPECT_EQ(rig.hosts->live(), 0U);
}

TEST(Host, IsClonedFromThePreparedOneAndIsOurOwnChild)
{
    Rig rig;
    auto const host = rig.start_host();
    rig.start_of(host);
    auto const findings = rig.hosts->findings();
    auto const prepared = std::ranges::find(findings, "prepared host", &Hosts::Finding::check);
    ASSERT_NE(prepared, findings.end());
    EXPECT_TRUE(prepared->ok) << prepared->text;
    EXPECT_EQ(rig.hosts->package_of(static_cast<pid_t>(rig.start_of(host).pid)), kFamily);
    EXPECT_EQ(rig.hosts->package_of(::getpid()), "");
}

TEST(Host, CompletesATaskWithADeferralOnlyWhenTheDeferralIsComplete)
{
    Rig rig;
    auto const instance = rig.run("defers");
    EXPECT_EQ(rig.completion_of(instance).result, 0);
    auto const last = std::ranges::find_if(rig.told.rbegin(), rig.told.rend(),
                                           [](auto const& e) { return std::holds_alternative<InstanceProgress>(e); });
    ASSERT_NE(last, rig.told.rend());
    EXPECT_EQ(std::get<InstanceProgress>(*last).progress, 100U);
}

TEST(Host, TakesADeferralThatNobodyHoldsForComplete)
{
    Rig rig;
    EXPECT_EQ(rig.completion_of(rig.run("deferral is let go")).result, 0);
}

TEST(Host, GivesTheTaskItsRegistrationTriggerAndDetailsWithoutAskingTheBroker)
{
    Rig rig;
    auto words = rig.words("looks");
    words.trigger = "TimeTrigger:30!";
    words.suspended_count = 2;
    words.detail_kind = "ApplicationTrigger";
    words.detail = *ipc::bytes_of(ipc::Dictionary{{"answer", std::int32_t{42}}, {"word", "wörter"}});
    auto const completed = rig.completion_of(rig.run_in(rig.start_host(), words));
    EXPECT_EQ(text_of(completed.message),
              "id={0f8fad5b-d9cb-469f-a165-70867728950e} name=looks instance={11111111-2222-3333-4444-555566667777} "
              "minutes=30 once answer=42 word=wörter suspended=2 user=" +
                  std::to_string(::getuid()) + " network=0");
    EXPECT_TRUE(rig.served.empty()) << "the task was not to ask the broker";
}

TEST(Host, LetsAHundredThousandProgressUpdatesCostTheTaskAndTheBrokerLittle)
{
    Rig rig;
    auto const host = rig.start_host();
    rig.start_of(host);
    rig.turns = 0;
    auto const completed = rig.completion_of(rig.run_in(host, rig.words("counts")));
    std::string const text = text_of(completed.message);
    ASSERT_THAT(text, HasSubstr("microseconds "));
    RecordProperty("microseconds", text.substr(13));
    EXPECT_LE(std::stol(text.substr(13)), 10'000) << "of CPU time in the task";
    EXPECT_LE(rig.turns, 100U) << "wake-ups of the broker";
    std::uint32_t last = 0;
    for (auto const& event : rig.told) {
        if (auto const* const progress = std::get_if<InstanceProgress>(&event)) last = progress->progress;
    }
    EXPECT_EQ(last, 100'000U) << "the last value is never lost";
}

// The kernel keeps some 200 KiB of what was not read: the rest waits in the broker.
TEST(Host, IsGivenMoreTasksAtOnceThanItsSocketTakesAndCostsNothingWhileTheyWait)
{
    Rig rig;
    auto const host = rig.start_host();
    std::vector<core::InstanceId> instances;
    for (int i = 0; i < 16; ++i) {
        auto words = rig.words("waits");
        words.detail.assign(60'000, 'x');
        instances.push_back(rig.run_in(host, std::move(words)));
    }
    for (auto const instance : instances)
        rig.wait_for_progress(instance, 1);
    rig.turn_until_quiet();
    for (auto const instance : instances)
        rig.hosts->cancel({host, instance, core::CancellationReason::ConditionLoss, {}});
    for (auto const instance : instances)
        EXPECT_EQ(text_of(rig.completion_of(instance).message), "cancelled with reason 6");
    rig.turn_until_quiet();
}

TEST(Host, WakesTheBrokerNoMoreOftenThanItLooksAlsoWhenItOnlyPretendsToHaveProgress)
{
    Rig rig;
    auto const host = rig.start_host();
    rig.start_of(host);
    rig.turns = 0;
    rig.completion_of(rig.run_in(host, rig.words("wakes the broker for nothing")));
    EXPECT_LE(rig.turns, 100U) << "wake-ups of the broker";
}

TEST(Host, RaisesCanceledWithTheReason)
{
    Rig rig;
    auto const instance = rig.run("waits");
    rig.wait_for_progress(instance, 1);
    rig.hosts->cancel({rig.last_host, instance, core::CancellationReason::ConditionLoss, {}});
    EXPECT_EQ(text_of(rig.completion_of(instance).message), "cancelled with reason 6");
}

TEST(Host, RunsTwoTasksOfAnAppAtOnceAndEndsAfterTheLast)
{
    Rig rig;
    auto const host = rig.start_host();
    auto const first = rig.run_in(host, rig.words("waits"));
    auto const second = rig.run_in(host, rig.words("waits"));
    rig.wait_for_progress(first, 1);
    rig.wait_for_progress(second, 1);
    EXPECT_EQ(rig.hosts->live(), 1U);
    rig.hosts->stop({host});
    rig.hosts->cancel({host, first, core::CancellationReason::Abort, {}});
    EXPECT_EQ(rig.completion_of(first).result, 0);
    EXPECT_EQ(rig.hosts->live(), 1U) << "the second still runs";
    rig.hosts->cancel({host, second, core::CancellationReason::Abort, {}});
    EXPECT_EQ(rig.completion_of(second).result, 0);
    EXPECT_EQ(rig.exit_of(host).status, 0);
}

TEST(Host, TellsTheSuspendedCountWhileTheTaskRuns)
{
    Rig rig;
    auto const host = rig.start_host();
    auto const waiting = rig.run_in(host, rig.words("waits"));
    rig.hosts->tell({host, waiting, 3});
    auto words = rig.words("looks");
    words.suspended_count = 1;
    auto const looking = rig.run_in(host, words);
    EXPECT_THAT(text_of(rig.completion_of(looking).message), HasSubstr("suspended=1"));
}

TEST(Host, IsContained)
{
    Rig rig;
    EXPECT_EQ(text_of(rig.completion_of(rig.run("container")).message), "privileges=1 leader open=0,1,2,3,4,5,6,");
}

TEST(Host, WritesWhatTheTaskPrintsToThePackagesLog)
{
    Rig rig;
    rig.completion_of(rig.run("prints"));
    std::ifstream log(rig.place.log);
    std::string const text{std::istreambuf_iterator<char>(log), {}};
    EXPECT_EQ(text, "a line of the task\n");
}

TEST(Host, IsServedAsItsPackageWhenTheTaskFirstAsksTheBroker)
{
    Rig rig;
    rig.completion_of(rig.run("asks the broker"));
    rig.turn_until([&] { return !rig.served.empty(); });
    ASSERT_EQ(rig.served.size(), 1U);
    char text[8] = {};
    EXPECT_EQ(::recv(rig.served[0].get(), text, sizeof text, 0), 5);
    EXPECT_STREQ(text, "hello");
}

TEST(Host, LetsATaskUnregisterItselfOverTheHostsOwnConnection)
{
    Rig rig;
    auto const instance = rig.run("unregisters");
    ASSERT_TRUE(rig.turn_until([&] { return !rig.served.empty(); }));
    char greeting[64] = {};
    EXPECT_GT(::recv(rig.served[0].get(), greeting, sizeof greeting - 1, 0), 0);
    EXPECT_THAT(std::string(greeting + 1), HasSubstr("AUTH")) << "D-Bus begins with a zero and this word";
    rig.served.clear(); // a broker that says no
    EXPECT_LT(rig.completion_of(instance).result, 0);
}

TEST(Host, TakesMoreClassesThanFitOneMessage)
{
    Rig rig;
    for (int i = 0; i < 3000; ++i) {
        rig.place.classes.push_back({"Many.Classes.Number" + std::to_string(i), "Many.so"});
    }
    EXPECT_EQ(rig.completion_of(rig.run("nothing")).result, 0);
}

TEST(Host, CannotBeStartedForAPackageThatIsGone)
{
    Rig rig;
    rig.hosts->start(core::effect::StartHost{core::HostId{99}, core::SharedText("Gone_0")});
    EXPECT_THAT(text_of(rig.exit_of(core::HostId{99}).message), HasSubstr("not installed any more"));
}

TEST(Host, CannotBeStartedWithoutItsProgram)
{
    Rig rig("/nonexistent/latchkey-host");
    auto const host = rig.start_host();
    EXPECT_THAT(text_of(rig.exit_of(host).message), HasSubstr("/nonexistent/latchkey-host"));
}

// A spare host is made while nothing happens, and takes the next request; one that died meanwhile is no loss.
// Sessions of their own have hosts, spares, and the first process of each container. The youngest of this name.
pid_t child_in_own_session(std::string const& name, pid_t but)
{
    pid_t youngest = 0;
    for (pid_t const child : own_children()) {
        auto const info = process_info(child);
        std::ifstream file("/proc/" + std::to_string(child) + "/comm");
        std::string found;
        std::getline(file, found);
        if (child != but && info && info->session == child && !info->ended() && found == name) youngest = child;
    }
    return youngest;
}

TEST(Zygote, KeepsASpareHostAndDoesWithoutOneThatDied)
{
    Rig rig;
    pid_t used = 0;
    auto const spare = [&] { return child_in_own_session("latchkey-host", used); };
    auto const wait_for_spare = [&] {
        rig.turn_until([&] { return spare() != 0; });
        for (int i = 0; i < 3; ++i)
            static_cast<void>(rig.loop.turn(std::chrono::milliseconds(20)));
        rig.turn_until([&] { return spare() != 0; }); // a list that is read while a child ends may lack another
        return spare();
    };
    // The first host of an app makes its container.
    auto const before = rig.start_host();
    used = static_cast<pid_t>(rig.start_of(before).pid);
    used = wait_for_spare();
    auto const host = rig.start_host();
    EXPECT_EQ(rig.start_of(host).pid, used);
    EXPECT_EQ(rig.completion_of(rig.run_in(host, rig.words("nothing"))).result, 0);
    rig.hosts->terminate({before});
    rig.exit_of(before);
    ::kill(wait_for_spare(), SIGKILL);
    EXPECT_EQ(rig.completion_of(rig.run("nothing")).result, 0);
}

TEST(Container, WhoseFirstProcessDiesTakesItsHostsAlongAndIsMadeAnew)
{
    Rig rig;
    auto const host = rig.start_host();
    rig.wait_for_progress(rig.run_in(host, rig.words("waits")), 1);
    pid_t const first = child_in_own_session("latchkey-first", 0);
    if (first == 0) GTEST_SKIP() << "no pid namespace can be entered here";
    ::kill(first, SIGKILL);
    rig.exit_of(host);
    EXPECT_EQ(rig.completion_of(rig.run("nothing")).result, 0);
}

TEST(Zygote, IsReplacedWhenItDiesAndHostsStartMeanwhile)
{
    Rig rig;
    auto const pid_of_zygote = [&]() -> pid_t {
        for (auto const& finding : rig.hosts->findings()) {
            if (finding.check == "prepared host" && finding.ok) return std::stoi(finding.text.substr(8));
        }
        return 0;
    };
    rig.start_of(rig.start_host());
    pid_t const first = pid_of_zygote();
    ASSERT_GT(first, 1);
    ::kill(first, SIGKILL);
    auto const instance = rig.run("nothing"); // the zygote may be dying, dead, or replaced
    EXPECT_EQ(rig.completion_of(instance).result, 0);
    EXPECT_TRUE(rig.turn_until([&] { return pid_of_zygote() != 0 && pid_of_zygote() != first; }));
    EXPECT_EQ(rig.completion_of(rig.run("nothing")).result, 0);
}

TEST(Zygote, ThatDiesAgainAndAgainIsDoneWithout)
{
    Rig rig;
    for (int i = 0; i < 8; ++i) {
        rig.turn_until([&] {
            auto const findings = rig.hosts->findings();
            auto const prepared = std::ranges::find(findings, "prepared host", &Hosts::Finding::check);
            if (prepared->ok) ::kill(std::stoi(prepared->text.substr(8)), SIGKILL);
            return true;
        });
        auto const instance = rig.run("nothing");
        EXPECT_EQ(rig.completion_of(instance).result, 0) << "round " << i;
    }
    auto const findings = rig.hosts->findings();
    EXPECT_FALSE(std::ranges::find(findings, "prepared host", &Hosts::Finding::check)->ok);
}

} // namespace
} // namespace latchkey::hosts::test
