// SPDX-License-Identifier: MIT
// What Windows.Foundation has beyond metadata: boxes, coroutines that are IAsyncAction and its kin, deferrals.
#pragma once

#include "winrt/extend/async.h"
#include "winrt/extend/box.h"
#include "winrt/extend/deferral.h"
