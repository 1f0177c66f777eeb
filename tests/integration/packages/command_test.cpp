// SPDX-License-Identifier: MIT
// The command line against a real broker: what people type, and what they get.
#include "ipc/peer.h"
#include "packages_rig.h"

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <sys/wait.h>

namespace latchkey::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(PackagesTest, FromInstallToWhyToRemoveOnTheCommandLine)
{
    start();
    std::string const folder = write_actors("1.0.0.0");
    Printed const installed = latchkey("install " + folder);
    EXPECT_EQ(installed.status, 0) << installed.text;
    EXPECT_THAT(installed.text, HasSubstr("Contoso.Actors 1.0.0.0 is installed\n"));
    EXPECT_THAT(installed.text, HasSubstr("not allowed: latchkey allow Contoso.Actors_h91ms92gdsmmt\n"));
    EXPECT_EQ(latchkey("allow Contoso.Actors").status, 0);
    EXPECT_THAT(latchkey("packages").text, HasSubstr("allowed"));
    EXPECT_EQ(latchkey("list").text, "no task is registered\n");

    Connection user = connect();
    std::string const id = register_act(user, "nothing");
    EXPECT_THAT(latchkey("list").text, HasSubstr("nothing"));
    for (std::string const& word : {std::string("nothing"), id, id.substr(0, 4), std::string("Contoso.Actors/nothing")})
        EXPECT_EQ(latchkey("why " + word).status, 0) << word;
    EXPECT_THAT(latchkey("show nothing").text, HasSubstr("HostTasks.Actor"));

    Printed const fired = latchkey("fire nothing --now");
    EXPECT_EQ(fired.status, 0) << fired.text;
    ASSERT_TRUE(user.eventually([&] { return has_event(user, id, 2); }));
    Printed const why = latchkey("why nothing");
    EXPECT_THAT(why.text, HasSubstr("last runs"));
    EXPECT_THAT(why.text, HasSubstr("  ok\n"));
    EXPECT_THAT(latchkey("why nothing --json").text, HasSubstr("\"last_result\": \"0x00000000\""));
    EXPECT_THAT(latchkey("log nothing").text, HasSubstr("InstanceReturned"));
    EXPECT_THAT(latchkey("log --package Contoso.Actors").text, HasSubstr("InstanceReturned"));
    auto const unknown = latchkey("log --package Contoso.Aktors");
    EXPECT_EQ(unknown.status, 1) << "no history is not an empty one";
    EXPECT_THAT(unknown.text, HasSubstr("did you mean \"Contoso.Actors\"?"));

    EXPECT_EQ(latchkey("unregister nothing").status, 0);
    Printed const gone = latchkey("why nothing");
    EXPECT_EQ(gone.status, 1);
    EXPECT_THAT(gone.text, HasSubstr("(0x80070490)"));
    EXPECT_EQ(latchkey("remove Contoso.Actors --data").status, 0);
    EXPECT_EQ(latchkey("packages").text, "no package is installed\n");
}

TEST_F(PackagesTest, AWordThatMeansSeveralTasksListsThemAndDoesNothing)
{
    start();
    Connection user = connect();
    ASSERT_TRUE(install_actors(user, "1.0.0.0"));
    std::string const first = register_act(user, "nothing");
    std::string const second = register_act(user, "nothing");
    Printed const refused = latchkey("unregister nothing");
    EXPECT_EQ(refused.status, 1);
    EXPECT_THAT(refused.text, HasSubstr(first));
    EXPECT_THAT(refused.text, HasSubstr(second));
    EXPECT_EQ(user.list().size(), 2U);
}

