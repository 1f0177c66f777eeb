// SPDX-License-Identifier: MIT
#include "taskhost/zygote.h"

#include "taskhost/container.h"
#include "taskhost/host.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

#include <fcntl.h>
#include <latchkey/host_protocol.h>
#include <linux/sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace latchkey::taskhost {

namespace {

constexpr int kStandardOut = 1;
constexpr int kStandardError = 2;
constexpr int kMaxReceived = kZygoteDescriptors + 1;

// What the C library keeps of its only thread and the kernel forgets when it clones: the library's own fork renews it.
struct ThreadRecord {
    int* tid = nullptr;
    void* robust_list = nullptr;
    std::size_t robust_size = 0;
};

ThreadRecord record_of_this_thread()
{
    ThreadRecord record;
    if (::prctl(PR_GET_TID_ADDRESS, &record.tid, 0, 0, 0) != 0) record.tid = nullptr;
    if (::syscall(SYS_get_robust_list, 0, &record.robust_list, &record.robust_size) != 0) record.robust_list = nullptr;
    return record;
}

// A fork whose child is a sibling. The handlers of pthread_atfork are not called: there is no other thread that could
// hold a lock or own anything.
pid_t clone_sibling(ThreadRecord const& record, int cgroup, int& pidfd)
{
#if defined(__SANITIZE_THREAD__)
    // The sanitizer's own thread would be missing in the child.
    (void)record, (void)cgroup, (void)pidfd;
    errno = ENOSYS;
    return -1;
#else
    clone_args arguments{};
    arguments.flags = CLONE_PARENT | CLONE_PIDFD;
    arguments.pidfd = reinterpret_cast<std::uintptr_t>(&pidfd);
    if (record.tid != nullptr) {
        arguments.flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
        arguments.child_tid = reinterpret_cast<std::uintptr_t>(record.tid);
    }
    if (cgroup >= 0) {
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = static_cast<unsigned>(cgroup);
    }
    auto const pid = static_cast<pid_t>(::syscall(SYS_clone3, &arguments, sizeof arguments));
    if (pid == 0 && record.robust_list != nullptr) {
        ::syscall(SYS_set_robust_list, record.robust_list, record.robust_size);
    }
    return pid;
#endif
}

struct Received {
    ZygoteRequest request;
    std::array<int, kMaxReceived> descriptors{};
    int count = 0;

    void close_all()
    {
        for (int i = 0; i < count; ++i)
            ::close(descriptors[static_cast<std::size_t>(i)]);
    }
    bool complete() const
    {
        int const wanted = request.kind == ZygoteRequest::Spare        ? 1
                           : request.kind == ZygoteRequest::IntoCgroup ? kZygoteDescriptors + 1
                                                                       : kZygoteDescriptors;
        return request.version == ZygoteRequest().version && count == wanted;
    }
};

// nullopt: the broker is gone.
std::optional<Received> receive(int control)
{
    Received received;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(kMaxReceived * sizeof(int))> space{};
    iovec data{&received.request, sizeof received.request};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = space.data();
    message.msg_controllen = space.size();
    ssize_t size = 0;
    do {
        size = ::recvmsg(control, &message, MSG_CMSG_CLOEXEC);
    } while (size < 0 && errno == EINTR);
    if (size <= 0) return std::nullopt;
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
        received.count = static_cast<int>((part->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        std::memcpy(received.descriptors.data(), CMSG_DATA(part),
                    static_cast<std::size_t>(received.count) * sizeof(int));
    }
    if (size != static_cast<ssize_t>(sizeof received.request)) received.request.version = 0;
    return received;
}

void answer(int control, ZygoteAnswer const& text, int pidfd)
{
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> space{};
    ZygoteAnswer copy = text;
    iovec data{&copy, sizeof copy};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    if (pidfd >= 0) {
        message.msg_control = space.data();
        message.msg_controllen = space.size();
        cmsghdr* const part = CMSG_FIRSTHDR(&message);
        part->cmsg_level = SOL_SOCKET;
        part->cmsg_type = SCM_RIGHTS;
        part->cmsg_len = CMSG_LEN(sizeof pidfd);
        std::memcpy(CMSG_DATA(part), &pidfd, sizeof pidfd);
    }
    while (::sendmsg(control, &message, MSG_NOSIGNAL) < 0 && errno == EINTR) {
    }
}

// Received descriptors have numbers behind those of the protocol, because these are taken while a zygote lives.
void place(Received const& received)
{
    auto const& from = received.descriptors;
    ::dup2(from[kZygoteLog], kStandardOut);
    ::dup2(from[kZygoteLog], kStandardError);
    ::dup2(from[kZygoteSocket], LATCHKEY_HOST_SOCKET);
    ::dup2(from[kZygoteProgress], LATCHKEY_HOST_PROGRESS);
    ::dup2(from[kZygoteWake], LATCHKEY_HOST_WAKE);
    ::dup2(from[kZygoteBus], LATCHKEY_HOST_BUS);
}

// Nobody waits for a spare, so it takes its time now: what it writes to for the first time the kernel has to copy.
void wait_as_spare(int socket)
{
    ::dup2(socket, LATCHKEY_HOST_SOCKET);
    close_other_descriptors();
    rehearse();
    auto const received = receive(LATCHKEY_HOST_SOCKET);
    if (!received || !received->complete() || received->request.kind == ZygoteRequest::Spare) ::_exit(0);
    place(*received);
}

} // namespace

bool serve_as_zygote()
{
    int const control = ::fcntl(LATCHKEY_HOST_SOCKET, F_DUPFD_CLOEXEC, LATCHKEY_HOST_BUS + 1);
    for (int taken = LATCHKEY_HOST_SOCKET; taken <= LATCHKEY_HOST_BUS; ++taken)
        ::dup2(0, taken);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    ThreadRecord const record = record_of_this_thread();
    for (;;) {
        auto received = receive(control);
        if (!received) return true;
        if (!received->complete()) {
            received->close_all();
            answer(control, {0, EINVAL}, -1);
            continue;
        }
        int pidfd = -1;
        bool const into_cgroup = received->request.kind == ZygoteRequest::IntoCgroup;
        int const cgroup = into_cgroup ? received->descriptors[kZygoteDescriptors] : -1;
        pid_t const pid = clone_sibling(record, cgroup, pidfd);
        if (pid == 0) {
            leave_session();
            if (received->request.kind == ZygoteRequest::Spare) {
                wait_as_spare(received->descriptors[0]);
            } else {
                place(*received);
            }
            close_other_descriptors();
            return false;
        }
        int const error = pid < 0 ? errno : 0;
        received->close_all();
        answer(control, {pid < 0 ? 0 : pid, error}, pidfd);
        if (pidfd >= 0) ::close(pidfd);
    }
}

} // namespace latchkey::taskhost
