// SPDX-License-Identifier: MIT
#include "Stamp.h"
