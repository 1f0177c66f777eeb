// SPDX-License-Identifier: MIT
#include "core/condition.h"

namespace latchkey::core {

std::optional<Condition> parse_condition(std::string_view name)
{
    for (auto const& row : kConditions) {
        if (row.registrable && row.name == name) return row.condition;
    }
    return std::nullopt;
}

bool ConditionSnapshot::set(Fact fact, FactValue value, std::string_view source, WallTime now)
{
    Reading& reading = m_readings[static_cast<std::size_t>(fact)];
    if (reading.source != source) reading.source = source;
    if (reading.value == value) return false;
    reading.value = value;
    reading.since = now;

    ConditionSet holding;
    for (auto const& row : kConditions) {
        FactValue const wanted = row.desired ? FactValue::True : FactValue::False;
        if (this->value(row.fact) == wanted) holding = holding.with(row.condition);
    }
    m_holding = holding;
    return true;
}

} // namespace latchkey::core
