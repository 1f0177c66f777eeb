// SPDX-License-Identifier: MIT
#include "support/syscall_count.h"

#include <csignal>

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace latchkey::test {

namespace {

constexpr int kStoppedBySyscall = SIGTRAP | 0x80;

long trace(int request, pid_t process, long address, unsigned long data)
{
    return ::ptrace(static_cast<__ptrace_request>(request), process, address, data);
}

} // namespace

SyscallCount::SyscallCount(pid_t process)
    : m_process(process), m_thread([this] {
          m_ok = attach();
          m_begun = true;
          m_begun.notify_all();
          if (m_ok) count();
      })
{
    m_begun.wait(false);
}

SyscallCount::~SyscallCount()
{
    stop();
}

bool SyscallCount::attach()
{
    return trace(PTRACE_SEIZE, m_process, 0, PTRACE_O_TRACESYSGOOD) == 0 &&
           trace(PTRACE_INTERRUPT, m_process, 0, 0) == 0;
}

void SyscallCount::count()
{
    for (;;) {
        int status = 0;
        if (::waitpid(m_process, &status, __WALL) != m_process || !WIFSTOPPED(status)) return;
        int const signal = WSTOPSIG(status);
        bool const is_event = (status >> 16) != 0;
        if (signal == kStoppedBySyscall) {
            __ptrace_syscall_info info{};
            bool const told =
                trace(PTRACE_GET_SYSCALL_INFO, m_process, sizeof info, reinterpret_cast<unsigned long>(&info)) > 0;
            if (told && info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr < kMaxNumber) ++m_counts[info.entry.nr];
        } else if (m_stopping && signal == SIGURG) {
            trace(PTRACE_DETACH, m_process, 0, 0);
            return;
        }
        bool const deliver = signal != kStoppedBySyscall && !is_event;
        trace(PTRACE_SYSCALL, m_process, 0, deliver ? static_cast<unsigned long>(signal) : 0UL);
    }
}

void SyscallCount::stop()
{
    if (!m_thread.joinable()) return;
    m_stopping = true;
    // Only a stopped process can be let go; this signal stops one that is traced and means nothing to any other.
    if (m_ok) ::kill(m_process, SIGURG);
    m_thread.join();
}

std::uint64_t SyscallCount::all() const
{
    std::uint64_t sum = 0;
    for (auto const& one : m_counts)
        sum += one;
    return sum;
}

std::uint64_t SyscallCount::of(long number) const
{
    return m_counts.at(static_cast<std::size_t>(number));
}

std::map<long, std::uint64_t> SyscallCount::by_number() const
{
    std::map<long, std::uint64_t> found;
    for (std::size_t number = 0; number < kMaxNumber; ++number)
        if (m_counts[number] != 0) found.emplace(static_cast<long>(number), m_counts[number]);
    return found;
}

} // namespace latchkey::test
