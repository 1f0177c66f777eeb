// SPDX-License-Identifier: MIT
// For sources that include <windows.h>, when this folder is on the include path.
#pragma once

#include "winrt/linux/windows_compat.h"
