// SPDX-License-Identifier: MIT
#pragma once

#include <winrt/Windows.ApplicationModel.Background.h>
#include <winrt/Windows.Foundation.h>
