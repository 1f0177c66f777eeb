// SPDX-License-Identifier: MIT
#pragma once

// The broker's private socket: a name in a folder that only the user can enter. One broker at a time has it; a socket
// that a killed broker left behind is taken over, one that a living broker serves is not.

#include "ipc/fd.h"
#include "ipc/io.h"

#include <chrono>
#include <string>

#include <sys/types.h>

namespace latchkey::ipc {

// How long a broker whose place is taken may need for its clean end, and then for its end.
inline constexpr std::chrono::seconds kTakeOverPatience{10};
inline constexpr std::chrono::seconds kTakeOverEnd{5};

class Listener {
public:
    // Makes the folder (0700) when needed, locks path + ".lock" and listens at path.
    // std::errc::address_in_use: another broker has the lock, or systemd listens there. filename_too_long: the path
    // does not fit a socket address (107 bytes); the text says what to set instead.
    static Io<Listener> open(std::string const& path);
    // A socket at path that systemd listens on already. The lock is taken all the same: whoever has it is the broker.
    // A broker that has it, because a client started it before systemd listened, is told to end and waited for:
    // nobody can reach it any more.
    static Io<Listener> adopt(Fd socket, std::string const& path);

    Listener(Listener&&) noexcept = default;
    Listener& operator=(Listener&&) noexcept = default;
    // Removes the name, so that clients see at once that nobody listens; not that of another socket in its place.
    ~Listener();

    int fd() const { return m_socket.get(); }
    // The next waiting connection; empty when none waits. The socket is non-blocking.
    Io<Fd> accept();

private:
    Listener() = default;
    Io<void> lock(std::string const& path);
    Io<void> take_over(std::string const& path);
    void sign();
    Fd m_socket;
    Fd m_lock;
    std::string m_path; // empty when adopted
    dev_t m_device = 0; // of the name in the file system
    ino_t m_inode = 0;
};

} // namespace latchkey::ipc
