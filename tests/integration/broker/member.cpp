// SPDX-License-Identifier: MIT
// A program that tests put into a package: whatever connects from here has the identity of that package. It connects to
// the socket named by its first argument, hands the connection over descriptor 3 to the test and lives until its input
// ends: a peer is known only while it lives.
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int count, char** words)
{
    if (count != 2) return 2;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, words[1], sizeof address.sun_path - 1);
    int const connection = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return 1;

    char byte = 'c';
    iovec part{&byte, 1};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))]{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &connection, sizeof connection);
    if (::sendmsg(3, &message, 0) != 1) return 1;
    ::close(connection);
    while (::read(0, &byte, 1) > 0) {
    }
    return 0;
}
