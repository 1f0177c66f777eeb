// SPDX-License-Identifier: MIT
#include "sources/file_watch.h"
#include "support/temporary_folder.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace latchkey::sources {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class FileWatchTest : public ::testing::Test {
protected:
    void run()
    {
        while (m_loop.turn(0us).value()) {
        }
    }
    test::TemporaryFolder m_root;
    ipc::EventLoop m_loop = ipc::EventLoop::create().value();
    int m_came = 0;
    std::string const m_path = m_root.path("run/dbus/socket");
    FileWatch watch()
    {
        return FileWatch::of(m_loop, m_path, [this] { ++m_came; });
    }
};

TEST_F(FileWatchTest, TellsOfAFileWhoseFoldersWereNotThere)
{
    auto const watching = watch();
    ASSERT_TRUE(watching);
    fs::create_directories(m_root.path("run"));
    run();
    fs::create_directories(m_root.path("run/other"));
    fs::create_directories(m_root.path("run/dbus"));
    run();
    std::ofstream(m_root.path("run/dbus/other"));
    run();
    EXPECT_EQ(m_came, 0);
    std::ofstream{m_path};
    run();
    EXPECT_EQ(m_came, 1);
}

TEST_F(FileWatchTest, TellsOfAFileThatCameTogetherWithItsFolders)
{
    auto const watching = watch();
    fs::create_directories(m_root.path("run/dbus"));
    std::ofstream{m_path};
    run();
    EXPECT_EQ(m_came, 1);
}

TEST_F(FileWatchTest, GoesOnWhenTheFolderIsMadeAgain)
{
    fs::create_directories(m_root.path("run/dbus"));
    auto const watching = watch();
    std::ofstream{m_path};
    run();
    fs::remove_all(m_root.path("run"));
    run();
    EXPECT_EQ(m_came, 1);
    fs::create_directories(m_root.path("run/dbus"));
    run();
    std::ofstream{m_path};
    run();
    EXPECT_EQ(m_came, 2);
}

} // namespace
} // namespace latchkey::sources
