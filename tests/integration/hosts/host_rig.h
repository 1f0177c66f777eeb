// SPDX-License-Identifier: MIT
#pragma once

// A broker's part towards the hosts room: it notes what happens, and starts hosts as the core would.

#include "hosts/apps.h"
#include "hosts/hosts.h"

#include <filesystem>
#include <optional>

#include <gtest/gtest.h>

namespace latchkey::hosts::test {

inline constexpr char kFamily[] = "Rig_0123456789abc";

class Rig : public Surroundings {
public:
    explicit Rig(std::string const& host_program = LATCHKEY_HOST);
    virtual ~Rig();

    // A host and an instance of HostTasks.Actor in it that acts as name says.
    core::InstanceId run(std::string const& name) { return run_in(start_host(), words(name)); }
    core::HostId start_host();
    core::InstanceId run_in(core::HostId host, ActivationWords words);
    ActivationWords words(std::string const& name);

    // Turns the loop until told() of such an event, or 20 s. Returns it.
    template <class T, class Predicate>
    std::optional<T> wait_for(Predicate fits)
    {
        std::size_t next = 0;
        std::optional<T> found;
        turn_until([&] {
            for (; next < told.size() && !found; ++next) {
                T const* const event = std::get_if<T>(&told[next]);
                if (event != nullptr && fits(*event)) found = *event;
            }
            return found.has_value();
        });
        return found;
    }
    core::event::InstanceCompleted completion_of(core::InstanceId instance);
    core::event::ActivationFailed failure_of(core::InstanceId instance);
    core::event::HostExited exit_of(core::HostId host);
    core::event::HostStarted start_of(core::HostId host);
    void wait_for_progress(core::InstanceId instance, std::uint32_t value);
    bool turn_until(std::function<bool()> const& done);
    // Fails the test unless the loop soon has nothing to do.
    void turn_until_quiet();

    // Surroundings
    PackagePlace const* place_of(std::string_view family) override;
    void serve(ipc::Fd socket, std::string_view family) override;
    void happened(core::Event event) override { told.push_back(std::move(event)); }

    std::filesystem::path folder;
    PackagePlace place;
    std::vector<core::Event> told;
    std::vector<ipc::Fd> served;
    std::size_t turns = 0;
    ipc::EventLoop loop;
    std::optional<Hosts> hosts;
    core::HostId last_host;

private:
    std::uint64_t m_next = 1;
};

// Processes of the session, that have not ended.
std::size_t living_in(pid_t session);

} // namespace latchkey::hosts::test
