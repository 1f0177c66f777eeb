// SPDX-License-Identifier: MIT
// The process: starting, being one of its kind, policy, ending, and costing nothing while nothing happens.
#include "rig.h"

#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string_view>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

namespace latchkey::test {
namespace {

TEST_F(BrokerTest, IsTheOnlyOneOfItsRoot)
{
    start();
    pid_t const second = ::fork();
    if (second == 0) {
        ::close(2);
        ::execl(LATCHKEYD, LATCHKEYD, nullptr);
        ::_exit(127);
    }
    int status = 0;
    ::waitpid(second, &status, 0);
    EXPECT_EQ(WEXITSTATUS(status), 4);
    EXPECT_TRUE(connect().call("WhoAmI")) << "the first one serves on";
}

TEST_F(BrokerTest, IsStartedByWhoeverNeedsItAlsoByManyAtOnce)
{
    constexpr int kMany = 6;
    std::vector<pid_t> clients;
    for (int i = 0; i < kMany; ++i) {
        pid_t const client = ::fork();
        if (client == 0) {
            auto bus = ipc::connect_to_broker();
            if (!bus) ::_exit(1);
            Connection connection(std::move(*bus));
            ::_exit(connection.call("WhoAmI") ? 0 : 2);
        }
        clients.push_back(client);
    }
    for (pid_t const client : clients) {
        int status = 0;
        ::waitpid(client, &status, 0);
        EXPECT_EQ(status, 0);
    }
    Connection user = connect();
    auto const peer = user.bus.socket();
    ucred credentials{};
    socklen_t size = sizeof credentials;
    ASSERT_EQ(::getsockopt(peer, SOL_SOCKET, SO_PEERCRED, &credentials, &size), 0);
    ::kill(credentials.pid, SIGTERM);
    EXPECT_TRUE(user.wait_for([&] { return !user.call("WhoAmI"); })) << "it ends when it is told";
    EXPECT_TRUE(std::filesystem::exists(root / "state/broker.log"));
}

TEST_F(BrokerTest, ReadsThePolicyAgainAndKeepsTheOldOneWhenTheNewIsBad)
{
    std::filesystem::create_directories(root / "config");
    auto const write = [&](std::string const& text) { std::ofstream(root / "config/policy.toml") << text; };
    write("[time]\nfreshness-floor = \"1 min\"\n");
    start();
    Connection user = connect();
    install(user);
    auto const app = member();
    Dictionary timer = task("Timer");
    timer.set("trigger", "TimeTrigger:1");
    app->connection->must_register(timer);

    write("[time]\nfreshness-floor = \"30 min\"\n");
    ASSERT_TRUE(user.call("Reload"));
    EXPECT_EQ(app->connection->call("Register", timer).error, "InvalidArgument");
    write("[time]\n\nfreshness-flor = \"1 min\"\n");
    auto const refused = user.call("Reload");
    EXPECT_EQ(refused.error, "InvalidArgument");
    EXPECT_NE(refused.text.find("policy.toml:3: there is no setting time.freshness-flor"), std::string::npos)
        << refused.text;
    timer.set("trigger", "TimeTrigger:30");
    app->connection->must_register(timer);

    write("[time]\nfreshness-floor = \"1 min\"\n");
    ::kill(broker(), SIGHUP);
    timer.set("trigger", "TimeTrigger:1");
    EXPECT_TRUE(user.eventually([&] { return static_cast<bool>(app->connection->call("Register", timer)); }));
}

TEST_F(BrokerTest, StartsWithTheDefaultPolicyWhenTheFileIsBadAndDoctorSaysSo)
{
    std::filesystem::create_directories(root / "config");
    std::ofstream(root / "config/policy.toml") << "profile = \"windows-11\"\n";
    start();
    Connection user = connect();
    auto outcome = user.call("Doctor");
    ASSERT_TRUE(outcome);
    bool said = false;
    for (Dictionary const& finding : outcome.message->read_dictionaries()) {
        said = said || (!finding.get<bool>("ok", true) &&
                        finding.get<std::string>("text").find("policy.toml:1") != std::string::npos);
    }
    EXPECT_TRUE(said);
}

TEST_F(BrokerTest, SetsADamagedStoreAsideAndSaysSo)
{
    std::filesystem::create_directories(root / "state");
    std::ofstream(root / "state/broker.db") << std::string(8192, 'x');
    start();
    EXPECT_NE(broker_log().find("is damaged"), std::string::npos);
    EXPECT_TRUE(connect().call("WhoAmI"));
}

TEST_F(BrokerTest, TakesASocketThatTheServiceManagerMadeAndTellsItWhenItIsReady)
{
    std::filesystem::create_directories(root / "run");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::string const path = root / "run/broker";
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    ipc::Fd const listening(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::bind(listening.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(listening.get(), 16), 0);
    ipc::Fd const manager(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    std::string const told_at = root / "notify";
    std::strncpy(address.sun_path, told_at.c_str(), sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(manager.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);

    Connection early = connect(); // waits in the socket before there is a broker
    pid_t const broker = ::fork();
    if (broker == 0) {
        ::dup2(::fcntl(listening.get(), F_DUPFD, 10), 3);
        ::setenv("LISTEN_FDS", "1", 1);
        ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
        ::setenv("NOTIFY_SOCKET", told_at.c_str(), 1);
        ::execl(LATCHKEYD, LATCHKEYD, nullptr);
        ::_exit(127);
    }
    std::array<char, 256> text{};
    ASSERT_GT(::recv(manager.get(), text.data(), text.size() - 1, 0), 0);
    EXPECT_EQ(std::string_view(text.data()).substr(0, 7), "READY=1");
    EXPECT_TRUE(early.call("WhoAmI"));
    ::kill(broker, SIGTERM);
    int status = -1;
    ::waitpid(broker, &status, 0);
    EXPECT_EQ(status, 0);
    EXPECT_TRUE(std::filesystem::exists(path)) << "the socket is the service manager's";
}

TEST(Latchkeyd, LinksTheStandardLibrariesSystemdSqliteSeccompAndNothingElse)
{
    FILE* const output = ::popen("readelf -d " LATCHKEYD " 2>&1", "r");
    ASSERT_NE(output, nullptr);
    int needed = 0;
    for (std::array<char, 512> line{}; std::fgets(line.data(), line.size(), output) != nullptr;) {
        std::string_view const text(line.data());
        if (text.find("(NEEDED)") == std::string_view::npos) continue;
        ++needed;
        bool allowed = false;
        for (char const* library : {"libc.so", "libm.so", "libgcc_s.so", "libstdc++.so", "libsystemd.so",
                                    "libsqlite3.so", "libseccomp.so", "ld-linux", "libasan", "libubsan", "libtsan"}) {
            allowed = allowed || text.find(library) != std::string_view::npos;
        }
        EXPECT_TRUE(allowed) << text;
    }
    EXPECT_EQ(::pclose(output), 0) << "readelf is in binutils";
    EXPECT_GT(needed, 0);
}

TEST_F(BrokerTest, DoesNotWakeUpWhileNothingHappens)
{
    start();
    Connection user = connect();
    install(user);
    auto const app = member();
    app->connection->must_register(task("Latched"));
    Dictionary timer = task("Timer");
    timer.set("trigger", "TimeTrigger:60");
    app->connection->must_register(timer);
    Dictionary network = task("Network");
    network.set("conditions", std::vector<std::string>{"InternetAvailable"});
    app->connection->must_register(network);
    ASSERT_TRUE(user.call("Fire", "Latched", Dictionary()));

    // Nothing is sent to the broker from here on; a window in which a timer of any kind would show.
    ASSERT_TRUE(user.call("WhoAmI"));
    pollfd nothing{-1, 0, 0};
    ::poll(&nothing, 1, 200); // what the calls above set in motion
    long const before = wake_ups();
    ::poll(&nothing, 1, 3'000);
    EXPECT_EQ(wake_ups(), before);
}

} // namespace
} // namespace latchkey::test
