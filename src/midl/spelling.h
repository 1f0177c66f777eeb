// SPDX-License-Identifier: MIT
// "Did you mean": the known word that is nearest to an unknown one.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace latchkey::midl {

// Insertions, deletions, replacements and swaps of neighbours; case counts half. limit: give up beyond (returns more).
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit);

// Collects candidates one by one; keeps the first of the nearest.
class Nearest {
public:
    explicit Nearest(std::string_view wanted);
    // Is it the nearest so far?
    bool offer(std::string_view candidate);
    // What a message would say for the one just offered.
    void show(std::string text) { m_result = std::move(text); }
    std::optional<std::string> result() const { return m_result; }

private:
    std::string_view m_wanted;
    std::size_t m_best;
    std::optional<std::string> m_result;
};

std::optional<std::string> nearest(std::string_view wanted, std::span<std::string_view const> candidates);

} // namespace latchkey::midl
