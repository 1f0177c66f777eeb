// SPDX-License-Identifier: MIT
#include "packager/containment.h"

#include "packages/files/digest.h"

#include <array>
#include <cstdint>
#include <initializer_list>

#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace latchkey::packager {

namespace {

constexpr rlim_t kMaxCpuSeconds = 120;
constexpr rlim_t kMaxFileBytes = rlim_t{2} << 30;
constexpr rlim_t kMaxAddressBytes = rlim_t{8} << 30; // a mapped package and what is made of it
constexpr rlim_t kMaxDescriptors = 512;

void limit(__rlimit_resource resource, rlim_t value)
{
    rlimit const bounds{value, value};
    (void)::setrlimit(resource, &bounds);
}

void limit_resources()
{
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, kMaxCpuSeconds);
    limit(RLIMIT_FSIZE, kMaxFileBytes);
    limit(RLIMIT_NOFILE, kMaxDescriptors);
    if (!kSanitized) limit(RLIMIT_AS, kMaxAddressBytes);
}

constexpr std::uint64_t kRead = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kWrite = kRead | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                                 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
                                 LANDLOCK_ACCESS_FS_MAKE_REG;
// Everything that the first version of Landlock knows; making links, devices, sockets and running programs are in it.
constexpr std::uint64_t kAll = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
// Moving between folders is forbidden unless it is asked for (version 2).
constexpr std::uint64_t kMove = std::uint64_t{1} << 13;

void allow(int rules, std::string const& path, std::uint64_t access)
{
    if (path.empty()) return;
    int const place = ::open(path.c_str(), O_PATH | O_CLOEXEC);
    if (place < 0) return;
    struct stat status {};
    // Rules for a file may not speak of folders.
    if (::fstat(place, &status) == 0 && !S_ISDIR(status.st_mode)) access &= LANDLOCK_ACCESS_FS_READ_FILE;
    landlock_path_beneath_attr const rule{access, place};
    (void)::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    ::close(place);
}

void wall_in_files(Walls const& walls)
{
    long const version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) return;
    std::uint64_t const move = version >= 2 ? kMove : 0;
    landlock_ruleset_attr const all{kAll | move};
    long const rules = ::syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
    if (rules < 0) return;
    allow(static_cast<int>(rules), walls.readable, kRead);
    allow(static_cast<int>(rules), walls.writable, kWrite | move);
    (void)::syscall(SYS_landlock_restrict_self, static_cast<int>(rules), 0);
    ::close(static_cast<int>(rules));
}

// What reading, writing and deleting files, and ending, need. Everything else fails with EPERM, so that what a library
// merely tries (a terminal's size, a locale) is no reason to die.
constexpr std::initializer_list<int> kSystemCalls{
    SCMP_SYS(read),
    SCMP_SYS(pread64),
    SCMP_SYS(readv),
    SCMP_SYS(write),
    SCMP_SYS(pwrite64),
    SCMP_SYS(writev),
    SCMP_SYS(open),
    SCMP_SYS(openat),
    SCMP_SYS(close),
    SCMP_SYS(fstat),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(fstatat64),
    SCMP_SYS(statx),
    SCMP_SYS(lseek),
    SCMP_SYS(_llseek),
    SCMP_SYS(mmap),
    SCMP_SYS(mmap2),
    SCMP_SYS(munmap),
    SCMP_SYS(mprotect),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    SCMP_SYS(futex),
    SCMP_SYS(getdents64),
    SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat),
    SCMP_SYS(chmod),
    SCMP_SYS(fchmod),
    SCMP_SYS(fchmodat),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(rmdir),
    SCMP_SYS(fsync),
    SCMP_SYS(fdatasync),
    SCMP_SYS(syncfs),
    SCMP_SYS(ftruncate),
    SCMP_SYS(getrandom),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(sendto),
    SCMP_SYS(recvfrom),
    SCMP_SYS(fcntl),
    SCMP_SYS(fcntl64),
    SCMP_SYS(dup),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(getcwd),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(sched_yield),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(sysinfo),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(copy_file_range),
    SCMP_SYS(sendfile),
    SCMP_SYS(fallocate),
};

void wall_in_system_calls()
{
    scmp_filter_ctx const filter = ::seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (filter == nullptr) return;
    bool complete = true;
    for (int const call : kSystemCalls)
        complete = (::seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0) == 0 || call < 0) && complete;
    // What ends by a signal of its own, or asks for its limits, does that to itself and to nobody else.
    auto const only = [&](int call, scmp_datum_t process) {
        scmp_arg_cmp const itself = SCMP_A0(SCMP_CMP_EQ, process);
        complete = ::seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &itself) == 0 && complete;
    };
    only(SCMP_SYS(tgkill), static_cast<scmp_datum_t>(::getpid()));
    only(SCMP_SYS(prlimit64), 0);
    if (complete) (void)::seccomp_load(filter);
    ::seccomp_release(filter);
}

} // namespace

void contain(Walls const& walls)
{
    limit_resources();
    (void)::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    (void)::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    // libcrypto reads its configuration when it is first used; later it could not.
    (void)packages::sha256({});
    wall_in_files(walls);
    if (!kSanitized) wall_in_system_calls();
}

} // namespace latchkey::packager
