// SPDX-License-Identifier: MIT
#include "container/namespaces.h"

#include <array>
#include <cstdio>
#include <cstring>
#include <string_view>

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace latchkey::container {

namespace {

struct Row {
    Layer layer;
    int flag;
};
constexpr std::array kRows{
    Row{Layer::User, CLONE_NEWUSER}, Row{Layer::Mount, CLONE_NEWNS}, Row{Layer::Pid, CLONE_NEWPID},
    Row{Layer::Ipc, CLONE_NEWIPC},   Row{Layer::Host, CLONE_NEWUTS}, Row{Layer::Net, CLONE_NEWNET},
};

bool write_file(char const* path, std::string_view text)
{
    int const file = ::open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return false;
    bool const written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    ::close(file);
    return written;
}

// One id, and it is our own.
bool write_map(char const* path, unsigned id)
{
    std::array<char, 64> line{};
    int const size = std::snprintf(line.data(), line.size(), "%u %u 1", id, id);
    return write_file(path, std::string_view(line.data(), static_cast<std::size_t>(size)));
}

} // namespace

bool enter_namespaces(std::uint32_t wanted, Achieved& achieved)
{
    unsigned const user = ::geteuid();
    unsigned const group = ::getegid();
    auto const is_wanted = [&](Row const& row) { return (wanted & static_cast<std::uint32_t>(row.layer)) != 0; };
    if (!is_wanted(kRows[0])) return true;
    int flags = 0;
    for (Row const& row : kRows) {
        if (is_wanted(row)) flags |= row.flag;
    }
    bool const all = ::unshare(flags) == 0;
    if (!all && ::unshare(CLONE_NEWUSER) != 0) return true;
    bool const mapped = write_file("/proc/self/setgroups", "deny") && write_map("/proc/self/uid_map", user) &&
                        write_map("/proc/self/gid_map", group);
    if (!mapped) return false;
    for (Row const& row : kRows) {
        if (!is_wanted(row)) continue;
        if (all || row.layer == Layer::User || ::unshare(row.flag) == 0) achieved.add(row.layer);
    }
    constexpr std::string_view kName = "latchkey";
    if (achieved.has(Layer::Host)) [[maybe_unused]]
        auto const named = ::sethostname(kName.data(), kName.size());
    return true;
}

void drop_capabilities()
{
    constexpr unsigned long kBits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
                                    SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |
                                    SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
    ::prctl(PR_SET_SECUREBITS, kBits, 0, 0, 0);
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
    ::syscall(SYS_capset, &header, none.data());
}

} // namespace latchkey::container
