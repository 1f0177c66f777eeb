// SPDX-License-Identifier: MIT
//
// A thread pool of the caller's own: its work runs on liblatchkey's threads, at most so many pieces at once as the
// caller said. What is queued when the pool is closed still runs.
#pragma once

#include <cstdint>

namespace latchkey::compat {

// The pool that a callback environment names; null when it names none, and for no environment.
void* pool_of(void const* environment);

// False, with the last error set, when the work could not be queued.
bool submit_to(void* pool, void (*callback)(void* instance, void* context), void* context);

} // namespace latchkey::compat
