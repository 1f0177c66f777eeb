// SPDX-License-Identifier: MIT
#include "compat/windows_api.h"

#include <atomic>
#include <cerrno>
#include <ctime>
#include <thread>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

// An SRW lock here is its first word: kWriter or the number of readers, and kContended while somebody may sleep on it.
// A release touches the word once and not again: whoever gets the lock next may end its life at once. A condition
// variable is one word that changes with every wake-up.
namespace {

constexpr uint32_t kWriter = 0x80000000;
constexpr uint32_t kContended = 0x40000000;
constexpr uint32_t kReaders = kContended - 1;
constexpr uint32_t kInfinite = 0xFFFFFFFF;
constexpr uint32_t kTimedOut = 1460;
constexpr uint32_t kSharedMode = 1; // CONDITION_VARIABLE_LOCKMODE_SHARED
constexpr int kEverybody = 0x7FFFFFFF;

using Word = std::atomic_ref<uint32_t>;

uint32_t& word_of(void* object)
{
    return *static_cast<uint32_t*>(object);
}

void futex_wait(uint32_t& word, uint32_t expected, timespec const* limit)
{
    syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected, limit, nullptr, 0);
}

void futex_wake(uint32_t* word, int count)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, nullptr, nullptr, 0);
}

bool free_for_writer(uint32_t state)
{
    return (state & ~kContended) == 0;
}

bool free_for_reader(uint32_t state)
{
    return !(state & kWriter) && (state & kReaders) < kReaders;
}

// Adds amount to the state once it is free in the sense of is_free; false when it is not and wait is not wanted.
bool acquire(uint32_t& lock, uint32_t amount, bool (*is_free)(uint32_t), bool wait)
{
    Word word{lock};
    uint32_t state = word.load();
    for (;;) {
        if (is_free(state)) {
            if (word.compare_exchange_weak(state, state + amount)) return true;
        } else if (!wait) {
            return false;
        } else if ((state & kContended) || word.compare_exchange_weak(state, state | kContended)) {
            futex_wait(lock, state | kContended, nullptr);
            state = word.load();
        }
    }
}

} // namespace

void AcquireSRWLockExclusive(void* lock) noexcept
{
    acquire(word_of(lock), kWriter, free_for_writer, true);
}

void AcquireSRWLockShared(void* lock) noexcept
{
    acquire(word_of(lock), 1, free_for_reader, true);
}

void ReleaseSRWLockExclusive(void* lock) noexcept
{
    if (Word{word_of(lock)}.exchange(0) & kContended) futex_wake(&word_of(lock), kEverybody);
}

void ReleaseSRWLockShared(void* lock) noexcept
{
    Word word{word_of(lock)};
    uint32_t state = word.load();
    uint32_t left = 0;
    do {
        left = (state & kReaders) == 1 ? 0 : state - 1;
    } while (!word.compare_exchange_weak(state, left));
    if (left == 0 && (state & kContended)) futex_wake(&word_of(lock), kEverybody);
}

uint8_t TryAcquireSRWLockExclusive(void* lock) noexcept
{
    return acquire(word_of(lock), kWriter, free_for_writer, false);
}

uint8_t TryAcquireSRWLockShared(void* lock) noexcept
{
    return acquire(word_of(lock), 1, free_for_reader, false);
}

int32_t SleepConditionVariableSRW(void* variable, void* lock, uint32_t milliseconds, uint32_t flags) noexcept
{
    uint32_t& word = word_of(variable);
    // Read before the lock is given up: a wake-up from then on changes the word, and the wait does not begin.
    uint32_t const seen = Word{word}.load();
    bool const shared = flags & kSharedMode;
    shared ? ReleaseSRWLockShared(lock) : ReleaseSRWLockExclusive(lock);
    timespec const limit{.tv_sec = milliseconds / 1000, .tv_nsec = static_cast<long>(milliseconds % 1000) * 1'000'000};
    futex_wait(word, seen, milliseconds == kInfinite ? nullptr : &limit);
    bool const timed_out = Word{word}.load() == seen && milliseconds != kInfinite;
    shared ? AcquireSRWLockShared(lock) : AcquireSRWLockExclusive(lock);
    if (timed_out) SetLastError(kTimedOut);
    return timed_out ? 0 : 1;
}

void WakeConditionVariable(void* variable) noexcept
{
    uint32_t& word = word_of(variable);
    Word{word}.fetch_add(1);
    futex_wake(&word, 1);
}

void WakeAllConditionVariable(void* variable) noexcept
{
    uint32_t& word = word_of(variable);
    Word{word}.fetch_add(1);
    futex_wake(&word, kEverybody);
}

namespace {

struct ListEntry {
    ListEntry* next;
};

// Windows swaps both words at once. All users of a list come through the two functions below, so the second word can
// be a lock that is held for two stores, and no processor needs a 16-byte exchange.
struct List {
    ListEntry* first;
    uint64_t busy;
};

class ListGuard {
public:
    explicit ListGuard(List& list) : m_busy(list.busy)
    {
        while (m_busy.exchange(1, std::memory_order_acquire) != 0)
            std::this_thread::yield();
    }
    ~ListGuard() { m_busy.store(0, std::memory_order_release); }
    ListGuard(ListGuard const&) = delete;
    ListGuard& operator=(ListGuard const&) = delete;

private:
    std::atomic_ref<uint64_t> m_busy;
};

} // namespace

void* InterlockedPushEntrySList(void* list, void* entry) noexcept
{
    auto& to = *static_cast<List*>(list);
    auto* added = static_cast<ListEntry*>(entry);
    ListGuard const guard{to};
    ListEntry* const before = to.first;
    added->next = before;
    to.first = added;
    return before;
}

void* InterlockedFlushSList(void* list) noexcept
{
    auto& from = *static_cast<List*>(list);
    ListGuard const guard{from};
    ListEntry* const all = from.first;
    from.first = nullptr;
    return all;
}

LATCHKEY_COMPAT_ALIAS(AcquireSRWLockExclusive)
LATCHKEY_COMPAT_ALIAS(AcquireSRWLockShared)
LATCHKEY_COMPAT_ALIAS(ReleaseSRWLockExclusive)
LATCHKEY_COMPAT_ALIAS(ReleaseSRWLockShared)
LATCHKEY_COMPAT_ALIAS(TryAcquireSRWLockExclusive)
LATCHKEY_COMPAT_ALIAS(TryAcquireSRWLockShared)
LATCHKEY_COMPAT_ALIAS(SleepConditionVariableSRW)
LATCHKEY_COMPAT_ALIAS(WakeConditionVariable)
LATCHKEY_COMPAT_ALIAS(WakeAllConditionVariable)
LATCHKEY_COMPAT_ALIAS(InterlockedPushEntrySList)
LATCHKEY_COMPAT_ALIAS(InterlockedFlushSList)
