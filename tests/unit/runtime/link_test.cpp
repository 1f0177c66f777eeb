// SPDX-License-Identifier: MIT
// The connection to the broker itself: what becomes of calls when there is no answer.
#include "runtime/link/connection.h"
#include "support/pretend_broker.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>
#include <sys/socket.h>

namespace latchkey::runtime {
namespace {

using testing::PretendBroker;
using namespace std::chrono_literals;

struct NoEvents final : BrokerEvents {
    void progress(std::string const&, std::string const&, std::uint32_t) noexcept override {}
    void completed(std::string const&, std::string const&, std::int32_t, std::string const&) noexcept override {}
    void data_changed() noexcept override {}
};

// Links are never destroyed; each test has one.
Connection& link(Connection::Limits limits, int descriptor = -1)
{
    static NoEvents events;
    auto* const made = new Connection(events, ipc::Fd(descriptor), limits);
    EXPECT_TRUE(made->start());
    return *made;
}

std::string failure_of(BrokerLink::Answer const& answer)
{
    return answer ? "none" : answer.error().name;
}

class Link : public ::testing::Test {
protected:
    static PretendBroker& broker() { return PretendBroker::of_process(); }
    void SetUp() override { broker().take_calls(); }
    void TearDown() override { broker().answers({}); }
};

TEST_F(Link, ACallThatIsNotAnsweredEnds)
{
    broker().answers([](std::string const&, ipc::Message&) { return ipc::Message(); });
    EXPECT_EQ(failure_of(link({.call = 30ms}).call("GetAccess", {}, BrokerLink::Repeat::Yes)), kTimedOut);
}

TEST_F(Link, ACallThatTheBrokerLeftUnansweredIsMadeAgainOnlyWhenItMay)
{
    std::atomic<int> unanswered = 0;
    broker().answers([&](std::string const& member, ipc::Message& call) {
        return member == "GetAccess" && unanswered-- > 0 ? ipc::Message() : PretendBroker::reply(call, std::int32_t{4});
    });
    Connection& connection = link({});
    for (auto const repeat : {BrokerLink::Repeat::No, BrokerLink::Repeat::Yes}) {
        unanswered = 1;
        broker().take_calls();
        BrokerLink::Answer answer = ipc::Value(false);
        std::thread caller([&] { answer = connection.call("GetAccess", {}, repeat); });
        EXPECT_TRUE(broker().was_called("GetAccess"));
        broker().end_connections();
        caller.join();
        if (repeat == BrokerLink::Repeat::Yes) {
            EXPECT_EQ(answer, ipc::Value(std::int32_t{4}));
        } else {
            EXPECT_EQ(failure_of(answer), kDisconnected);
        }
    }
}

TEST_F(Link, ManyThreadsCallAtOnce)
{
    broker().answers([](std::string const&, ipc::Message& call) {
        return PretendBroker::reply(call, std::vector<std::string>{call.read_string()});
    });
    Connection& connection = link({});
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 8; ++thread) {
        threads.emplace_back([&, thread] {
            for (int i = 0; i < 100; ++i) {
                std::string const name = std::to_string(thread * 1000 + i);
                auto const answer = connection.call("SettingsContainers", {{name}}, BrokerLink::Repeat::Yes);
                if (!answer || *answer != ipc::Value(std::vector<std::string>{name})) ++wrong;
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(wrong, 0);
}

TEST_F(Link, AnAnswerOfAnotherTypeIsSaidToBeOne)
{
    broker().answers([](std::string const&, ipc::Message& call) {
        return PretendBroker::reply(call, std::int32_t{1}, std::int32_t{2});
    });
    EXPECT_EQ(failure_of(link({}).call("GetAccess", {}, BrokerLink::Repeat::Yes)), kBadAnswer);
}

TEST_F(Link, TheDescriptorOfAHostIsTheOnlyWayToTheBroker)
{
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    Connection& connection = link({}, ends[0]);
    ::close(ends[1]);
    EXPECT_NE(failure_of(connection.call("GetAccess", {}, BrokerLink::Repeat::Yes)), "none");
    EXPECT_EQ(failure_of(connection.call("GetAccess", {}, BrokerLink::Repeat::Yes)), kUnreachable);
    EXPECT_EQ(broker().take_calls().size(), 0u);
}

} // namespace
} // namespace latchkey::runtime
