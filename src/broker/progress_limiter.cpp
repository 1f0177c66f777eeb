// SPDX-License-Identifier: MIT
#include "broker/progress_limiter.h"

#include <algorithm>
#include <utility>

namespace latchkey::broker {

bool ProgressLimiter::reported(Report const& report, core::BootTime now)
{
    auto const [found, fresh] = m_instances.try_emplace(report.instance);
    State& state = found->second;
    if (fresh || now >= state.sent + kProgressInterval) {
        state.sent = now;
        state.waiting.reset();
        return true;
    }
    bool const to_app = report.to_app || (state.waiting && state.waiting->to_app);
    state.waiting = report;
    state.waiting->to_app = to_app;
    return false;
}

std::vector<ProgressLimiter::Report> ProgressLimiter::due(core::BootTime now)
{
    std::vector<Report> reports;
    for (auto& [instance, state] : m_instances) {
        if (!state.waiting || now < state.sent + kProgressInterval) continue;
        reports.push_back(*std::exchange(state.waiting, std::nullopt));
        state.sent = now;
    }
    return reports;
}

std::optional<ProgressLimiter::Report> ProgressLimiter::ended(core::InstanceId instance)
{
    auto const found = m_instances.find(instance);
    if (found == m_instances.end()) return std::nullopt;
    auto const waiting = found->second.waiting;
    m_instances.erase(found);
    return waiting;
}

std::optional<core::BootTime> ProgressLimiter::next() const
{
    std::optional<core::BootTime> earliest;
    for (auto const& [instance, state] : m_instances) {
        if (!state.waiting) continue;
        core::BootTime const at = state.sent + kProgressInterval;
        earliest = earliest ? std::min(*earliest, at) : at;
    }
    return earliest;
}

} // namespace latchkey::broker
