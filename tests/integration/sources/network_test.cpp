// SPDX-License-Identifier: MIT
#include "listener.h"
#include "sources/network.h"
#include "sources/route_watch.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

// The tests of rtnetlink move themselves into a network namespace that nobody else sees, as an ordinary user can, and
// bring real links up and down there.
namespace latchkey::sources {
namespace {

using namespace std::chrono_literals;
using core::Fact;
using core::FactValue;
using core::PreviewTriggerType;
using core::SystemTriggerType;

// Why it cannot be done here; empty: it was.
std::string enter_network_namespace()
{
    auto const user = ::geteuid();
    auto const write = [](char const* path, std::string const& text) {
        ipc::Fd const file(::open(path, O_WRONLY | O_CLOEXEC));
        return file && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
    };
    if (::unshare(CLONE_NEWNET) == 0) return {};
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0) return "no network namespace can be made here";
    if (!write("/proc/self/uid_map", "0 " + std::to_string(user) + " 1")) return "no user can be mapped here";
    return {};
}

void ip(std::string const& arguments)
{
    pid_t const child = ::fork();
    if (child == 0) {
        ::execl("/bin/sh", "sh", "-c", ("exec ip " + arguments).c_str(), nullptr);
        ::_exit(127);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    ASSERT_EQ(status, 0) << "ip " << arguments;
}

class Network : public ::testing::Test {
protected:
    void SetUp() override
    {
        if (auto const why = enter_network_namespace(); !why.empty()) GTEST_SKIP() << why;
        ip("link set lo up");
        ip("link add cable type veth peer name wall");
        ip("address add 192.0.2.1/24 dev cable");
    }
    void plug_in()
    {
        ip("link set wall up");
        ip("link set cable up");
        ip("route add default via 192.0.2.2 dev cable");
    }

    test::Listener listener;
    std::unique_ptr<Source> source = make_network_source(listener.loop, listener.bus, listener.happened);
    bool until_internet(FactValue value)
    {
        return listener.until([&] { return listener.fact(Fact::Internet) == value; });
    }
};

TEST_F(Network, IsNotThereUntilALinkWithADefaultRouteComesUp)
{
    source->start();
    ASSERT_TRUE(until_internet(FactValue::False));
    EXPECT_EQ(listener.fired(SystemTriggerType::InternetAvailable), 0) << "the snapshot is no edge";
    plug_in();
    ASSERT_TRUE(until_internet(FactValue::True));
    EXPECT_EQ(listener.fact(Fact::FreeNetwork), FactValue::True);
    EXPECT_EQ(listener.fired(SystemTriggerType::InternetAvailable), 1);
    EXPECT_TRUE(listener.until([&] { return listener.fired(SystemTriggerType::NetworkStateChange) == 1; }));
    EXPECT_TRUE(source->state().running);
    EXPECT_EQ(source->state().problem, "");
    EXPECT_EQ(source->state().name, "network (default route)");
}

TEST_F(Network, IsGoneWhenTheCableIsPulledAlthoughTheRouteStays)
{
    plug_in();
    source->start();
    ASSERT_TRUE(until_internet(FactValue::True));
    EXPECT_EQ(listener.fired(SystemTriggerType::InternetAvailable), 0);
    ip("link set wall down");
    ASSERT_TRUE(until_internet(FactValue::False));
    EXPECT_EQ(listener.fired(PreviewTriggerType::InternetNotAvailable), 1);
    ip("link set wall up");
    ASSERT_TRUE(until_internet(FactValue::True));
    EXPECT_EQ(listener.fired(SystemTriggerType::InternetAvailable), 1);
}

// The kernel drops the routes of a link that goes down without a word about them.
TEST_F(Network, IsGoneWhenTheLinkIsSetDown)
{
    plug_in();
    source->start();
    ASSERT_TRUE(until_internet(FactValue::True));
    ip("link set cable down");
    ASSERT_TRUE(until_internet(FactValue::False));
}

TEST_F(Network, IsNotThereWithARouteToTheLoopbackOrAnUnreachableOne)
{
    ip("route add default dev lo");
    ip("-6 route add unreachable default");
    source->start();
    ASSERT_TRUE(until_internet(FactValue::False));
}

TEST_F(Network, TellsAChangeOfTheWayOutAsAStateChangeOnly)
{
    plug_in();
    source->start();
    ASSERT_TRUE(until_internet(FactValue::True));
    ip("route add default via 192.0.2.3 dev cable metric 50");
    ASSERT_TRUE(listener.until([&] { return listener.fired(SystemTriggerType::NetworkStateChange) == 1; }));
    EXPECT_EQ(listener.fired(SystemTriggerType::InternetAvailable), 0);
    EXPECT_EQ(listener.fired(PreviewTriggerType::InternetNotAvailable), 0);
}

TEST_F(Network, TellsNothingWhileItIsStoppedAndASnapshotWhenItIsStartedAgain)
{
    source->start();
    ASSERT_TRUE(until_internet(FactValue::False));
    source->stop();
    plug_in();
    auto const told = listener.events.size();
    listener.settle(3 * kRouteSettle);
    EXPECT_EQ(listener.events.size(), told);
    source->start();
    ASSERT_TRUE(until_internet(FactValue::True));
    EXPECT_EQ(listener.fired(SystemTriggerType::InternetAvailable), 0) << "nobody saw it become available";
}

TEST_F(Network, OfIPv6AloneIsEnough)
{
    ip("link set wall up");
    ip("link set cable up");
    ip("address add 2001:db8::1/64 dev cable nodad");
    source->start();
    ASSERT_TRUE(until_internet(FactValue::False));
    ip("-6 route add default via 2001:db8::2 dev cable");
    ASSERT_TRUE(until_internet(FactValue::True));
}

TEST_F(Network, IsKnownToTheRegistryOnlyWhileSomebodyNeedsIt)
{
    plug_in();
    Sources sources(listener.loop, listener.happened);
    EXPECT_TRUE(sources.can_tell(Fact::Internet));
    listener.settle(2 * kRouteSettle);
    EXPECT_TRUE(listener.events.empty());
    sources.need({.system_triggers = {}, .preview_triggers = {}, .facts = {Fact::Internet}});
    ASSERT_TRUE(until_internet(FactValue::True));
    sources.need({});
    ASSERT_TRUE(until_internet(FactValue::Unknown)) << "what nobody watches must not let a task run";
}

} // namespace
} // namespace latchkey::sources
