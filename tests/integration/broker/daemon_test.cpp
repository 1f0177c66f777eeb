// SPDX-License-Identifier: MIT
// The process: starting, being one of its kind, policy, ending, and costing nothing while nothing happens.
#include "rig.h"

#include <csignal>
#include <fstream>
#include <sstream>

#include <poll.h>
#include <sys/socket.h>
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

// Context switches of the broker's own will are its wake-ups.
long wake_ups(pid_t pid)
{
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("voluntary_ctxt_switches:")) return std::stol(line.substr(24));
    }
    return -1;
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
    long const before = wake_ups(broker());
    ::poll(&nothing, 1, 3'000);
    EXPECT_EQ(wake_ups(broker()), before);
}

} // namespace
} // namespace latchkey::test
