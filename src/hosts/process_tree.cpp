// SPDX-License-Identifier: MIT
#include "hosts/process_tree.h"

#include "ipc/fd.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <ctime>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace latchkey::hosts {

namespace {

using std::chrono::microseconds;

constexpr int kMaxAncestors = 64;
constexpr int kMaxSignalRounds = 64; // a tree that grows faster than it is signalled is looked at so often
constexpr int kLastField = 22;

microseconds from_ticks(std::uint64_t ticks)
{
    static auto const per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
    return microseconds(ticks * 1'000'000 / per_second);
}

struct CloseFolder {
    void operator()(DIR* folder) const { ::closedir(folder); }
};

} // namespace

std::optional<ProcessInfo> process_info(pid_t pid)
{
    ipc::Fd const file(::open(fmt::format("/proc/{}/stat", pid).c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, 1024> buffer{};
    ssize_t const size = file ? ::read(file.get(), buffer.data(), buffer.size()) : -1;
    if (size <= 0) return std::nullopt;
    std::string_view const text(buffer.data(), static_cast<std::size_t>(size));
    // The second field is the program's name in brackets and may hold anything, so counting begins behind it.
    std::size_t at = text.rfind(')');
    if (at == std::string_view::npos || at + 2 >= text.size()) return std::nullopt;
    std::array<std::uint64_t, kLastField + 1> fields{};
    char const state = text[at + 2];
    at = text.find(' ', at + 2);
    for (std::size_t field = 4; field <= kLastField && at != std::string_view::npos; ++field) {
        std::from_chars(text.data() + at + 1, text.data() + text.size(), fields[field]);
        at = text.find(' ', at + 1);
    }
    if (at == std::string_view::npos) return std::nullopt;
    return ProcessInfo{pid,
                       static_cast<pid_t>(fields[4]),
                       static_cast<pid_t>(fields[6]),
                       state,
                       fields[kLastField],
                       from_ticks(fields[16] + fields[17])};
}

std::vector<ProcessInfo> all_processes()
{
    std::vector<ProcessInfo> found;
    std::unique_ptr<DIR, CloseFolder> const folder(::opendir("/proc"));
    while (dirent const* const entry = folder ? ::readdir(folder.get()) : nullptr) {
        std::string_view const name(entry->d_name);
        pid_t pid = 0;
        if (std::from_chars(name.data(), name.data() + name.size(), pid).ec != std::errc{}) continue;
        if (auto const info = process_info(pid)) found.push_back(*info);
    }
    return found;
}

std::vector<ProcessInfo> tree_below(pid_t leader)
{
    std::vector<ProcessInfo> const all = all_processes();
    std::set<pid_t> members{leader};
    bool grew = true;
    while (grew) {
        grew = false;
        for (ProcessInfo const& process : all) {
            bool const belongs = process.session == leader || members.contains(process.parent);
            if (belongs && members.insert(process.pid).second) grew = true;
        }
    }
    std::vector<ProcessInfo> tree;
    for (ProcessInfo const& process : all) {
        if (process.pid != leader && !process.ended() && members.contains(process.pid)) tree.push_back(process);
    }
    return tree;
}

std::vector<pid_t> lineage(pid_t pid)
{
    std::vector<pid_t> line;
    for (int i = 0; i < kMaxAncestors && pid > 1; ++i) {
        auto const info = process_info(pid);
        if (!info) break;
        line.push_back(pid);
        if (info->session != pid) line.push_back(info->session);
        pid = info->parent;
    }
    return line;
}

bool descends_from(pid_t pid, pid_t ancestor)
{
    for (int i = 0; i < kMaxAncestors && pid > 1; ++i) {
        auto const info = process_info(pid);
        if (!info) return false;
        if (info->parent == ancestor) return true;
        pid = info->parent;
    }
    return false;
}

std::vector<pid_t> own_children()
{
    return children_of(static_cast<pid_t>(::syscall(SYS_gettid)));
}

std::vector<pid_t> children_of(pid_t pid)
{
    std::vector<pid_t> children;
    ipc::Fd const file(::open(fmt::format("/proc/{}/task/{}/children", pid, pid).c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return children;
    std::string text;
    std::array<char, 4096> buffer{};
    ssize_t size = 0;
    while ((size = ::read(file.get(), buffer.data(), buffer.size())) > 0) {
        text.append(buffer.data(), static_cast<std::size_t>(size));
    }
    char const* at = text.data();
    char const* const end = at + text.size();
    while (at < end) {
        pid_t child = 0;
        auto const [next, error] = std::from_chars(at, end, child);
        if (error != std::errc{}) break;
        children.push_back(child);
        at = next + 1;
    }
    return children;
}

bool has_no_new_privileges(pid_t pid)
{
    ipc::Fd const file(::open(fmt::format("/proc/{}/status", pid).c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, 4096> buffer{};
    ssize_t const size = file ? ::read(file.get(), buffer.data(), buffer.size()) : -1;
    std::string_view const text(buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    return text.find("\nNoNewPrivs:\t1") != std::string_view::npos;
}

namespace {

// To everybody once, looking again until nobody new is found.
void signal_all(pid_t leader, int signal, std::set<pid_t>& reached)
{
    // The group at once and first: the kernel lets no fork slip through a signal to a group.
    ::kill(-leader, signal);
    ::kill(leader, signal);
    for (int round = 0; round < kMaxSignalRounds; ++round) {
        bool found = false;
        for (ProcessInfo const& process : tree_below(leader)) {
            if (reached.insert(process.pid).second) found |= ::kill(process.pid, signal) == 0;
        }
        if (!found) break;
    }
}

} // namespace

void signal_tree(pid_t leader, int signal)
{
    std::set<pid_t> reached;
    if (signal == SIGKILL) {
        // Stopped first: who loses its parent while the others die is not found any more.
        signal_all(leader, SIGSTOP, reached);
        ::kill(-leader, SIGKILL);
        ::kill(leader, SIGKILL);
        for (pid_t const pid : reached)
            ::kill(pid, SIGKILL);
        return;
    }
    signal_all(leader, signal, reached);
}

std::optional<microseconds> cpu_of(pid_t pid)
{
    clockid_t clock = 0;
    timespec time{};
    if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return std::nullopt;
    return microseconds(time.tv_sec * 1'000'000 + time.tv_nsec / 1'000);
}

microseconds cpu_of_tree(pid_t leader)
{
    microseconds total = cpu_of(leader).value_or(microseconds(0));
    if (auto const info = process_info(leader)) total += info->waited_cpu;
    for (ProcessInfo const& process : tree_below(leader)) {
        total += cpu_of(process.pid).value_or(microseconds(0)) + process.waited_cpu;
    }
    return total;
}

} // namespace latchkey::hosts
