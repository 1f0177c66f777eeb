// SPDX-License-Identifier: MIT
#include "Square.h"

#include "Square.g.cpp"
