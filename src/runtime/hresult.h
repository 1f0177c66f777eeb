// SPDX-License-Identifier: MIT
//
// The HRESULTs that the runtime itself returns, and the one place where a C++ exception becomes one. Nothing in
// liblatchkey lets an exception leave a C function.
#pragma once

#include <cstdint>
#include <new>

namespace latchkey::runtime {

inline constexpr int32_t kOk = 0;
inline constexpr int32_t kFalse = 1;
inline constexpr int32_t kNotTerminated = static_cast<int32_t>(0x80000017);
inline constexpr int32_t kPointer = static_cast<int32_t>(0x80004003);
inline constexpr int32_t kFail = static_cast<int32_t>(0x80004005);
inline constexpr int32_t kClassNotAvailable = static_cast<int32_t>(0x80040111);
inline constexpr int32_t kClassNotRegistered = static_cast<int32_t>(0x80040154);
inline constexpr int32_t kOutOfMemory = static_cast<int32_t>(0x8007000E);
inline constexpr int32_t kInvalidArgument = static_cast<int32_t>(0x80070057);
inline constexpr int32_t kLimitReached = static_cast<int32_t>(0x80070718);
inline constexpr int32_t kInvalidSize = static_cast<int32_t>(0x80080011);

// Runs work, which returns an HRESULT, at the edge of a C function.
template <typename F>
int32_t guarded(F&& work) noexcept
{
    try {
        return work();
    } catch (std::bad_alloc const&) {
        return kOutOfMemory;
    } catch (...) {
        return kFail;
    }
}

} // namespace latchkey::runtime
