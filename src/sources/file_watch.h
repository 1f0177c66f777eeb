// SPDX-License-Identifier: MIT
#pragma once

// Waits for a file to come, without looking: the kernel tells of changes in its folder, or, while that is not there, in
// the nearest folder above it that is.

#include "ipc/event_loop.h"

#include <functional>
#include <memory>
#include <string>

namespace latchkey::sources {

class FileWatch {
public:
    // path: absolute. came: the name was made or put there; what it names may not be ready yet. May be called again.
    // Empty when nothing can be watched.
    static FileWatch of(ipc::EventLoop& loop, std::string path, std::function<void()> came);

    FileWatch();
    FileWatch(FileWatch&&) noexcept;
    FileWatch& operator=(FileWatch&&) noexcept;
    ~FileWatch();
    explicit operator bool() const { return m_state != nullptr; }

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace latchkey::sources
