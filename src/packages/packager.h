// SPDX-License-Identifier: MIT
#pragma once

// The broker's side of latchkey-packager: a contained process a request, so that no XML, no zip and no folder of
// somebody else's is ever read in the broker. It is told over a socketpair what to do and answers with one record; what
// goes wrong with it (it crashes, it hangs, it says nonsense) is an answer like any other.
//
// One thread, the loop's. Callbacks come from the loop, never from inside a call. Destroying the Packager kills what
// still works, without callbacks.

#include "ipc/event_loop.h"
#include "packages/package_record.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace latchkey::packages {

inline constexpr std::chrono::minutes kPackagerTimeout{5};
inline constexpr std::size_t kMaxPackagers = 4; // at once; what comes more waits its turn

class Packager {
public:
    // program: the absolute path of latchkey-packager (ipc::find_program).
    Packager(ipc::EventLoop& loop, std::string program);
    ~Packager();
    Packager(Packager const&) = delete;
    Packager& operator=(Packager const&) = delete;

    // A PackageFault also stands for a packager that could not be started or did not answer.
    using Answered = std::function<void(PackagerAnswer)>;
    void ask(PackagerRequest request, Answered answered);

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace latchkey::packages
