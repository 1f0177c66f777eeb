// SPDX-License-Identifier: MIT
#include "packager/tree.h"
#include "support/temporary_folder.h"

#include <filesystem>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace latchkey::packager {
namespace {

namespace fs = std::filesystem;

mode_t mode_of(std::string const& path)
{
    struct stat status {};
    EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
    return status.st_mode & 07777;
}

TEST(EmptyTree, DeletesWhatNobodyMayWriteAndLeavesWhatLinksPointTo)
{
    test::TemporaryFolder const root;
    root.put("outside/keep", "1");
    root.put("tree/a/b/file", "2");
    fs::create_directory_symlink(root.path("outside"), root.path("tree/a/link"));
    fs::create_symlink("/etc/passwd", root.path("tree/passwd"));
    ASSERT_EQ(::mkfifo(root.path("tree/a/pipe").c_str(), 0600), 0);
    fs::permissions(root.path("tree/a/b"), fs::perms::none);
    fs::permissions(root.path("tree/a"), fs::perms::owner_read | fs::perms::owner_exec);
    auto const gone = empty_tree(root.path("tree"));
    ASSERT_TRUE(gone) << gone.error().text();
    EXPECT_TRUE(fs::is_empty(root.path("tree")));
    EXPECT_EQ(root.content("outside/keep"), "1");
}

TEST(EmptyTree, DeletesATreeThatIsDeeperThanThereAreDescriptors)
{
    test::TemporaryFolder const root;
    fs::create_directory(root.path("tree"));
    int at = ::open(root.path("tree").c_str(), O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < 300; ++i) {
        ASSERT_EQ(::mkdirat(at, "d", 0700), 0);
        int const below = ::openat(at, "d", O_RDONLY | O_DIRECTORY);
        ::close(at);
        at = below;
    }
    ::close(at);
    auto const gone = empty_tree(root.path("tree"));
    ASSERT_TRUE(gone) << gone.error().text();
    EXPECT_TRUE(fs::is_empty(root.path("tree")));
}

TEST(EmptyTree, IsDoneWhenThereIsNothing)
{
    test::TemporaryFolder const root;
    EXPECT_TRUE(empty_tree(root.path("nothing")));
    root.put("file", "");
    EXPECT_FALSE(empty_tree(root.path("file")));
}

TEST(SealTree, LeavesNothingWritableAndKeepsProgramsExecutable)
{
    test::TemporaryFolder const root;
    fs::permissions(root.put("tree/bin/app", "x"), fs::perms::owner_all);
    root.put("tree/AppxManifest.xml", "<Package/>");
    ASSERT_TRUE(seal_tree(root.path("tree")));
    EXPECT_EQ(mode_of(root.path("tree")), 0555U);
    EXPECT_EQ(mode_of(root.path("tree/bin")), 0555U);
    EXPECT_EQ(mode_of(root.path("tree/bin/app")), 0555U);
    EXPECT_EQ(mode_of(root.path("tree/AppxManifest.xml")), 0444U);
}

} // namespace
} // namespace latchkey::packager
