// SPDX-License-Identifier: MIT
#include "core/quota.h"

#include <algorithm>

namespace latchkey::core {

CpuQuota::CpuQuota(QuotaLimits limits, BootTime now) : m_limits(limits), m_ends(next_boundary(now)) {}

CpuQuota::CpuQuota(QuotaLimits limits, QuotaRecord const& record, Now const& now)
    : m_limits(limits), m_used(record.used)
{
    Duration const left =
        record.boot_id == now.boot_id ? record.ends - now.boot_time : record.ends_wall - now.wall_time;
    m_ends = now.boot_time + std::min(left, limits.generation); // a wall clock that went back must not stretch it
    renew(now.boot_time);
}

bool CpuQuota::charge(Duration cpu_used, BootTime now)
{
    renew(now);
    bool const before = exhausted();
    m_used += std::max(cpu_used, Duration::zero());
    return exhausted() && !before;
}

bool CpuQuota::renew(BootTime now)
{
    if (now < m_ends) return false;
    m_used = Duration::zero();
    m_ends = next_boundary(now);
    return true;
}

void CpuQuota::limit(QuotaLimits limits, BootTime now)
{
    renew(now);
    m_limits = limits;
    m_ends = std::min(m_ends, next_boundary(now));
}

std::optional<BootTime> CpuQuota::replenishes_at() const
{
    if (!exhausted()) return std::nullopt;
    return m_ends;
}

QuotaRecord CpuQuota::record(Now const& now) const
{
    return {m_used, m_ends, now.wall_time + (m_ends - now.boot_time), now.boot_id};
}

BootTime CpuQuota::next_boundary(BootTime now) const
{
    auto const length = m_limits.generation.count();
    auto const generation = now.time_since_epoch().count() / length;
    return BootTime(Duration((generation + 1) * length));
}

} // namespace latchkey::core
