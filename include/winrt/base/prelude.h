// SPDX-License-Identifier: MIT
// What every piece of base.h stands on: the standard headers, the C surface of the runtime, the macros.
#pragma once

#include <array>
#include <atomic>
#include <cassert>
#include <chrono>
#include <compare>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <latchkey/runtime.h>

/// Checks what must hold in a debug build; nothing in a release build.
#define WINRT_ASSERT(expression) assert(expression)

/// Evaluates the expression in every build and checks it in a debug build.
#if defined(NDEBUG)
#define WINRT_VERIFY(expression) (void)(expression)
#define WINRT_VERIFY_(result, expression) (void)(expression)
#else
#define WINRT_VERIFY(expression) assert(expression)
#define WINRT_VERIFY_(result, expression) assert(result == expression)
#endif

// There is one calling convention, and module export is not used.
#define WINRT_CALL
#define WINRT_EXPORT

// Stands in each struct of abi<T>::type. Their layout is the ABI: only pure virtual functions, no virtual destructor
// (it would add two slots).
#define WINRT_IMPL_ABI_DECL

// The vtable of interface I on the object whose consume<I>::type<D> this is; asks for I when D does not derive from it.
#define WINRT_IMPL_SHIM(...) (::winrt::impl::shim<__VA_ARGS__>(static_cast<D const&>(*this)))
