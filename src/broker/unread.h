// SPDX-License-Identifier: MIT
#pragma once

// What waits in the broker's memory until a client reads it, by weight. sd-bus tells how many messages wait, and no
// sizes; they leave in the order in which they were sent, so what waits are the last ones.

#include <cstddef>
#include <cstdint>
#include <deque>

namespace latchkey::broker {

class Unread {
public:
    // queued: how many messages wait, this one included unless it left at once.
    void sent(std::size_t weight, std::uint64_t queued)
    {
        m_weights.push_back(weight);
        m_sum += weight;
        forget_all_but(queued);
    }
    std::size_t weight(std::uint64_t queued)
    {
        forget_all_but(queued);
        return m_sum;
    }

private:
    void forget_all_but(std::uint64_t queued)
    {
        while (m_weights.size() > queued) {
            m_sum -= m_weights.front();
            m_weights.pop_front();
        }
    }
    std::deque<std::size_t> m_weights;
    std::size_t m_sum = 0;
};

} // namespace latchkey::broker
