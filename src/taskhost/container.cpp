// SPDX-License-Identifier: MIT
#include "taskhost/container.h"

#include <array>
#include <csignal>
#include <string>

#include <dirent.h>
#include <dlfcn.h>
#include <latchkey/host_protocol.h>
#include <latchkey/runtime.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace latchkey::taskhost {

namespace {

struct Limit {
    decltype(RLIMIT_CORE) what;
    rlim_t most;
};
// A core of a host would hold what every task of the app had in memory. Files, queues and memory that never end are a
// mistake; the numbers are far above what a background task needs. docs/hosts.md has them.
constexpr std::array kLimits
{
    Limit{RLIMIT_CORE, 0}, Limit{RLIMIT_NOFILE, 1024}, Limit{RLIMIT_MEMLOCK, 8UL << 20U}, Limit{RLIMIT_MSGQUEUE, 0},
        Limit{RLIMIT_NICE, 0}, Limit{RLIMIT_RTPRIO, 0}, Limit{RLIMIT_FSIZE, 1UL << 30U},
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
        Limit{RLIMIT_DATA, 4UL << 30U},
#endif
};

} // namespace

void limit_process()
{
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    for (Limit const& limit : kLimits) {
        rlimit now{};
        if (::getrlimit(limit.what, &now) != 0) continue;
        rlim_t const most = now.rlim_max < limit.most ? now.rlim_max : limit.most;
        rlimit const wanted{most, most};
        ::setrlimit(limit.what, &wanted);
    }
    for (int signal = 1; signal < NSIG; ++signal) {
        if (signal != SIGKILL && signal != SIGSTOP) std::signal(signal, SIG_DFL);
    }
    // A peer that is gone is an error to handle, also in a task's own sockets.
    std::signal(SIGPIPE, SIG_IGN);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void leave_session()
{
    ::setsid();
    ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

void close_other_descriptors()
{
    constexpr unsigned kFirst = LATCHKEY_HOST_BUS + 1U;
    if (::syscall(SYS_close_range, kFirst, ~0U, 0) == 0) return;
    DIR* const folder = ::opendir("/proc/self/fd");
    if (folder == nullptr) return;
    std::array<int, 1024> found{};
    std::size_t count = 0;
    while (dirent const* const entry = ::readdir(folder)) {
        int number = 0;
        for (char const* at = entry->d_name; *at >= '0' && *at <= '9'; ++at)
            number = number * 10 + (*at - '0');
        if (number >= static_cast<int>(kFirst) && number != ::dirfd(folder) && count < found.size()) {
            found[count++] = number;
        }
    }
    ::closedir(folder);
    for (std::size_t i = 0; i < count; ++i)
        ::close(found[i]);
}

namespace {

// Of liblatchkey.so: what it loads later lies beside it.
std::string runtime_folder()
{
    Dl_info info{};
    if (::dladdr(reinterpret_cast<void*>(&LatchkeyUseBrokerDescriptor), &info) == 0) return {};
    std::string const file = info.dli_fname;
    std::size_t const end = file.rfind('/');
    return file.front() == '/' && end != 0 ? file.substr(0, end) : std::string();
}

} // namespace

container::Entered enter_container(container::Plan plan, std::uint32_t allowed, container::First first, int leash)
{
    if (std::string folder = runtime_folder(); !folder.empty()) plan.libraries.push_back(std::move(folder));
    return container::enter(plan, allowed, first, leash);
}

std::optional<container::Plan> plan_in_descriptor()
{
    constexpr int kPlan = LATCHKEY_HOST_BUS + 1;
    std::array<char, container::kMaxPlanBytes> bytes{};
    ssize_t const size = ::read(kPlan, bytes.data(), bytes.size());
    ::close(kPlan);
    if (size <= 0) return std::nullopt;
    return container::plan_of(std::string_view(bytes.data(), static_cast<std::size_t>(size)));
}

} // namespace latchkey::taskhost