TEST_F(PackagesTest, WatchSeesProgressAndTheEndAndCancelEndsAnInstance)
{
    start();
    Connection user = connect();
    ASSERT_TRUE(install_actors(user, "1.0.0.0"));
    register_act(user, "defers");
    std::string const waiting = register_act(user, "waits");
    Printed watched;
    std::thread watcher([&] { watched = latchkey("watch defers --once --json"); });
    // Until the watcher has asked to watch, the broker has one more connection to tell: fire again until it ends.
    std::atomic<bool> ended = false;
    std::thread joiner([&] {
        watcher.join();
        ended = true;
    });
    EXPECT_TRUE(user.eventually([&] {
        if (!ended) (void)user.call("Fire", "defers", Dictionary{{"now", true}});
        return ended.load();
    }));
    joiner.join();
    EXPECT_EQ(watched.status, 0) << watched.text;
    EXPECT_THAT(watched.text, HasSubstr("{\"completed\":\"0x00000000\""));

    EXPECT_EQ(latchkey("cancel waits").status, 1) << "it does not run";
    ASSERT_EQ(latchkey("fire waits --now").status, 0);
    ASSERT_TRUE(user.eventually([&] { return user.explain("waits").get<bool>("running"); }));
    EXPECT_EQ(latchkey("cancel waits").status, 0);
    EXPECT_TRUE(user.eventually([&] { return has_event(user, waiting, 2); }));
}

TEST_F(PackagesTest, LaunchGivesAProgramTheTerminalAndTheIdentityOfItsPackage)
{
    start();
    Connection user = connect();
    std::string const folder = root / "made/App";
    std::filesystem::create_directories(folder);
    std::ofstream(folder + "/AppxManifest.xml")
        << "<Package><Identity Name=\"Contoso.App\" Publisher=\"CN=Contoso\" Version=\"1.0.0.0\"/>"
           "<Applications><Application Id=\"App\" Executable=\"say\"/></Applications></Package>";
    std::ofstream(folder + "/say") << "#!/bin/sh\necho said \"$@\"\necho in $0\n";
    std::filesystem::permissions(folder + "/say", std::filesystem::perms::owner_all);
    ASSERT_TRUE(user.call("Install", folder, Dictionary()));
    Printed const said = latchkey("launch Contoso.App --word 'two words'");
    EXPECT_EQ(said.status, 0);
    EXPECT_THAT(said.text, HasSubstr("said --word two words\n"));
    EXPECT_THAT(said.text, HasSubstr((root / "state/packages/Contoso.App_1.0.0.0").string()));
    EXPECT_EQ(latchkey("launch Contoso.Nobody").status, 1);
}

TEST_F(PackagesTest, ABadPackageIsRefusedWithItsFindings)
{
    start();
    std::string const folder = root / "made/Bad";
    std::filesystem::create_directories(folder);
    std::ofstream(folder + "/AppxManifest.xml") << "<Package>\n<Identity Name=\"a b c\"/>\n</Package>\n";
    Printed const refused = latchkey("install " + folder);
    EXPECT_EQ(refused.status, 1);
    EXPECT_THAT(refused.text, HasSubstr(folder + "/AppxManifest.xml:2: error: "));
    EXPECT_THAT(refused.text, HasSubstr("(0x80080204)"));
    EXPECT_EQ(latchkey("doctor").status, 0);
}

TEST_F(PackagesTest, InstallAsksOnATerminalWhetherTheAppMayRunInTheBackground)
{
    start();
    Connection user = connect();
    std::string const folder = write_actors("1.0.0.0");
    Printed const yes = on_terminal({"install", folder}, "> ", "y\n");
    EXPECT_EQ(yes.status, 0);
    EXPECT_THAT(yes.text, HasSubstr("May Contoso.Actors run in the background?"));
    EXPECT_THAT(yes.text, HasSubstr("background: allowed"));
    // Decided once, not asked again.
    Printed const again = on_terminal({"install", folder}, "", "");
    EXPECT_THAT(again.text, Not(HasSubstr("May Contoso.Actors")));
    ASSERT_EQ(latchkey("remove Contoso.Actors").status, 0);
    EXPECT_THAT(on_terminal({"install", folder}, "> ", "n\n").text, HasSubstr("not allowed: latchkey allow"));
    EXPECT_THAT(latchkey("packages").text, HasSubstr("denied"));
    ASSERT_EQ(latchkey("remove Contoso.Actors").status, 0);
    EXPECT_THAT(on_terminal({"install", folder}, "> ", "\n").text, HasSubstr("not allowed: latchkey allow"));
    EXPECT_THAT(latchkey("packages").text, HasSubstr("not decided"));
}

