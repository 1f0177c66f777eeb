// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <vector>

namespace latchkey::test {

// Calls body with every sequence of length numbers out of 0 … symbols-1, symbols^length of them. For machines so small
// that testing all of their life is cheaper than choosing examples.
template <class Body>
void for_every_sequence(int symbols, std::size_t length, Body&& body)
{
    std::vector<int> sequence(length, 0);
    for (;;) {
        body(static_cast<std::vector<int> const&>(sequence));
        std::size_t position = length;
        while (position > 0 && ++sequence[position - 1] == symbols)
            sequence[--position] = 0;
        if (position == 0) return;
    }
}

} // namespace latchkey::test
