// SPDX-License-Identifier: MIT
#pragma once

// The packager's own walls, put up before the first byte of a package is looked at: it may read one thing and write
// one folder, start nothing, connect to nothing and use so much and no more. What the kernel does not have (Landlock
// before 5.13, seccomp in a container that forbids it) is left out; the rest stands.

#include <string>

namespace latchkey::packager {

// A program built with a sanitizer needs calls and addresses beyond these walls: those two are then left out as well.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
#else
inline constexpr bool kSanitized = false;
#endif

struct Walls {
    std::string readable; // a file or a folder with what is below it; "" for nothing
    std::string writable; // a folder with what is below it; "" for nothing
};

// For ever, and for everything this process starts.
void contain(Walls const& walls);

} // namespace latchkey::packager
