// SPDX-License-Identifier: MIT
#include "ipc/listener.h"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace latchkey::ipc {

namespace {

constexpr int kBacklog = 128;

// With the lock held, only a service manager can: its socket must not be taken away from it.
bool somebody_listens(sockaddr_un const& address)
{
    Fd const socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    return socket && (::connect(socket.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0 ||
                      errno == EAGAIN); // its queue is full
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
    if (::listen(listener.m_socket.get(), kBacklog) != 0) {
        return io_error(errno, "listen at " + path);
    }
    return listener;
}

Io<Listener> Listener::adopt(Fd socket, std::string const& path)
{
    Listener listener;
    if (auto const locked = listener.lock(path); !locked) return tl::unexpected(locked.error());
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
    return {};
}

Listener::~Listener()
{
    if (m_socket && !m_path.empty()) {
        ::unlink(m_path.c_str());
    }
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
