// SPDX-License-Identifier: MIT
#include "sources/zone_file.h"

#include <algorithm>
#include <array>

namespace latchkey::sources {

using namespace std::chrono;
using core::WallTime;

namespace {

constexpr int kMaxOffsetHours = 24;
constexpr int kMaxChangeHours = 167; // a change may be named by an hour of another day, up to a week off

} // namespace

// Reads the text from front to back; every step answers whether it was there.
class RuleText {
public:
    explicit RuleText(std::string_view text) : m_rest(text) {}

    bool whole(ZoneRule& rule)
    {
        seconds west{};
        if (!name() || !clock(kMaxOffsetHours, west)) return false;
        rule.m_standard = -west;
        if (m_rest.empty()) return true;
        rule.m_has_summer = true;
        rule.m_summer = rule.m_standard + hours(1);
        if (!name()) return false;
        if (!m_rest.empty() && m_rest.front() != ',') {
            if (!clock(kMaxOffsetHours, west)) return false;
            rule.m_summer = -west;
        }
        return take(',') && date(rule.m_begins) && take(',') && date(rule.m_ends) && m_rest.empty();
    }

private:
    bool take(char character)
    {
        if (m_rest.empty() || m_rest.front() != character) return false;
        m_rest.remove_prefix(1);
        return true;
    }

    bool name()
    {
        if (take('<')) {
            auto const end = m_rest.find('>');
            if (end == std::string_view::npos) return false;
            m_rest.remove_prefix(end + 1);
            return end >= 1;
        }
        auto const letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
        auto const length =
            static_cast<std::size_t>(std::find_if_not(m_rest.begin(), m_rest.end(), letter) - m_rest.begin());
        m_rest.remove_prefix(length);
        return length >= 1;
    }

    bool number(int least, int most, int& value)
    {
        std::size_t digits = 0;
        value = 0;
        while (digits < m_rest.size() && digits < 4 && m_rest[digits] >= '0' && m_rest[digits] <= '9') {
            value = value * 10 + (m_rest[digits++] - '0');
        }
        m_rest.remove_prefix(digits);
        return digits > 0 && value >= least && value <= most;
    }

    bool clock(int most_hours, seconds& time)
    {
        bool const negative = take('-');
        if (!negative) take('+');
        int hour = 0, minute = 0, second = 0;
        if (!number(0, most_hours, hour)) return false;
        if (take(':')) {
            if (!number(0, 59, minute)) return false;
            if (take(':') && !number(0, 59, second)) return false;
        }
        time = hours(hour) + minutes(minute) + seconds(second);
        if (negative) time = -time;
        return true;
    }

    bool date(ZoneRule::Date& date)
    {
        using Kind = ZoneRule::Date::Kind;
        bool good = false;
        if (take('M')) {
            date.kind = Kind::MonthWeekDay;
            good = number(1, 12, date.month) && take('.') && number(1, 5, date.week) && take('.') &&
                   number(0, 6, date.day);
        } else if (take('J')) {
            date.kind = Kind::JulianWithoutLeapDay;
            good = number(1, 365, date.day);
        } else {
            date.kind = Kind::Day;
            good = number(0, 365, date.day);
        }
        return good && (!take('/') || clock(kMaxChangeHours, date.time));
    }

    std::string_view m_rest;
};

std::optional<ZoneRule> ZoneRule::parse(std::string_view text)
{
    ZoneRule rule;
    if (!RuleText(text).whole(rule)) return std::nullopt;
    return rule;
}

seconds ZoneRule::Date::in_year(std::chrono::year year) const
{
    auto const first = sys_days(year / January / 1);
    sys_days when = first;
    switch (kind) {
    case Kind::Day:
        when = first + days(day);
        break;
    case Kind::JulianWithoutLeapDay:
        when = first + days(day - 1 + (year.is_leap() && day >= 60 ? 1 : 0));
        break;
    case Kind::MonthWeekDay: {
        auto const in_month = year / std::chrono::month(static_cast<unsigned>(month));
        auto const on = weekday(static_cast<unsigned>(day));
        when = week == 5 ? sys_days(in_month / on[last]) : sys_days(in_month / on[static_cast<unsigned>(week)]);
        break;
    }
    }
    return when.time_since_epoch() + time;
}

// Of the year of time and its neighbours, in order.
std::vector<ZoneRule::Change> ZoneRule::changes_around(WallTime time) const
{
    std::vector<Change> changes;
    auto const year = year_month_day(floor<days>(time)).year();
    for (auto const shown : {year - years(1), year, year + years(1)}) {
        changes.push_back({WallTime(m_begins.in_year(shown) - m_standard), m_summer});
        changes.push_back({WallTime(m_ends.in_year(shown) - m_summer), m_standard});
    }
    std::stable_sort(changes.begin(), changes.end(), [](auto const& a, auto const& b) { return a.at < b.at; });
    return changes;
}

seconds ZoneRule::offset_at(WallTime time) const
{
    if (!m_has_summer) return m_standard;
    auto offset = m_standard;
    for (auto const& change : changes_around(time)) {
        if (change.at <= time) offset = change.offset;
    }
    return offset;
}

std::optional<WallTime> ZoneRule::next_change_after(WallTime time) const
{
    if (!m_has_summer || m_summer == m_standard) return std::nullopt;
    for (auto const& change : changes_around(time)) {
        if (change.at > time && offset_at(change.at) != offset_at(time)) return change.at;
    }
    return std::nullopt;
}

} // namespace latchkey::sources
