// SPDX-License-Identifier: MIT
#pragma once

// Counts the system calls of one process while it runs. A number that a busy machine does not change, which is why
// tests hold it against a ceiling. Needs no privilege: the process is a child of the program that counts.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <thread>

#include <sys/types.h>

namespace latchkey::test {

class SyscallCount {
public:
    // Only the thread that bears the process's number. Counting has begun when this returns; ok() says whether the
    // machine allows it.
    explicit SyscallCount(pid_t process);
    SyscallCount(SyscallCount const&) = delete;
    SyscallCount& operator=(SyscallCount const&) = delete;
    ~SyscallCount();

    bool ok() const { return m_ok; }
    // Lets the process go uncounted. The numbers stand after it.
    void stop();
    std::uint64_t all() const;
    // Of one call (SYS_fdatasync). Complete for what the process did before it answered somebody.
    std::uint64_t of(long number) const;
    std::map<long, std::uint64_t> by_number() const;

private:
    static constexpr std::size_t kMaxNumber = 512;
    void count();
    bool attach();

    pid_t m_process;
    std::array<std::atomic<std::uint64_t>, kMaxNumber> m_counts{};
    std::atomic<bool> m_begun = false;
    std::atomic<bool> m_stopping = false;
    bool m_ok = false;
    std::thread m_thread;
};

} // namespace latchkey::test
