// SPDX-License-Identifier: MIT
#pragma once

// Apps that the broker launched: they have the identity of their package, and their state is known without asking.

#include "hosts/hosts.h"

#include <optional>
#include <span>

namespace latchkey::hosts {

struct AppLaunch {
    std::string family;
    std::string program; // absolute
    std::vector<std::string> arguments;
    std::vector<std::string> environment; // complete, "NAME=value"; the room adds what apps need to find the runtime
    std::vector<ipc::Fd> descriptors;     // 0, 1, 2 of the app; fewer: the package's log, and /dev/null to read
};

class Apps {
public:
    Apps(ipc::EventLoop& loop, Surroundings& surroundings);
    ~Apps(); // apps are the user's: they go on, and are known again by adopt()

    // Starts the program in a session of its own. AppChanged Running follows at once, Terminated when the last process
    // of the app is gone. An app that already runs is not started twice: std::errc::operation_in_progress.
    ipc::Io<pid_t> launch(AppLaunch launch);
    // An app that runs although we did not launch it, or that a broker before us did: a connection with identity came
    // from it. AppChanged Running, and Terminated when the pidfd says so.
    void adopt(pid_t pid, ipc::Fd pidfd, std::string_view family);
    // By signal; Terminated follows.
    void terminate(std::string_view family);

    bool running(std::string_view family) const;
    std::string_view package_of(pid_t pid) const; // of it or one of its ancestors
    bool owns(pid_t child) const;                 // it is waited for here

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace latchkey::hosts
