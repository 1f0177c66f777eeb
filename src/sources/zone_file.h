// SPDX-License-Identifier: MIT
#pragma once

// The rules of one time zone, as /etc/localtime holds them (TZif, RFC 8536, versions 1 to 4): which offset holds when,
// and when it changes next. Leap seconds are left out. The file is not trusted: whatever is wrong with it is an error.

#include "core/time.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace latchkey::sources {

inline constexpr std::size_t kMaxZoneFileBytes = 256 * 1024;

// "CET-1CEST,M3.5.0,M10.5.0/3": what holds after the last transition that a file lists.
class ZoneRule {
public:
    static std::optional<ZoneRule> parse(std::string_view text);

    std::chrono::seconds offset_at(core::WallTime time) const;
    std::optional<core::WallTime> next_change_after(core::WallTime time) const;

private:
    friend class RuleText;
    struct Date {
        enum class Kind : std::uint8_t { JulianWithoutLeapDay, Day, MonthWeekDay } kind = Kind::Day;
        int month = 0, week = 0, day = 0;
        std::chrono::seconds time = std::chrono::hours(2);
        std::chrono::seconds in_year(std::chrono::year year) const; // since 1970, in local time
    };
    struct Change {
        core::WallTime at;
        std::chrono::seconds offset;
    };
    std::vector<Change> changes_around(core::WallTime time) const;

    std::chrono::seconds m_standard{};
    std::chrono::seconds m_summer{};
    bool m_has_summer = false;
    Date m_begins, m_ends;
};

class ZoneFile {
public:
    static tl::expected<ZoneFile, std::string> parse(std::string_view bytes);

    std::chrono::seconds offset_at(core::WallTime time) const;
    // The next moment at which the offset becomes another one; nullopt: never, as far as the file says.
    std::optional<core::WallTime> next_change_after(core::WallTime time) const;

private:
    struct Transition {
        std::int64_t at = 0; // seconds since 1970
        std::int32_t offset = 0;
    };
    std::int32_t m_first = 0; // before the first transition
    std::vector<Transition> m_transitions;
    std::optional<ZoneRule> m_rule;
};

} // namespace latchkey::sources
