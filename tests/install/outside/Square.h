// SPDX-License-Identifier: MIT
#pragma once

#include "Square.g.h"

namespace winrt::Shapes::implementation
{
    struct Square : SquareT<Square>
    {
        explicit Square(int32_t side) : m_side(side) {}
        int32_t Area() const { return m_side * m_side; }
        static int32_t Corners() { return 4; }

    private:
        int32_t m_side;
    };
}

namespace winrt::Shapes::factory_implementation
{
    struct Square : SquareT<Square, implementation::Square>
    {
    };
}
