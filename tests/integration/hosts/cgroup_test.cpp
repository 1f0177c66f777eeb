// SPDX-License-Identifier: MIT
// With a cgroup of its own the broker reaches everything that a task started, wherever it went. Root makes one here;
// elsewhere systemd gives it.
#include "hosts/process_tree.h"
#include "integration/hosts/host_rig.h"

#include <algorithm>
#include <fstream>

#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace latchkey::hosts::test {
namespace {

namespace fs = std::filesystem;

// In a process of its own, which is in a cgroup that is marked as given away.
void in_own_cgroup(std::function<bool()> const& test)
{
    fs::path mount;
    for (char const* const place : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
        if (fs::exists(fs::path(place) / "cgroup.procs")) mount = place;
    }
    fs::path const folder = mount / ("latchkey-test-" + std::to_string(::getpid()));
    if (mount.empty() || ::mkdir(folder.c_str(), 0755) != 0) GTEST_SKIP() << "no cgroup can be made here";
    if (::setxattr(folder.c_str(), "user.delegate", "1", 1, 0) != 0) {
        fs::remove(folder);
        GTEST_SKIP() << "cgroups cannot be marked here";
    }
    constexpr uid_t kNobody = 65534; // whom the rig becomes
    for (char const* const file : {"", "cgroup.procs", "cgroup.threads", "cgroup.subtree_control"}) {
        if (::geteuid() == 0) (void)!::chown((folder / file).c_str(), kNobody, kNobody);
    }
    pid_t const child = ::fork();
    if (child == 0) {
        std::ofstream(folder / "cgroup.procs") << ::getpid();
        ::_exit(test() ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(::rmdir(folder.c_str()), 0) << "something is left in it";
}

std::size_t hosts_below(Rig& rig)
{
    for (auto const& finding : rig.hosts->findings()) {
        if (finding.check != "cgroups" || !finding.ok) continue;
        std::string const folder = finding.text.substr(finding.text.find('/'));
        auto const entries = fs::directory_iterator(folder);
        return static_cast<std::size_t>(std::ranges::count_if(entries, [](auto const& e) { return e.is_directory(); }));
    }
    return 99;
}

TEST(HostCgroup, HoldsWhatTheTaskForkedUntilAllOfItIsKilled)
{
    in_own_cgroup([] {
        Rig rig;
        rig.run("forks");
        pid_t const pid = static_cast<pid_t>(rig.start_of(rig.last_host).pid);
        bool fine = rig.turn_until([&] { return tree_below(pid).size() == 8; }) && hosts_below(rig) == 1;
        auto const tree = tree_below(pid);
        fine =
            fine && std::ranges::all_of(tree, [&](auto const& p) { return rig.hosts->package_of(p.pid) == kFamily; });
        rig.hosts->terminate({rig.last_host});
        rig.exit_of(rig.last_host);
        return fine && rig.turn_until([&] { return hosts_below(rig) == 0; }) &&
               std::ranges::none_of(tree, [](auto const& p) {
                   auto const now = process_info(p.pid);
                   return now && now->start_ticks == p.start_ticks && !now->ended();
               });
    });
}

TEST(HostCgroup, IsCountedAsAWholeAndCanBeKilledWhileItIsFrozen)
{
    in_own_cgroup([] {
        using namespace std::chrono_literals;
        Rig rig;
        auto const host = rig.start_host();
        rig.hosts->set_budget({core::SharedText(kFamily), 300ms});
        rig.run_in(host, rig.words("spins in a child"));
        core::Duration used{};
        bool const told = rig.wait_for<core::event::CpuUsed>([&](auto const& event) {
                                 used += event.cpu;
                                 return used >= 300ms;
                             })
                              .has_value();
        rig.hosts->freeze({host});
        rig.hosts->terminate({host});
        rig.exit_of(host);
        return told && rig.turn_until([&] { return hosts_below(rig) == 0; });
    });
}

TEST(HostCgroup, IsTakenAwayWhenTheTaskHasEnded)
{
    in_own_cgroup([] {
        Rig rig;
        bool const ran = rig.completion_of(rig.run("leaves")).result == 0;
        rig.hosts->stop({rig.last_host});
        rig.exit_of(rig.last_host);
        return ran && rig.turn_until([&] { return hosts_below(rig) == 0; });
    });
}

} // namespace
} // namespace latchkey::hosts::test
