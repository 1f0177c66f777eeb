// SPDX-License-Identifier: MIT
// What Windows.Foundation.Collections has beyond metadata: collections on standard containers, and the bases to make
// others.
#pragma once

#include "winrt/extend/map.h"
#include "winrt/extend/vector.h"
