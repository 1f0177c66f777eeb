// SPDX-License-Identifier: MIT
#pragma once

#include "core/time.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace latchkey::core {

// What must hold for a task to run. 1 to 8 are SystemConditionType of Windows; ExternalPower is ours and comes with a
// MaintenanceTrigger, never from AddCondition.
enum class Condition : std::uint8_t {
    Invalid = 0,
    UserPresent = 1,
    UserNotPresent = 2,
    InternetAvailable = 3,
    InternetNotAvailable = 4,
    SessionConnected = 5,
    SessionDisconnected = 6,
    FreeNetworkAvailable = 7,
    BackgroundWorkCostNotHigh = 8,
    ExternalPower = 9,
};
inline constexpr std::size_t kConditionBits = 10;

// What a source can tell about the machine. Two conditions may be the two sides of one fact, and while the fact is
// unknown neither of them holds: a task never runs on a guess.
enum class Fact : std::uint8_t {
    UserPresence,
    Internet,
    Session,
    FreeNetwork,
    WorkCostNotHigh,
    ExternalPower,
};
inline constexpr std::size_t kFactCount = 6;

// Numbers as the event log writes a condition's value (2 is "invalid" there and never occurs here).
enum class FactValue : std::uint8_t { False = 0, True = 1, Unknown = 3 };

struct ConditionInfo {
    Condition condition;
    std::string_view name;  // in the API, in files and on the command line
    Fact fact;              // what decides it
    bool desired;           // the value of the fact at which it holds
    bool registrable;       // may be given to AddCondition
    std::string_view means; // completes "waits until …"
};

// One row per condition: manifests, CLI, D-Bus, event log and docs/engine.md read this table.
inline constexpr std::array kConditions{
    ConditionInfo{Condition::UserPresent, "UserPresent", Fact::UserPresence, true, true, "the user is present"},
    ConditionInfo{Condition::UserNotPresent, "UserNotPresent", Fact::UserPresence, false, true, "the user is away"},
    ConditionInfo{Condition::InternetAvailable, "InternetAvailable", Fact::Internet, true, true,
                  "the Internet is available"},
    ConditionInfo{Condition::InternetNotAvailable, "InternetNotAvailable", Fact::Internet, false, true,
                  "the Internet is not available"},
    ConditionInfo{Condition::SessionConnected, "SessionConnected", Fact::Session, true, true,
                  "the session is connected"},
    ConditionInfo{Condition::SessionDisconnected, "SessionDisconnected", Fact::Session, false, true,
                  "the session is disconnected"},
    ConditionInfo{Condition::FreeNetworkAvailable, "FreeNetworkAvailable", Fact::FreeNetwork, true, true,
                  "a network without cost is available"},
    ConditionInfo{Condition::BackgroundWorkCostNotHigh, "BackgroundWorkCostNotHigh", Fact::WorkCostNotHigh, true, true,
                  "background work is not costly"},
    ConditionInfo{Condition::ExternalPower, "ExternalPower", Fact::ExternalPower, true, false,
                  "the machine is on external power"},
};

inline constexpr std::array<std::string_view, kFactCount> kFactNames{
    "UserPresence", "Internet", "Session", "FreeNetwork", "WorkCostNotHigh", "ExternalPower",
};

constexpr ConditionInfo const* find_condition(Condition condition)
{
    for (auto const& row : kConditions) {
        if (row.condition == condition) return &row;
    }
    return nullptr;
}
constexpr std::string_view name_of(Condition condition)
{
    auto const* row = find_condition(condition);
    return row ? row->name : "Invalid";
}
constexpr std::string_view name_of(Fact fact)
{
    return kFactNames[static_cast<std::size_t>(fact)];
}
constexpr std::string_view name_of(FactValue value)
{
    return value == FactValue::True ? "true" : value == FactValue::False ? "false" : "unknown";
}
// Only what AddCondition takes: ExternalPower is not parsed.
std::optional<Condition> parse_condition(std::string_view name);

// A set of conditions, one bit each at the condition's number.
class ConditionSet {
public:
    constexpr ConditionSet() = default;
    constexpr explicit ConditionSet(std::uint16_t bits) : m_bits(bits) {}
    template <class... More>
    constexpr explicit ConditionSet(Condition first, More... more) : m_bits(bit(first))
    {
        ((m_bits = static_cast<std::uint16_t>(m_bits | bit(more))), ...);
    }

    constexpr std::uint16_t bits() const { return m_bits; }
    constexpr bool empty() const { return m_bits == 0; }
    constexpr bool has(Condition condition) const { return (m_bits & bit(condition)) != 0; }
    constexpr bool contains(ConditionSet other) const { return (other.m_bits & ~m_bits) == 0; }
    constexpr ConditionSet without(ConditionSet other) const
    {
        return ConditionSet(static_cast<std::uint16_t>(m_bits & ~other.m_bits));
    }
    constexpr ConditionSet with(ConditionSet other) const
    {
        return ConditionSet(static_cast<std::uint16_t>(m_bits | other.m_bits));
    }
    constexpr ConditionSet with(Condition condition) const { return with(ConditionSet(condition)); }
    constexpr bool intersects(ConditionSet other) const { return (m_bits & other.m_bits) != 0; }
    // The one with the smallest number; Invalid when empty.
    constexpr Condition first() const
    {
        return m_bits == 0 ? Condition::Invalid : static_cast<Condition>(std::countr_zero(m_bits));
    }

    friend constexpr bool operator==(ConditionSet, ConditionSet) = default;

private:
    static constexpr std::uint16_t bit(Condition condition)
    {
        return static_cast<std::uint16_t>(1U << static_cast<unsigned>(condition));
    }
    std::uint16_t m_bits = 0;
};

// The state of the machine as the sources last told it. Begins with everything unknown, so nothing holds.
class ConditionSnapshot {
public:
    struct Reading {
        FactValue value = FactValue::Unknown;
        WallTime since{};
        std::string source; // who told it, for people
    };

    // Returns whether the value is another one than before. The source's name is taken either way.
    bool set(Fact fact, FactValue value, std::string_view source, WallTime now);

    ConditionSet holding() const { return m_holding; }
    Reading const& reading(Fact fact) const { return m_readings[static_cast<std::size_t>(fact)]; }
    FactValue value(Fact fact) const { return reading(fact).value; }

private:
    std::array<Reading, kFactCount> m_readings;
    ConditionSet m_holding;
};

} // namespace latchkey::core
