// SPDX-License-Identifier: MIT
// latchkey-packager: one request on descriptor 3, one answer, the end (packages/package_record.h).
#include "packager/containment.h"
#include "packager/unpacking.h"

#include <array>
#include <csignal>
#include <cstdio>
#include <string>

#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace latchkey;

namespace {

constexpr int kBroker = 3;
constexpr std::size_t kMaxRequestBytes = 65'536;

// It may have ended before the line above could say so to the kernel.
bool broker_is_gone()
{
    pollfd socket{kBroker, 0, 0};
    return ::poll(&socket, 1, 0) > 0 && (socket.revents & POLLHUP) != 0;
}

std::string read_request()
{
    std::string bytes;
    std::array<char, 4096> buffer;
    for (ssize_t got = 0; (got = ::recv(kBroker, buffer.data(), buffer.size(), 0)) > 0;) {
        bytes.append(buffer.data(), static_cast<std::size_t>(got));
        if (bytes.size() > kMaxRequestBytes) return {};
    }
    return bytes;
}

bool answer(packages::PackagerAnswer const& answer)
{
    std::string const bytes = encode(answer);
    for (std::size_t sent = 0; sent < bytes.size();) {
        ssize_t const now = ::send(kBroker, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (now <= 0) return false;
        sent += static_cast<std::size_t>(now);
    }
    return true;
}

} // namespace

int main()
{
    // Nobody would take the answer, and the next broker may be deleting what this one writes.
    (void)::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (broker_is_gone()) return 1;
    auto const request = packages::decode_packager_request(read_request());
    if (!request) {
        (void)std::fprintf(stderr, "latchkey-packager is started by latchkeyd (%s)\n", request.error().c_str());
        return 2;
    }
    packager::contain({request->source, request->target});
    bool const answered = answer(packager::carry_out(*request));
    // What libraries do at exit needs more than is allowed here.
    ::_exit(answered ? 0 : 1);
}
