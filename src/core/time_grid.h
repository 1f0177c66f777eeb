// SPDX-License-Identifier: MIT
#pragma once

#include "core/time.h"

namespace latchkey::core {

// The ticks at which time triggers are served: multiples of step since 1970 UTC, so that one wake-up serves every app.
class TimeGrid {
public:
    // step must be positive.
    explicit constexpr TimeGrid(Duration step) : m_step(step.count()) {}

    // The last tick at or before time, and the first at or after it.
    constexpr WallTime at_or_before(WallTime time) const
    {
        auto const us = to_us(time);
        auto const into = us % m_step;
        return wall_from_us(us - (into < 0 ? into + m_step : into));
    }
    constexpr WallTime at_or_after(WallTime time) const
    {
        WallTime const before = at_or_before(time);
        return before == time ? time : before + Duration(m_step);
    }

private:
    std::int64_t m_step;
};

// When a time trigger is due. A due time is where the registration's phase says; it is served at the next tick:
//
//   due = registration + n minutes, then the last due + n minutes, …; served at the first tick at or after it
//
// Ticks missed while the machine was off or asleep, or jumped over by the clock, give one run, and the phase is kept. A
// clock that goes back never repeats a tick that was served.
class TimeSchedule {
public:
    // period must be positive.
    constexpr TimeSchedule(WallTime due, Duration period) : m_due(due), m_period(period.count()) {}
    static constexpr TimeSchedule starting(WallTime registered, Duration period)
    {
        return {registered + period, period};
    }

    constexpr WallTime due() const { return m_due; }
    constexpr WallTime tick(TimeGrid grid) const { return grid.at_or_after(m_due); }
    constexpr bool is_due(WallTime now, TimeGrid grid) const { return tick(grid) <= now; }

    // Served now: due moves on by whole periods to the first one whose tick lies after now.
    constexpr void serve(WallTime now, TimeGrid grid)
    {
        auto const behind = (grid.at_or_before(now) - m_due).count();
        auto const periods = behind < 0 ? 1 : behind / m_period + 1;
        m_due += Duration(periods * m_period);
    }

    // True when due lies further ahead than it ever could have been set, by more than tolerance: the clock went back.
    // Then due has moved back by whole periods to the first one after now.
    constexpr bool correct(WallTime now, Duration tolerance)
    {
        auto const ahead = (m_due - now).count();
        if (ahead <= m_period + tolerance.count()) return false;
        m_due -= Duration((ahead - 1) / m_period * m_period);
        return true;
    }

private:
    WallTime m_due;
    std::int64_t m_period;
};

} // namespace latchkey::core
