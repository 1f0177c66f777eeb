// SPDX-License-Identifier: MIT
#include "ipc/listener.h"

#include "ipc/peer.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

namespace latchkey::ipc {

namespace {

constexpr int kBacklog = 128;
constexpr int kMaxLockTries = 100;
constexpr std::chrono::milliseconds kLockPause{20};

// With the lock held, only a service manager can: its socket must not be taken away from it.
bool somebody_listens(sockaddr_un const& address)
{
    Fd const socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    return socket && (::connect(socket.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0 ||
                      errno == EAGAIN); // its queue is full
}

void pidfd_send_signal(int pidfd, int signal)
{
    ::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0);
}

bool ended_within(int pidfd, std::chrono::milliseconds patience)
{
    pollfd waiting{pidfd, POLLIN, 0};
    return ::poll(&waiting, 1, static_cast<int>(patience.count())) == 1;
}

// The process that signed the lock; empty when it is no broker of this user (any more).
Fd holder_of(int lock)
{
    std::array<char, 16> text{};
    ssize_t const size = ::pread(lock, text.data(), text.size(), 0);
    pid_t pid = 0;
    if (size <= 0 || std::from_chars(text.data(), text.data() + size, pid).ec != std::errc() || pid <= 1) return Fd();
    Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    struct stat owner {};
    bool const broker = process && std::filesystem::path(program_of(pid)).filename() == "latchkeyd" &&
                        ::stat(("/proc/" + std::to_string(pid)).c_str(), &owner) == 0 && owner.st_uid == ::geteuid();
    return broker ? std::move(process) : Fd();
}

} // namespace

Io<Listener> Listener::open(std::string const& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) {
        return io_error(ENAMETOOLONG, "listen at " + path +
                                          " (a socket's path has at most 107 bytes; set LATCHKEY_ROOT"
                                          " or XDG_RUNTIME_DIR to a shorter folder)");
    }
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);

    std::string const folder = std::filesystem::path(path).parent_path();
    std::error_code failure;
    std::filesystem::create_directories(folder, failure);
    if (failure) {
        return io_error(failure.value(), "make the folder " + folder);
    }
    // Only the user may enter; the folder may be older than this rule.
    if (::chmod(folder.c_str(), 0700) != 0) {
        return io_error(errno, "make " + folder + " private");
    }

    Listener listener;
    if (auto const locked = listener.lock(path); !locked) return tl::unexpected(locked.error());
    if (somebody_listens(address)) {
        return io_error(EADDRINUSE, "listen at " + path + " (a service manager does, and starts the broker)");
    }
    listener.m_socket = Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!listener.m_socket) {
        return io_error(errno, "make a socket");
    }
    // A socket that is there belongs to nobody any more.
    ::unlink(path.c_str());
    if (::bind(listener.m_socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        return io_error(errno, "bind " + path);
    }
    listener.m_path = path;
    struct stat name {};
    if (::stat(path.c_str(), &name) == 0) {
        listener.m_device = name.st_dev;
        listener.m_inode = name.st_ino;
    }
    if (::listen(listener.m_socket.get(), kBacklog) != 0) {
        return io_error(errno, "listen at " + path);
    }
    return listener;
}

Io<Listener> Listener::adopt(Fd socket, std::string const& path)
{
    Listener listener;
    if (auto const locked = listener.take_over(path); !locked) return tl::unexpected(locked.error());
    listener.m_socket = std::move(socket);
    int const flags = ::fcntl(listener.m_socket.get(), F_GETFL);
    ::fcntl(listener.m_socket.get(), F_SETFL, flags | O_NONBLOCK);
    return listener;
}

Io<void> Listener::lock(std::string const& path)
{
    m_lock = Fd(::open((path + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!m_lock) {
        return io_error(errno, "open " + path + ".lock");
    }
    if (::flock(m_lock.get(), LOCK_EX | LOCK_NB) != 0) {
        return io_error(EADDRINUSE, "listen at " + path + " (another broker has " + path + ".lock)");
    }
    sign();
    return {};
}

// Who has the lock, for whoever must take its place.
void Listener::sign()
{
    std::string const number = std::to_string(::getpid()) + "\n";
    if (::ftruncate(m_lock.get(), 0) == 0) (void)!::pwrite(m_lock.get(), number.data(), number.size(), 0);
}

Io<void> Listener::take_over(std::string const& path)
{
    Io<void> locked = lock(path);
    if (locked || locked.error().code != std::errc::address_in_use) return locked;
    Fd const other = holder_of(m_lock.get());
    if (!other) return locked;
    for (auto const patience : {kTakeOverPatience, kTakeOverEnd}) { // asked twice it ends at once
        pidfd_send_signal(other.get(), SIGTERM);
        if (ended_within(other.get(), patience)) break;
    }
    // A process that it was just making may hold the lock for a moment longer.
    for (int tries = 0; tries < kMaxLockTries && !locked; ++tries) {
        locked = lock(path);
        if (!locked) ::poll(nullptr, 0, static_cast<int>(kLockPause.count()));
    }
    return locked;
}

Listener::~Listener()
{
    if (!m_socket || m_path.empty()) return;
    struct stat name {};
    bool const ours = ::stat(m_path.c_str(), &name) == 0 && name.st_dev == m_device && name.st_ino == m_inode;
    if (ours) ::unlink(m_path.c_str());
}

Io<Fd> Listener::accept()
{
    Fd connection(::accept4(m_socket.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (connection) return connection;
    bool const none = errno == EAGAIN || errno == EWOULDBLOCK || errno == ECONNABORTED || errno == EINTR;
    if (none) return Fd();
    return io_error(errno, "accept a connection");
}

} // namespace latchkey::ipc
