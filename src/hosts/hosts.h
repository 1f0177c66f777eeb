// SPDX-License-Identifier: MIT
#pragma once

// Where tasks run: the processes of hosts, what is said to them (docs/host-protocol.md) and what they say. The broker
// carries out the core's host effects by calling this; everything that happens comes back as core events, always from
// the event loop and never from inside a call, so the core is not entered twice.

#include "container/layers.h"
#include "core/effect.h"
#include "core/event.h"
#include "ipc/event_loop.h"
#include "ipc/fd.h"
#include "ipc/io.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace latchkey::hosts {

inline constexpr std::chrono::seconds kConfigureTimeout{10};

// A class that a package declares, and the library (relative to the package) that makes it.
struct ClassLibrary {
    std::string name;
    std::string library;
};

// Where a package's tasks find what is theirs. Absolute paths.
struct PackagePlace {
    std::string family;
    std::string folder; // read-only for tasks
    std::string data;   // LocalState, RoamingState, TemporaryState
    std::string log;    // file for what tasks and apps print; opened for appending, made when absent
    std::vector<ClassLibrary> classes;
    std::vector<std::string> probe_folders;                // where libraries are looked for by the name of a class
    container::Network network = container::Network::None; // from its capabilities
};

// What an activation needs beside the effect: the broker takes it from the core and the store.
struct ActivationWords {
    core::Guid instance; // what the app and the task see
    core::TaskId task;
    std::string entry_point;
    std::string name;
    std::string trigger;     // "TimeZoneChange", "TimeTrigger:15!": the words of the D-Bus interface, ! for a one-shot
    std::string detail_kind; // the trigger's class, "ApplicationTrigger"; empty: the trigger has no details
    std::string detail;
    std::uint32_t suspended_count = 0;
};

// What the hosts room asks of the broker. Outlives Hosts.
class Surroundings {
public:
    // nullptr: no such package is installed any more; the host then exits at once with a message that says so.
    virtual PackagePlace const* place_of(std::string_view family) = 0;
    // The broker's end of a host's descriptor 6, or of a launched app's connection: D-Bus with the identity of the
    // package. The broker makes a server of it before anything is answered.
    virtual void serve(ipc::Fd socket, std::string_view family) = 0;
    virtual void happened(core::Event event) = 0;

protected:
    ~Surroundings() = default;
};

// Absolute paths; found relative to the broker's own program.
struct Programs {
    std::string native_host; // latchkey-host
    std::string script_host; // latchkey-jshost; may be absent
};

class Hosts {
public:
    Hosts(ipc::EventLoop& loop, Surroundings& surroundings, Programs programs);
    ~Hosts(); // kills and reaps what still runs

    // Proves that the processes of an earlier broker are gone (killing those that are not), then ProcessesGone.
    void prove_gone(std::vector<core::HostProcess> const& processes);

    // Each is answered by HostStarted, or HostExited when it cannot be started.
    void start(core::effect::StartHost const& host);
    // Answered by InstanceStarted, then InstanceCompleted; or ActivationFailed. May be called before HostStarted: it is
    // sent when the host is ready.
    void start(core::effect::StartInstance const& instance, ActivationWords words);
    void cancel(core::effect::RequestCancel const& cancel);
    void terminate(core::effect::TerminateHost const& host);
    void stop(core::effect::StopHost const& host);
    void freeze(core::effect::FreezeHost const& host);
    void thaw(core::effect::ThawHost const& host);
    void tell(core::effect::TellSuspendedCount const& count);
    void set_budget(core::effect::SetCpuBudget const& budget);

    // Whether the process, or one that it descends from, is a host's: for the identity of a caller.
    std::string_view package_of(pid_t pid) const;
    // Whether the child is one that is waited for here, or may turn out to be.
    bool owns(pid_t child) const;
    std::size_t live() const;
    // What the last host of the package was contained in; nullopt: none has run since the broker started.
    std::optional<container::Achieved> contained(std::string_view family) const;

    // What this machine allows, for doctor: one line a capability.
    struct Finding {
        std::string check;
        bool ok = false;
        std::string text;
        std::string remedy;
    };
    std::vector<Finding> findings() const;

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace latchkey::hosts
