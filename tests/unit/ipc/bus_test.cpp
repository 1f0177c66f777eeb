// SPDX-License-Identifier: MIT
#include "ipc/bus.h"
#include "ipc/listener.h"
#include "ipc/peer.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>

namespace latchkey::ipc {
namespace {

using namespace std::chrono_literals;

struct Folder {
    Folder()
    {
        std::string pattern = std::filesystem::temp_directory_path() / "latchkey-ipc-XXXXXX";
        path = ::mkdtemp(pattern.data());
    }
    ~Folder() { std::filesystem::remove_all(path); }
    std::filesystem::path path;
};

int answer_twice(sd_bus_message* call, void*, sd_bus_error* error)
{
    Message message = Message::borrow(call);
    std::uint32_t const number = message.read_uint32();
    if (number == 0) {
        return sd_bus_error_set(error, "org.latchkey.Error.InvalidArgument", "0 has no double");
    }
    return sd_bus_reply_method_return(call, "u", 2 * number);
}

constexpr sd_bus_vtable kDoubler[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("Double", "u", "u", answer_twice, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END,
};

// A broker in small: listens, serves every connection, until told to stop.
struct Doubler {
    explicit Doubler(std::string const& path) : listener(Listener::open(path).value())
    {
        accepting = loop.on_ready(listener.fd(), EPOLLIN,
                                  [this](std::uint32_t) {
                                      Fd connection = listener.accept().value();
                                      auto bus = std::make_unique<Bus>(Bus::server(std::move(connection)).value());
                                      EXPECT_TRUE(bus->attach(loop));
                                      sd_bus_add_object_vtable(bus->get(), nullptr, "/doubler", "org.latchkey.Doubler",
                                                               kDoubler, nullptr);
                                      Bus* const key = bus.get();
                                      bus->on_closed([this, key] {
                                          std::erase_if(peers, [&](auto const& peer) { return peer.get() == key; });
                                          ++closed;
                                          loop.stop(0);
                                      });
                                      peers.push_back(std::move(bus));
                                  })
                        .value();
    }
    EventLoop loop = EventLoop::create().value();
    Listener listener;
    Source accepting;
    std::vector<std::unique_ptr<Bus>> peers;
    int closed = 0;
};

TEST(BusTest, AnswersCallsBetweenPeersWithoutABusAndNoticesTheEndOfAClient)
{
    Folder folder;
    std::string const path = folder.path / "run" / "broker";
    Doubler doubler(path);
    std::thread client([&] {
        Bus bus = Bus::connect(path).value();
        Message call = bus.method_call("", "/doubler", "org.latchkey.Doubler", "Double");
        call.write(std::uint32_t{21});
        Answer<Message> answer = bus.call(call);
        ASSERT_TRUE(answer) << answer.error().message;
        EXPECT_EQ(answer->read_uint32(), 42u);

        Message refused = bus.method_call("", "/doubler", "org.latchkey.Doubler", "Double");
        refused.write(std::uint32_t{0});
        answer = bus.call(refused);
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().name, "org.latchkey.Error.InvalidArgument");
        EXPECT_EQ(answer.error().message, "0 has no double");
    });
    EXPECT_TRUE(doubler.loop.run());
    client.join();
    EXPECT_EQ(doubler.closed, 1);
    EXPECT_TRUE(doubler.peers.empty());
}

TEST(ListenerTest, LetsOneBrokerServeAPathAtATimeAndTakesOverWhatADeadOneLeft)
{
    Folder folder;
    std::string const path = folder.path / "broker";
    {
        Listener const first = Listener::open(path).value();
        auto const second = Listener::open(path);
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().code, std::errc::address_in_use);
    }
    EXPECT_FALSE(std::filesystem::exists(path)) << "a stopped broker leaves no socket";
    // What kill -9 leaves: a bound name that nobody listens on.
    Fd const dead(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(dead.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(Bus::connect(path).error().code, std::errc::connection_refused);
    EXPECT_TRUE(Listener::open(path));
}

TEST(ListenerTest, LeavesASocketToTheServiceManagerThatListensThere)
{
    Folder const folder;
    std::string const path = folder.path / "broker";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    Fd const managers(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::bind(managers.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(managers.get(), 1), 0);
    auto const refused = Listener::open(path);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, std::errc::address_in_use);
    {
        auto const broker = Listener::adopt(Fd(::fcntl(managers.get(), F_DUPFD_CLOEXEC, 3)), path);
        ASSERT_TRUE(broker);
        auto const second = Listener::adopt(Fd(::fcntl(managers.get(), F_DUPFD_CLOEXEC, 3)), path);
        ASSERT_FALSE(second) << "it has the lock, whose socket it is";
        EXPECT_EQ(second.error().code, std::errc::address_in_use);
    }
    EXPECT_TRUE(std::filesystem::exists(path)) << "the name is the service manager's";
    EXPECT_TRUE(Bus::connect(path));
}

TEST(ListenerTest, MakesItsFolderPrivate)
{
    Folder folder;
    Listener const listener = Listener::open(folder.path / "run" / "broker").value();
    auto const permissions = std::filesystem::status(folder.path / "run").permissions();
    EXPECT_EQ(permissions, std::filesystem::perms::owner_all);
}

TEST(ListenerTest, SaysWhatToDoAboutAPathThatIsTooLongForASocket)
{
    auto const refused = Listener::open("/tmp/" + std::string(200, 'x') + "/broker");
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().text().find("LATCHKEY_ROOT"), std::string::npos) << refused.error().text();
}

TEST(BusTest, SaysThatNobodyListens)
{
    Folder folder;
    EXPECT_EQ(Bus::connect(folder.path / "broker").error().code, std::errc::no_such_file_or_directory);
}

TEST(PeerTest, NamesTheProcessAtTheOtherEnd)
{
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    Fd const one(ends[0]);
    Fd const other(ends[1]);
    Peer const peer = peer_of(one.get()).value();
    EXPECT_EQ(peer.pid, ::getpid());
    EXPECT_EQ(peer.uid, ::getuid());
    EXPECT_TRUE(peer.pidfd);
    EXPECT_NE(peer.start_time, 0u);
    EXPECT_EQ(parent_of(::getpid()), ::getppid());
    EXPECT_EQ(program_of(::getpid()), std::filesystem::read_symlink("/proc/self/exe"));
    EXPECT_EQ(start_time_of(0), std::nullopt);
}

TEST(EventLoopTest, CallsBackAtItsTimeAndNotAfterTheSourceIsGone)
{
    EventLoop loop = EventLoop::create().value();
    std::string order;
    Source dropped = loop.soon([&] { order += "dropped "; }).value();
    dropped = Source();
    Source timer = loop.at(loop.boot_time() + 2ms, 1us,
                           [&] {
                               order += "timer ";
                               loop.stop(3);
                           })
                       .value();
    Source first = loop.soon([&] { order += "soon "; }).value();
    EXPECT_EQ(loop.run().value(), 3);
    EXPECT_EQ(order, "soon timer ");
}

TEST(EventLoopTest, LetsACallbackDestroyItsOwnSource)
{
    EventLoop loop = EventLoop::create().value();
    Source source;
    source = loop.soon([&, text = std::string(100, 'x')] {
                     source = Source();
                     loop.stop(static_cast<int>(text.size()));
                 })
                 .value();
    EXPECT_EQ(loop.run().value(), 100);
}

TEST(EventLoopTest, KeepsADisarmedTimerQuietUntilItIsRearmed)
{
    EventLoop loop = EventLoop::create().value();
    int fired = 0;
    Source timer = loop.at(std::chrono::microseconds::max(), 1us,
                           [&] {
                               ++fired;
                               loop.stop(0);
                           })
                       .value();
    EXPECT_FALSE(loop.turn(0us).value());
    EXPECT_EQ(fired, 0);
    timer.rearm(loop.boot_time() + 1ms);
    ASSERT_TRUE(loop.run());
    EXPECT_EQ(fired, 1);
}

} // namespace
} // namespace latchkey::ipc
