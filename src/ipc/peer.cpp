// SPDX-License-Identifier: MIT
#include "ipc/peer.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

namespace latchkey::ipc {

namespace {

// Field number n (from 3 on) of /proc/PID/stat. The second field is the program's name in brackets and may hold
// anything, so counting begins behind the last bracket.
std::optional<std::uint64_t> stat_field(pid_t pid, int n)
{
    Fd const file(::open(fmt::format("/proc/{}/stat", pid).c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, 1024> buffer{};
    ssize_t const size = file ? ::read(file.get(), buffer.data(), buffer.size()) : -1;
    if (size <= 0) return std::nullopt;
    std::string_view text(buffer.data(), static_cast<std::size_t>(size));
    std::size_t at = text.rfind(')');
    for (int field = 2; field < n && at != std::string_view::npos; ++field) {
        at = text.find(' ', at + 1);
    }
    std::uint64_t value = 0;
    if (at == std::string_view::npos ||
        std::from_chars(text.data() + at + 1, text.data() + text.size(), value).ec != std::errc{}) {
        return std::nullopt;
    }
    return value;
}

} // namespace

Io<Peer> peer_of(int socket)
{
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
        return io_error(errno, "ask for the peer of a socket");
    }
    Peer peer{credentials.pid, credentials.uid, credentials.gid, Fd(), 0};
    int pidfd = -1;
    size = sizeof pidfd;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &size) == 0) {
        peer.pidfd = Fd(pidfd);
    } else {
        peer.pidfd = Fd(static_cast<int>(::syscall(SYS_pidfd_open, credentials.pid, 0)));
    }
    peer.start_time = start_time_of(peer.pid).value_or(0);
    return peer;
}

std::optional<std::uint64_t> start_time_of(pid_t pid)
{
    return stat_field(pid, 22);
}

std::optional<pid_t> parent_of(pid_t pid)
{
    auto const parent = stat_field(pid, 4);
    if (!parent) return std::nullopt;
    return static_cast<pid_t>(*parent);
}

std::string program_of(pid_t pid)
{
    std::vector<char> path(4096);
    ssize_t const size = ::readlink(fmt::format("/proc/{}/exe", pid).c_str(), path.data(), path.size());
    if (size <= 0 || static_cast<std::size_t>(size) == path.size()) return {};
    std::string_view text(path.data(), static_cast<std::size_t>(size));
    constexpr std::string_view kDeleted = " (deleted)";
    if (text.ends_with(kDeleted)) {
        text.remove_suffix(kDeleted.size());
    }
    return std::string(text);
}

} // namespace latchkey::ipc
