// SPDX-License-Identifier: MIT
#pragma once

#include "core/time.h"

#include <chrono>
#include <optional>

namespace latchkey::core {

// CPU time that an app may use for its background tasks in each generation. Unused time is lost at a generation's end.
struct QuotaLimits {
    Duration cpu{}; // zero: no budget
    Duration generation = std::chrono::minutes(15);

    friend bool operator==(QuotaLimits const&, QuotaLimits const&) = default;
};

// What the store keeps of a ledger. Both clocks, because boot time begins anew with the machine: ends_wall says how
// much of the generation is left then.
struct QuotaRecord {
    Duration used{};
    BootTime ends{};
    WallTime ends_wall{};
    BootId boot_id{};

    friend bool operator==(QuotaRecord const&, QuotaRecord const&) = default;
};

// The ledger of one app. A pure value: whoever enforces it measures CPU time, tells charge(), and freezes or thaws.
//
//   generations are a fixed grid of boot time, not a sliding window; the ones nobody used are skipped.
//   exhausted() stays true until charge(), renew() or a question is asked with a time at or after replenishes_at().
class CpuQuota {
public:
    CpuQuota() = default;
    CpuQuota(QuotaLimits limits, BootTime now);
    // As it was before the broker went, in this boot or an earlier one. A ledger never comes back emptier than it was.
    CpuQuota(QuotaLimits limits, QuotaRecord const& record, Now const& now);

    // Adds CPU time measured since the last call. Returns true when this charge is the one that exhausts the quota.
    bool charge(Duration cpu_used, BootTime now);

    // Begins a new generation when the old one is over; true when it was. Call at replenishes_at().
    bool renew(BootTime now);

    // The app was put on the lock screen or taken from it: other limits, the same consumption.
    void limit(QuotaLimits limits, BootTime now);

    bool limited() const { return m_limits.cpu > Duration::zero(); }
    bool exhausted() const { return limited() && m_used >= m_limits.cpu; }
    Duration used() const { return m_used; }
    Duration left() const { return limited() && m_used < m_limits.cpu ? m_limits.cpu - m_used : Duration::zero(); }
    BootTime generation_ends() const { return m_ends; }
    QuotaLimits const& limits() const { return m_limits; }

    // When an app whose budget is used up may run again; nullopt while there is some left.
    std::optional<BootTime> replenishes_at() const;

    QuotaRecord record(Now const& now) const;

private:
    BootTime next_boundary(BootTime now) const;

    QuotaLimits m_limits;
    Duration m_used{};
    BootTime m_ends{};
};

} // namespace latchkey::core
