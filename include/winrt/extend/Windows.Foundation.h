// SPDX-License-Identifier: MIT
// What Windows.Foundation has beyond metadata: boxes, coroutines that are IAsyncAction and its kin, deferrals.
#pragma once

#include "winrt/extend/async.h"
#include "winrt/extend/box.h"
#include "winrt/extend/deferral.h"

// Not used here: sources written for C++/WinRT have these by its headers and name them without including them.
#include <algorithm>
#include <map>
#include <thread>
#include <unordered_map>
