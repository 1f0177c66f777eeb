// SPDX-License-Identifier: MIT
// A hostile task tries to leave its container. What is allowed here decides which ways are closed, and says so.
#include "container/layers.h"
#include "integration/hosts/host_rig.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace latchkey::hosts::test {
namespace {

using container::Layer;
namespace fs = std::filesystem;

ipc::Fd listen_at(std::string const& name, bool abstract)
{
    ipc::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::size_t const from = abstract ? 1 : 0;
    std::ranges::copy(name, address.sun_path + from);
    auto const size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + from + name.size());
    EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr const*>(&address), size), 0);
    EXPECT_EQ(::listen(socket.get(), 8), 0);
    return socket;
}

// What is the user's, and not the app's.
struct Outside {
    explicit Outside(Rig const& rig) : folder(rig.folder.string() + "-outside")
    {
        fs::create_directory(folder);
        std::ofstream(folder + "/secret") << "secret\n";
        std::string name = folder;
        std::ranges::replace(name, '/', '-');
        by_path = listen_at(folder + "/socket", false);
        by_name = listen_at(name, true);
        memory = ::shmget(0x4c4b, 4096, IPC_CREAT | 0600);
    }
    ~Outside()
    {
        ::shmctl(memory, IPC_RMID, nullptr);
        fs::remove_all(folder);
    }

    std::string const folder;
    ipc::Fd by_path;
    ipc::Fd by_name;
    int memory = -1;
};

TEST(Container, HasNoWayOutForAHostileTask)
{
    Rig rig;
    Outside const outside(rig);
    auto const said = rig.completion_of(rig.run("escapes " + std::to_string(::getpid()) + " " + outside.folder));
    auto const contained = rig.hosts->contained(kFamily);
    ASSERT_TRUE(contained);
    // Namespaces may be refused here: what is left closes the same ways.
    if (!contained->has(Layer::Files) || !contained->has(Layer::Calls) ||
        !(contained->has(Layer::Scope) || contained->has(Layer::Pid))) {
        GTEST_SKIP() << "here the container is " << container::describe(*contained) << "; " << said.message.str();
    }
    EXPECT_EQ(said.message.str(), "reached: ");
    EXPECT_FALSE(fs::exists(rig.place.folder + "/escape.tmp"));
}

TEST(Container, HasTheNetworkThatThePackageDeclares)
{
    for (auto const& [network, expected] :
         {std::pair{container::Network::None, "reached: "}, std::pair{container::Network::Outbound, "reached: socket"},
          std::pair{container::Network::Both, "reached: socket bind listen"}}) {
        Rig rig;
        rig.place.network = network;
        auto const said = rig.completion_of(rig.run("serves"));
        auto const contained = rig.hosts->contained(kFamily);
        ASSERT_TRUE(contained);
        if (!contained->has(Layer::Calls)) GTEST_SKIP() << "no filter can be set here";
        EXPECT_EQ(said.message.str(), expected) << container::name_of(network);
    }
}

TEST(Container, IsSaidByDoctor)
{
    Rig rig;
    rig.completion_of(rig.run("nothing"));
    auto const findings = rig.hosts->findings();
    auto const found = std::ranges::find(findings, "task container", &Hosts::Finding::check);
    ASSERT_NE(found, findings.end());
    EXPECT_THAT(found->text, testing::HasSubstr(kFamily));
    auto const contained = rig.hosts->contained(kFamily);
    ASSERT_TRUE(contained);
    EXPECT_THAT(found->text, testing::HasSubstr(container::describe(*contained)));
}

} // namespace
} // namespace latchkey::hosts::test
