// SPDX-License-Identifier: MIT
// latchkey-host: the process in which background tasks of an app run, and the zygote that such processes are cloned
// from. Started by the broker only; docs/host-protocol.md says what it finds open and what it is told.
#include "container/syscall_filter.h"
#include "taskhost/container.h"
#include "taskhost/host.h"
#include "taskhost/zygote.h"

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>

#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr int kUsage = 2;

bool is_socket_of_messages(int descriptor)
{
    int type = 0;
    socklen_t size = sizeof type;
    return ::getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

int usage(std::FILE* out, int status)
{
    std::fputs("latchkey-host runs background tasks. The broker (latchkeyd) starts it; it does nothing by itself.\n"
               "usage: latchkey-host --zygote | --host | --help | --version\n"
               "descriptor 3 must be the socket to the broker: see latchkey-host(8)\n",
               out);
    return status;
}

} // namespace

#if defined(__SANITIZE_ADDRESS__)
// The leak checker traces the process from another one when it exits, which a container does not allow: without this
// every exit of a host would be a failure.
extern "C" [[gnu::visibility("default")]] int __lsan_is_turned_off();
extern "C" int __lsan_is_turned_off()
{
    return 1;
}
#endif

int main(int count, char** arguments)
{
    std::string_view const mode = count == 2 ? arguments[1] : "";
    if (mode == "--help") return usage(stdout, EXIT_SUCCESS);
    if (mode == "--version") {
        std::puts("latchkey-host " LATCHKEY_VERSION);
        return EXIT_SUCCESS;
    }
    if ((mode != "--zygote" && mode != "--host") || !is_socket_of_messages(LATCHKEY_HOST_SOCKET)) {
        return usage(stderr, kUsage);
    }
    latchkey::taskhost::limit_process();
    std::optional<latchkey::container::Achieved> contained;
    if (mode == "--host") {
        latchkey::taskhost::leave_session();
        if (auto const plan = latchkey::taskhost::plan_in_descriptor()) {
            auto const allowed = latchkey::container::allowed_namespaces();
            contained =
                latchkey::taskhost::enter_container(*plan, allowed, latchkey::container::First::None, -1).achieved;
            latchkey::container::filter_clones();
        }
        latchkey::taskhost::close_other_descriptors();
    }
    latchkey::taskhost::prepare_runtime();
    if (mode == "--zygote") {
        contained = latchkey::taskhost::serve_as_zygote();
        if (!contained) return EXIT_SUCCESS;
    }
    latchkey::taskhost::Host host(contained.value_or(latchkey::container::Achieved{}));
    host.run();
}
