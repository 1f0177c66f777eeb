// SPDX-License-Identifier: MIT
#include "hosts/progress_page.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

namespace latchkey::hosts {

namespace {

constexpr std::size_t kSize = LATCHKEY_HOST_SLOTS * sizeof(LatchkeyProgressSlot);

} // namespace

ipc::Io<ProgressPage> ProgressPage::create()
{
    ProgressPage page;
    page.m_memory = ipc::Fd(::memfd_create("latchkey-progress", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!page.m_memory || ::ftruncate(page.m_memory.get(), kSize) != 0 ||
        ::fcntl(page.m_memory.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        return ipc::io_error(errno, "make the memory for progress");
    }
    void* const slots = ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, page.m_memory.get(), 0);
    if (slots == MAP_FAILED) return ipc::io_error(errno, "map the memory for progress");
    page.m_slots = static_cast<LatchkeyProgressSlot*>(slots);
    page.m_wake = ipc::Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!page.m_wake) return ipc::io_error(errno, "make an eventfd");
    return page;
}

ProgressPage::ProgressPage(ProgressPage&& other) noexcept
    : m_slots(std::exchange(other.m_slots, nullptr)),
      m_memory(std::move(other.m_memory)),
      m_wake(std::move(other.m_wake))
{}

ProgressPage& ProgressPage::operator=(ProgressPage&& other) noexcept
{
    std::swap(m_slots, other.m_slots);
    m_memory = std::move(other.m_memory);
    m_wake = std::move(other.m_wake);
    return *this;
}

ProgressPage::~ProgressPage()
{
    if (m_slots != nullptr) ::munmap(m_slots, kSize);
}

void ProgressPage::clear(std::uint32_t slot, std::uint32_t suspended_count)
{
    LatchkeyProgressSlot& cleared = m_slots[slot];
    __atomic_store_n(&cleared.value, 0U, __ATOMIC_RELAXED);
    __atomic_store_n(&cleared.culprit, 0U, __ATOMIC_RELAXED);
    __atomic_store_n(&cleared.suspended_count, suspended_count, __ATOMIC_RELAXED);
    __atomic_store_n(&cleared.pending, 0U, __ATOMIC_RELEASE);
}

void ProgressPage::set_suspended_count(std::uint32_t slot, std::uint32_t count)
{
    __atomic_store_n(&m_slots[slot].suspended_count, count, __ATOMIC_RELAXED);
}

std::optional<std::uint32_t> ProgressPage::take(std::uint32_t slot)
{
    if (__atomic_exchange_n(&m_slots[slot].pending, 0U, __ATOMIC_ACQ_REL) == 0) return std::nullopt;
    return __atomic_load_n(&m_slots[slot].value, __ATOMIC_RELAXED);
}

std::uint32_t ProgressPage::culprit(std::uint32_t slot) const
{
    return __atomic_load_n(&m_slots[slot].culprit, __ATOMIC_RELAXED);
}

void ProgressPage::hear()
{
    std::uint64_t count = 0;
    [[maybe_unused]] ssize_t const size = ::read(m_wake.get(), &count, sizeof count);
}

} // namespace latchkey::hosts
