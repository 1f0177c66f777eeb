// SPDX-License-Identifier: MIT
#include "midl/spelling.h"

#include <algorithm>
#include <array>
#include <vector>

namespace latchkey::midl {

namespace {

constexpr std::size_t kMaxWord = 80; // longer names are not guessed

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

} // namespace

// In half steps, so that a wrong case costs one and a wrong letter two.
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit)
{
    auto const longer = std::max(a.size(), b.size());
    auto const shorter = std::min(a.size(), b.size());
    if (longer > kMaxWord || 2 * (longer - shorter) > limit) return limit + 1;
    std::array<std::array<std::size_t, kMaxWord + 1>, 3> rows;
    for (std::size_t j = 0; j <= b.size(); ++j)
        rows[0][j] = 2 * j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        auto& row = rows[i % 3];
        auto const& above = rows[(i + 2) % 3];
        auto const& above_that = rows[(i + 1) % 3];
        row[0] = 2 * i;
        std::size_t least = row[0];
        for (std::size_t j = 1; j <= b.size(); ++j) {
            std::size_t const replace = a[i - 1] == b[j - 1] ? 0 : lower(a[i - 1]) == lower(b[j - 1]) ? 1 : 2;
            row[j] = std::min({above[j] + 2, row[j - 1] + 2, above[j - 1] + replace});
            bool const swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) row[j] = std::min(row[j], above_that[j - 2] + 2);
            least = std::min(least, row[j]);
        }
        if (least > limit + 2) return limit + 1; // a swap may still gain one step
    }
    return rows[a.size() % 3][b.size()];
}

Nearest::Nearest(std::string_view wanted) : m_wanted{wanted}
{
    // A third of the letters may be wrong, but not all of a short word's.
    auto const letters = wanted.size() <= 2 ? 0 : std::max<std::size_t>(1, wanted.size() / 3);
    m_best = 2 * letters + 2;
}

bool Nearest::offer(std::string_view candidate)
{
    auto const found = distance(m_wanted, candidate, m_best - 1);
    if (found >= m_best) return false;
    m_best = found;
    m_result = candidate;
    return true;
}

std::optional<std::string> nearest(std::string_view wanted, std::span<std::string_view const> candidates)
{
    Nearest search{wanted};
    for (auto const candidate : candidates)
        search.offer(candidate);
    return search.result();
}

} // namespace latchkey::midl
