// SPDX-License-Identifier: MIT
#include "taskhost/zygote.h"

#include "container/plan.h"
#include "container/syscall_filter.h"
#include "taskhost/container.h"
#include "taskhost/host.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>

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
    std::string plan;
    std::array<int, kMaxReceived> descriptors{};
    int count = 0;

    void close_all()
    {
        for (int i = 0; i < count; ++i)
            ::close(descriptors[static_cast<std::size_t>(i)]);
    }
    bool complete() const
    {
        bool const is_socket = request.kind == ZygoteRequest::Spare || request.kind == ZygoteRequest::App;
        int const wanted = is_socket                                   ? 1
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
    static std::array<char, container::kMaxPlanBytes> plan;
    std::array<iovec, 2> data{iovec{&received.request, sizeof received.request}, iovec{plan.data(), plan.size()}};
    msghdr message{};
    message.msg_iov = data.data();
    message.msg_iovlen = data.size();
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
    constexpr auto kHead = static_cast<ssize_t>(sizeof received.request);
    bool const has_plan = received.request.kind == ZygoteRequest::App;
    if (size < kHead || (size > kHead) != has_plan) received.request.version = 0;
    if (size > kHead) received.plan.assign(plan.data(), static_cast<std::size_t>(size - kHead));
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

// What a zygote knows of itself.
struct Zygote {
    int control = -1;
    std::uint32_t allowed_namespaces = 0;
    std::optional<container::Achieved> contained; // it is an app's
};

// The clone of the first zygote that becomes an app's.
void become_apps(Zygote& zygote, Received const& received)
{
    auto const plan = container::plan_of(received.plan);
    if (!plan) ::_exit(EXIT_FAILURE);
    ::close(zygote.control);
    zygote.control = received.descriptors[0];
    auto const entered = enter_container(*plan, zygote.allowed_namespaces, container::First::Make, zygote.control);
    zygote.contained = entered.achieved;
    answer(zygote.control, {entered.first, 0, entered.achieved.layers, entered.achieved.landlock}, entered.first_pidfd);
    if (entered.first_pidfd >= 0) ::close(entered.first_pidfd);
}

void become_host(Received const& received)
{
    leave_session();
    container::filter_clones();
    if (received.request.kind == ZygoteRequest::Spare) {
        wait_as_spare(received.descriptors[0]);
    } else {
        place(received);
    }
    close_other_descriptors();
}

bool may_be_asked(Zygote const& zygote, Received const& received)
{
    return received.complete() && (received.request.kind == ZygoteRequest::App) != zygote.contained.has_value();
}

} // namespace

std::optional<container::Achieved> serve_as_zygote()
{
    Zygote zygote;
    zygote.control = ::fcntl(LATCHKEY_HOST_SOCKET, F_DUPFD_CLOEXEC, LATCHKEY_HOST_BUS + 1);
    for (int taken = LATCHKEY_HOST_SOCKET; taken <= LATCHKEY_HOST_BUS; ++taken)
        ::dup2(0, taken);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    zygote.allowed_namespaces = container::allowed_namespaces();
    ThreadRecord const record = record_of_this_thread();
    for (;;) {
        auto received = receive(zygote.control);
        if (!received) return std::nullopt;
        if (!may_be_asked(zygote, *received)) {
            received->close_all();
            answer(zygote.control, {0, EINVAL, 0, 0}, -1);
            continue;
        }
        int pidfd = -1;
        bool const into_cgroup = received->request.kind == ZygoteRequest::IntoCgroup;
        int const cgroup = into_cgroup ? received->descriptors[kZygoteDescriptors] : -1;
        pid_t const pid = clone_sibling(record, cgroup, pidfd);
        if (pid == 0 && received->request.kind == ZygoteRequest::App) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
            become_apps(zygote, *received);
            continue;
        }
        if (pid == 0) {
            become_host(*received);
            return zygote.contained;
        }
        int const error = pid < 0 ? errno : 0;
        received->close_all();
        answer(zygote.control, {pid < 0 ? 0 : pid, error, 0, 0}, pidfd);
        if (pidfd >= 0) ::close(pidfd);
    }
}

} // namespace latchkey::taskhost
