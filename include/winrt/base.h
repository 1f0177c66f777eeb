// SPDX-License-Identifier: MIT
// The hand-written part of the C++ projection of the Windows Runtime. Applications include winrt/NAMESPACE.h, which
// latchkey-cppwinrt generates from metadata and which includes this file first; docs/projection.md is the contract
// between the two. Names and meaning are those that C++/WinRT made known. What differs on Linux:
//
// - wchar_t has 4 bytes, so a winrt::hstring is UTF-32; text in UTF-8 (char const*, std::string_view) is accepted
//   wherever an hstring is made.
// - There is one multi-threaded apartment. Every object is agile; agile_ref and the agile markers do nothing more.
// - Descriptors take the place of HANDLEs (winrt::handle, resume_on_signal).
// - A failing call carries its text through LatchkeySetErrorText, per thread, in the place of IErrorInfo.
//
// Everything is header-only above the C functions of latchkey/runtime.h.
#pragma once

#include "winrt/base/abi.h"
#include "winrt/base/activation.h"
#include "winrt/base/array.h"
#include "winrt/base/chrono.h"
#include "winrt/base/com_ptr.h"
#include "winrt/base/coroutine.h"
#include "winrt/base/delegate.h"
#include "winrt/base/error.h"
#include "winrt/base/event.h"
#include "winrt/base/guid.h"
#include "winrt/base/handle.h"
#include "winrt/base/hash.h"
#include "winrt/base/identity.h"
#include "winrt/base/implements.h"
#include "winrt/base/lock.h"
#include "winrt/base/members.h"
#include "winrt/base/meta.h"
#include "winrt/base/object.h"
#include "winrt/base/param.h"
#include "winrt/base/prelude.h"
#include "winrt/base/string.h"
#include "winrt/base/structs.h"
#include "winrt/base/weak.h"
