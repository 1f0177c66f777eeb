// SPDX-License-Identifier: MIT
#include "packager/containment.h"
#include "support/temporary_folder.h"

#include <cerrno>
#include <fstream>
#include <functional>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace latchkey::packager {
namespace {

// What a child answers that has put up its walls: they are for ever.
int behind_walls(Walls const& walls, std::function<int()> const& look)
{
    pid_t const child = ::fork();
    if (child == 0) {
        contain(walls);
        ::_exit(look());
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int open_error(std::string const& path, int flags)
{
    int const opened = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
    return opened < 0 ? errno : 0;
}

TEST(Containment, ReadsOneThingAndWritesOneFolder)
{
    if (::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) < 1)
        GTEST_SKIP() << "this kernel has no Landlock";
    test::TemporaryFolder const root;
    root.put("source/file", "1");
    root.put("target/file", "2");
    root.put("other", "3");
    Walls const walls{root.path("source"), root.path("target")};
    auto const error_of = [&](std::string const& path, int flags) {
        return behind_walls(walls, [&] { return open_error(root.path(path), flags); });
    };
    EXPECT_EQ(error_of("source/file", O_RDONLY), 0);
    EXPECT_EQ(error_of("source/file", O_WRONLY), EACCES);
    EXPECT_EQ(error_of("source/new", O_WRONLY | O_CREAT), EACCES);
    EXPECT_EQ(error_of("target/new", O_WRONLY | O_CREAT), 0);
    EXPECT_EQ(error_of("other", O_RDONLY), EACCES);
    EXPECT_EQ(behind_walls(walls, [] { return open_error("/etc/passwd", O_RDONLY); }), EACCES);
    // Out of its folder, by a name or by a move.
    EXPECT_NE(behind_walls(walls,
                           [&] {
                               return ::rename(root.path("target/file").c_str(), root.path("moved").c_str()) == 0
                                          ? 0
                                          : errno;
                           }),
              0);
    EXPECT_EQ(behind_walls({root.path("other"), ""}, [&] { return open_error(root.path("other"), O_RDONLY); }), 0);
}

TEST(Containment, StartsNothingAndConnectsToNothing)
{
    if (kSanitized) GTEST_SKIP() << "sanitizers need calls that are forbidden";
    if (::prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0) GTEST_SKIP() << "this kernel has no seccomp";
    EXPECT_EQ(behind_walls({}, [] { return ::socket(AF_INET, SOCK_STREAM, 0) < 0 ? errno : 0; }), EPERM);
    EXPECT_EQ(behind_walls({}, [] { return ::fork() < 0 ? errno : 0; }), EPERM);
    EXPECT_EQ(behind_walls({}, [] { return ::execl("/bin/true", "true", nullptr) < 0 ? errno : 0; }), EPERM);
    EXPECT_EQ(behind_walls({}, [] { return ::kill(::getppid(), 0) < 0 ? errno : 0; }), EPERM);
    EXPECT_EQ(behind_walls({}, [] { return ::tgkill(::getppid(), ::getppid(), 0) < 0 ? errno : 0; }), EPERM);
    rlimit limit{};
    EXPECT_EQ(behind_walls({}, [&] { return ::prlimit(::getppid(), RLIMIT_NOFILE, nullptr, &limit) < 0 ? errno : 0; }),
              EPERM);
}

TEST(Containment, GainsNoPrivilegesAndHasLimits)
{
    EXPECT_EQ(behind_walls({"/proc", ""},
                           [] {
                               std::ifstream status("/proc/self/status");
                               for (std::string line; std::getline(status, line);)
                                   if (line == "NoNewPrivs:\t1") return 0;
                               return 1;
                           }),
              0);
    EXPECT_EQ(behind_walls({},
                           [] {
                               rlimit cores{1, 1};
                               rlimit cpu{};
                               (void)::getrlimit(RLIMIT_CORE, &cores);
                               (void)::getrlimit(RLIMIT_CPU, &cpu);
                               return cores.rlim_max == 0 && cpu.rlim_max < 1'000 ? 0 : 1;
                           }),
              0);
}

} // namespace
} // namespace latchkey::packager
