// SPDX-License-Identifier: MIT
#include "integration/hosts/escapes.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <dirent.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

namespace latchkey::hosts::test {

namespace {

bool opens(std::string const& path, int flags)
{
    int const file = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
    if (file >= 0) ::close(file);
    return file >= 0;
}

bool lists(std::string const& path)
{
    DIR* const folder = ::opendir(path.c_str());
    if (folder != nullptr) ::closedir(folder);
    return folder != nullptr;
}

bool makes_socket(int family, int type)
{
    int const made = ::socket(family, type, 0);
    if (made >= 0) ::close(made);
    return made >= 0;
}

bool connects(std::string const& name, bool abstract)
{
    int const socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::size_t const from = abstract ? 1 : 0;
    std::copy_n(name.begin(), std::min(name.size(), sizeof address.sun_path - 2), address.sun_path + from);
    auto const size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + from + name.size());
    bool const done = socket >= 0 && ::connect(socket, reinterpret_cast<sockaddr const*>(&address), size) == 0;
    if (socket >= 0) ::close(socket);
    return done;
}

bool called(long result)
{
    return result >= 0;
}

// The child, where there is one, is gone at once.
bool cloned(long result)
{
    if (result == 0) ::_exit(0);
    return result > 0;
}

bool reads_memory_of(int broker)
{
    char word = 0;
    iovec here{&word, 1};
    iovec there{&word, 1};
    return called(::process_vm_readv(broker, &here, 1, &there, 1, 0));
}

#if defined(__x86_64__)
bool answers_32_bit_call()
{
    long result = 20; // getpid
    asm volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
    return result > 0;
}
#endif

} // namespace

std::string try_to_escape(std::string const& outside, int broker)
{
    std::string reached;
    auto const tried = [&](char const* name, bool succeeded) {
        if (succeeded) reached += std::string(reached.empty() ? "" : ", ") + name;
    };
    tried("read a file of the user", opens(outside + "/secret", O_RDONLY));
    tried("write a file of the user", opens(outside + "/secret", O_WRONLY));
    tried("list a folder of the user", lists(outside));
    tried("write the package", opens("escape.tmp", O_WRONLY | O_CREAT)); // the working folder is the package's
    tried("write a program", opens("/usr/escape", O_WRONLY | O_CREAT));
    tried("see the machine's processes", opens("/proc/" + std::to_string(broker) + "/environ", O_RDONLY));
    tried("read /sys", lists("/sys/class"));
    tried("open a terminal", opens("/dev/tty", O_RDWR));
    tried("connect to a socket by path", connects(outside + "/socket", false));
    std::string abstract = outside;
    std::ranges::replace(abstract, '/', '-');
    tried("connect to an abstract socket", connects(abstract, true));
    tried("IPv4", makes_socket(AF_INET, SOCK_STREAM) || makes_socket(AF_INET, SOCK_DGRAM));
    tried("IPv6", makes_socket(AF_INET6, SOCK_STREAM));
    tried("netlink", makes_socket(AF_NETLINK, SOCK_RAW));
    tried("packets", makes_socket(AF_PACKET, SOCK_RAW));
    tried("vsock", makes_socket(AF_VSOCK, SOCK_STREAM));
    std::array<std::uint64_t, 32> parameters{};
    tried("io_uring", called(::syscall(SYS_io_uring_setup, 4, parameters.data())));
    tried("signal the broker", ::kill(broker, 0) == 0);
    tried("trace the broker", called(::syscall(SYS_ptrace, PTRACE_SEIZE, broker, 0, 0)));
    tried("read memory of the broker", reads_memory_of(broker));
    tried("add a key", called(::syscall(SYS_add_key, "user", "escape", "x", 1, -2)));
    tried("use keys", called(::syscall(SYS_keyctl, 0, -3, 0)));
    tried("mount", ::mount("x", "/tmp", "tmpfs", 0, nullptr) == 0);
    tried("copy a mount", called(::syscall(SYS_open_tree, AT_FDCWD, "/", 1)));
    tried("change the root", ::chroot("/") == 0);
    tried("unshare", called(::syscall(SYS_unshare, CLONE_NEWUSER)));
    tried("clone into a namespace", cloned(::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0)));
    tried("clone a child of the broker", cloned(::syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0)));
    clone_args arguments{};
    arguments.flags = CLONE_NEWUSER;
    arguments.exit_signal = SIGCHLD;
    tried("clone3 into a namespace", cloned(::syscall(SYS_clone3, &arguments, sizeof arguments)));
    tried("enter a namespace", called(::syscall(SYS_setns, 0, 0)));
    tried("bpf", called(::syscall(SYS_bpf, 0, parameters.data(), 32)));
    tried("perf", called(::syscall(SYS_perf_event_open, parameters.data(), 0, -1, -1, 0)));
    tried("userfaultfd", called(::syscall(SYS_userfaultfd, 1)));
    tried("shared memory of others", ::shmget(0x4c4b, 0, 0) >= 0);
#if defined(__x86_64__)
    tried("a call of x32", called(::syscall(0x40000000L | SYS_getpid)));
    tried("a call of 32-bit programs", answers_32_bit_call());
#endif
    return reached;
}

std::string try_to_serve()
{
    int const socket = ::socket(AF_INET, SOCK_STREAM, 0);
    if (socket < 0) return {};
    std::string reached = "socket";
    sockaddr_in address{};
    address.sin_family = AF_INET;
    if (::bind(socket, reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0) reached += " bind";
    if (::listen(socket, 1) == 0) reached += " listen";
    ::close(socket);
    return reached;
}

} // namespace latchkey::hosts::test