TEST_F(PackagesTest, WatchDrawsABarOnATerminal)
{
    start();
    Connection user = connect();
    ASSERT_TRUE(install_actors(user, "1.0.0.0"));
    register_act(user, "defers");
    register_act(user, "nothing");
    // An event of another task shows that the broker tells this watcher; then what is to be seen begins.
    bool begun = false;
    std::atomic<bool> watching = true;
    std::thread stirring([&] {
        Connection other = connect();
        (void)other.eventually([&] {
            (void)other.call("Fire", "nothing", Dictionary{{"now", true}});
            return !watching.load();
        });
    });
    Printed const watched = on_terminal({"watch"}, "", "", [&](std::string const& text) {
        if (!begun && text.find("InstanceCreated") != std::string::npos) {
            begun = true;
            watching = false;
            EXPECT_TRUE(user.call("Fire", "defers", Dictionary{{"now", true}}));
        }
        if (text.find("completed           defers") != std::string::npos) kill();
    });
    watching = false;
    stirring.join();
    EXPECT_EQ(watched.status, 3) << "the broker has ended";
    EXPECT_THAT(watched.text, HasSubstr("defers  [#"));
    EXPECT_THAT(watched.text, HasSubstr("\x1b[1A\r\x1b[J")) << "the bar is drawn anew";
    EXPECT_THAT(watched.text, HasSubstr("the broker has ended"));
}

TEST_F(PackagesTest, WhatEndsACommandEndsTheAppThatItLaunched)
{
    start();
    Connection user = connect();
    std::string const folder = root / "made/App";
    std::filesystem::create_directories(folder);
    std::ofstream(folder + "/AppxManifest.xml")
        << "<Package><Identity Name=\"Contoso.App\" Publisher=\"CN=Contoso\" Version=\"1.0.0.0\"/>"
           "<Applications><Application Id=\"App\" Executable=\"waits\"/></Applications></Package>";
    std::ofstream(folder + "/waits")
        << "#!/bin/sh\ntrap 'echo ended; exit 0' INT\necho ready\nwhile read x; do :; done\n";
    std::filesystem::permissions(folder + "/waits", std::filesystem::perms::owner_all);
    ASSERT_TRUE(user.call("Install", folder, Dictionary()));
    Printed const launched = on_terminal({"launch", "Contoso.App"}, "ready\r\n", "\x03");
    EXPECT_EQ(launched.status, 0) << launched.text;
    EXPECT_THAT(launched.text, HasSubstr("ended"));
}

TEST_F(PackagesTest, RemovingAPackageEndsItsApp)
{
    start();
    Connection user = connect();
    install(user);
    auto const app = member();
    ASSERT_TRUE(app->connection->call("Attach", ""));
    EXPECT_THAT(latchkey("packages").text, HasSubstr("running"));
    Printed const removed = latchkey("remove Contoso.Mail");
    EXPECT_EQ(removed.status, 0) << removed.text;
    int status = 0;
    EXPECT_EQ(::waitpid(app->pid, &status, WNOHANG), app->pid) << "it has ended";
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    app->pid = -1;
}

// Nobody ever starts the broker by hand.
TEST_F(PackagesTest, TheCommandStartsTheBrokerWhenThereIsNone)
{
    Printed const listed = latchkey("packages");
    EXPECT_EQ(listed.status, 0) << listed.text;
    EXPECT_EQ(listed.text, "no package is installed\n");
    Connection user = connect();
    auto const peer = ipc::peer_of(user.bus.socket());
    ASSERT_TRUE(peer);
    EXPECT_EQ(::kill(peer->pid, SIGKILL), 0);
}

} // namespace
} // namespace latchkey::test
