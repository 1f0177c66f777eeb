// SPDX-License-Identifier: MIT
#pragma once

// A real broker with packages whose tasks really run: HostTasks.Actor does what the name of its registration says
// (tests/integration/hosts/actor.cpp).

#include "rig.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace latchkey::test {

// What a command printed, both streams together, and how it ended.
struct Printed {
    int status = -1;
    std::string text;
};

class PackagesTest : public BrokerTest {
protected:
    // A folder with a package that declares HostTasks.Actor under this entry point.
    std::string write_actors(std::string_view version, std::string_view entry_point = "HostTasks.Actor");
    Outcome install_actors(Connection& user, std::string_view version,
                           std::string_view entry_point = "HostTasks.Actor");
    // Registers the act for a trigger that nothing on a test machine fires.
    std::string register_act(Connection& user, std::string const& act, std::string const& trigger = "TimeZoneChange");
    // Events of the history about the task (all: "").
    std::vector<Dictionary> log_of(Connection& user, std::string const& task);
    bool has_event(Connection& user, std::string const& task, std::uint32_t number, std::string_view text = {});

    // words: as for a shell.
    Printed latchkey(std::string const& words) const;
    // The same on a terminal of 80 columns, where typed is typed once something was printed that ends with prompt (at
    // once when it is empty). shown is called with everything that is on the terminal so far.
    Printed on_terminal(std::vector<std::string> words, std::string const& prompt, std::string const& typed,
                        std::function<void(std::string const&)> const& shown = {}) const;
};

} // namespace latchkey::test
